"""Option maths on one core: ours against QuantLib called bare in a loop, and against py_vollib_vectorized."""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import QuantLib as ql

from benchmarks.timing import Ratio, ratio, side_by_side
from trading.american import american_price
from trading.american_implied import american_implied_volatility
from trading.contracts import Floats
from trading.implied import implied_volatility
from trading.pricing import figures, price

MILLION, PEER_COUNT, SOME, FEW = 1_000_000, 200_000, 4_000, 60
RUNS = 3
PRACTICAL_BOUND = 5.7e6
ACCURACY = 1e-9
"""Of an implied volatility, for both sides."""
RATE, DIVIDEND_YIELD = 0.04, 0.01
START = ql.Date(1, 1, 2100)
PEER_FOLDER = Path(__file__).parents[1] / "build" / "vollib"
PEER_PINS = (
    "py_vollib_vectorized==0.1.1",
    "py_vollib==1.0.1",
    "py_lets_be_rational==1.0.1",
    "numba==0.57.1",
    "llvmlite==0.40.1",
    "numpy==1.24.4",
    "pandas==1.5.3",
    "scipy==1.10.1",
)
"""The last versions that agree with each other; they run on Python 3.11 and no later one."""
PEER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, py_vollib_vectorized as peer
data = np.load(sys.argv[1])
names = ("spot", "strike", "years", "prices", "rate", "dividend_yield")
spot, strike, years, prices, rate, dividend_yield = (data[name] for name in names)
flag = np.where(data["is_call"], "c", "p")
model = dict(model="black_scholes_merton", return_as="numpy")
def run():
    vols = peer.vectorized_implied_volatility(prices, spot, strike, years, rate, flag, q=dividend_yield, **model)
    peer.vectorized_black_scholes_merton(flag, spot, strike, years, rate, vols, dividend_yield, return_as="numpy")
    for name in ("delta", "gamma", "theta", "vega", "rho"):
        getattr(peer, f"vectorized_{name}")(flag, spot, strike, years, rate, vols, dividend_yield, **model)
run()
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter(); run(); print(json.dumps(time.perf_counter() - began), flush=True)
"""

Columns = dict[str, Any]


def run() -> Iterator[Ratio]:
    """The ratios of time a contract, and rates in contracts a second."""
    yield from _european(_contracts(MILLION))
    yield from _american(_contracts(SOME))


def _contracts(count: int) -> Columns:
    """What a wheel trader looks at: half puts, a day to half a year, strikes within two deviations."""
    draw = np.random.default_rng(20261105)
    days, vol = draw.integers(1, 183, count), draw.uniform(0.15, 0.9, count)
    spot, deviation = draw.uniform(10, 500, count), vol * np.sqrt(days / 365)
    strike = spot * np.exp(deviation * draw.uniform(-2, 2, count))
    is_call = draw.random(count) < 0.5
    contract = {"is_call": is_call, "spot": spot, "strike": strike, "years": days / 365}
    return {**contract, "rate": RATE, "dividend_yield": DIVIDEND_YIELD, "vol": vol, "days": days}


def _european(contracts: Columns) -> Iterator[Ratio]:
    prices = price(*_columns(contracts), contracts["vol"])
    mine, bare = side_by_side(RUNS, lambda: _ours(contracts, prices), _quantlib_european(contracts, prices))
    each, theirs = median(mine) / MILLION, median(bare) / SOME
    print(f"European implied volatility, price and five Greeks: {1 / each:,.0f} a second;", end=" ")
    print(f"QuantLib's formulas in a loop: {1 / theirs:,.0f};")
    print(f"  {1 / each / PRACTICAL_BOUND:.0%} of the practical bound of {PRACTICAL_BOUND / 1e6:.1f} million a second")
    yield _told("European / QuantLib in a loop", ratio(mine, bare) * SOME / MILLION, 1 / 20)
    yield from _against_vollib(contracts, prices)


def _columns(contracts: Columns) -> list[Any]:
    return [contracts[name] for name in ("is_call", "spot", "strike", "years", "rate", "dividend_yield")]


def _ours(contracts: Columns, prices: Floats) -> None:
    is_call, *rest = _columns(contracts)
    vols, _ = implied_volatility(is_call, prices, *rest)
    figures(is_call, *rest, vols)


def _told(name: str, figure: float, bound: float) -> Ratio:
    line = Ratio(f"{name}, time a contract", figure, bound)
    print(f"  {line.name}: {figure:.4f} times (bound {bound:.4f}), which is {1 / figure:.1f} times its speed")
    return line


def _quantlib_european(contracts: Columns, prices: Floats) -> Callable[[], object]:
    """Its formulas without instruments and quotes, which would be four times slower."""
    rows = list(zip(*(contracts[name][:SOME].tolist() for name in ("is_call", "spot", "strike", "years")), strict=True))

    def loop() -> None:
        for (is_call, spot, strike, years), value in zip(rows, prices[:SOME].tolist(), strict=True):
            discount, forward = math.exp(-RATE * years), spot * math.exp((RATE - DIVIDEND_YIELD) * years)
            payoff = _payoff(is_call, strike)
            contract = (payoff.optionType(), strike, forward, value, discount)
            deviation = ql.blackFormulaImpliedStdDev(*contract, 0.0, ql.nullDouble(), ACCURACY)
            black = ql.BlackCalculator(payoff, forward, deviation, discount)
            black.value(), black.delta(spot), black.gamma(spot)
            black.theta(spot, years), black.vega(years), black.rho(years)

    return loop


def _payoff(is_call: bool, strike: float) -> ql.PlainVanillaPayoff:
    return ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)


def _process(spot: ql.SimpleQuote, vol: ql.SimpleQuote) -> ql.BlackScholesMertonProcess:
    ql.Settings.instance().evaluationDate = START
    days = ql.Actual365Fixed()
    rate, carry = (
        ql.YieldTermStructureHandle(ql.FlatForward(START, fraction, days)) for fraction in (RATE, DIVIDEND_YIELD)
    )
    surface = ql.BlackConstantVol(START, ql.NullCalendar(), ql.QuoteHandle(vol), days)
    return ql.BlackScholesMertonProcess(ql.QuoteHandle(spot), carry, rate, ql.BlackVolTermStructureHandle(surface))


def _american(contracts: Columns) -> Iterator[Ratio]:
    columns = _columns(contracts)
    prices = american_price(*columns, contracts["vol"])
    few = [column[:FEW] if isinstance(column, np.ndarray) else column for column in columns]
    mine, bare, implied, built_in = side_by_side(
        RUNS,
        lambda: american_price(*columns, contracts["vol"]),
        _quantlib_american(contracts),
        lambda: american_implied_volatility(columns[0], prices, *columns[1:]),
        _quantlib_american_implied(contracts, prices),
    )
    rates = [count / median(times) for count, times in ((SOME, mine), (SOME, bare), (SOME, implied), (FEW, built_in))]
    print("American contracts a second: price {:,.0f}, bare QdFp {:,.0f};".format(*rates[:2]), end=" ")
    print("implied volatility {:,.0f}, QuantLib's own {:,.0f}".format(*rates[2:]))
    found, _ = american_implied_volatility(few[0], prices[:FEW], *few[1:])
    print(f"  {np.isfinite(found).sum()} of the {FEW} volatilities of the comparison found by ours")
    yield _told("American price / bare QdFp", ratio(mine, bare), 1 / 0.8)
    yield _told("American implied volatility / QuantLib's own", ratio(implied, built_in) * FEW / SOME, 1 / 20)


def _quantlib_american(contracts: Columns) -> Callable[[], object]:
    """The fast scheme with its engine and quotes reused; the contracts are made beforehand, out of the clock."""
    spot, vol = ql.SimpleQuote(1.0), ql.SimpleQuote(0.2)
    engine = ql.QdFpAmericanEngine(_process(spot, vol), ql.QdFpAmericanEngine.fastScheme())
    names = ("is_call", "strike", "days", "spot", "vol")
    rows = []
    for is_call, strike, days, share, deviation in zip(*(contracts[name].tolist() for name in names), strict=True):
        option = ql.VanillaOption(_payoff(is_call, strike), ql.AmericanExercise(START, START + days))
        rows.append((option, share, deviation))

    def loop() -> None:
        for option, share, deviation in rows:
            spot.setValue(share)
            vol.setValue(deviation)
            option.setPricingEngine(engine)
            option.NPV()
            option.setPricingEngine(None)

    return loop


def _quantlib_american_implied(contracts: Columns, prices: Floats) -> Callable[[], object]:
    spot, vol = ql.SimpleQuote(1.0), ql.SimpleQuote(0.2)
    process = _process(spot, vol)
    rows = list(zip(*(contracts[name][:FEW].tolist() for name in ("is_call", "spot", "strike", "days")), strict=True))

    def loop() -> None:
        for (is_call, share, strike, days), value in zip(rows, prices[:FEW].tolist(), strict=True):
            spot.setValue(share)
            option = ql.VanillaOption(_payoff(is_call, strike), ql.AmericanExercise(START, START + days))
            try:
                option.impliedVolatility(value, process, 1e-6, 100, 1e-4, 5.0)
            except RuntimeError:
                continue

    return loop


def _against_vollib(contracts: Columns, prices: Floats) -> Iterator[Ratio]:
    python = _peer_python()
    if python is None:
        print("  py_vollib_vectorized: not measured (it needs Python 3.11 and its old pins from a package registry)")
        return
    cut = {name: np.broadcast_to(value, MILLION)[:PEER_COUNT] for name, value in contracts.items()}
    file = PEER_FOLDER / "contracts.npz"
    np.savez(file, prices=prices[:PEER_COUNT], **cut)
    with subprocess.Popen(
        [python, "-c", PEER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as peer:
        mine, theirs = _in_turns(lambda: _ours(cut, prices[:PEER_COUNT]), peer)
    if theirs:
        print(f"  py_vollib_vectorized: {PEER_COUNT / median(theirs):,.0f} a second")
        yield _told("European / py_vollib_vectorized", ratio(mine, theirs), 1 / 3)


def _in_turns(ours: Callable[[], object], peer: "subprocess.Popen[str]") -> tuple[list[float], list[float]]:
    assert peer.stdin is not None
    assert peer.stdout is not None
    theirs: list[float] = []
    if peer.stdout.readline().strip() != "ready":
        print("  py_vollib_vectorized: not measured (it failed on its first run)")
        return [], []

    def their_turn() -> None:
        print("go", file=peer.stdin, flush=True)
        theirs.append(json.loads(peer.stdout.readline()))

    mine, _ = side_by_side(RUNS, ours, their_turn)
    peer.stdin.close()
    return mine, theirs[1:]


def _peer_python() -> str | None:
    """The interpreter of an environment with the old pins, made once and kept in build/; None where that fails."""
    if sys.version_info[:2] != (3, 11):
        return None
    python, ready = PEER_FOLDER / "bin" / "python", PEER_FOLDER / "ready"
    if not ready.exists():
        commands = (
            [sys.executable, "-m", "venv", "--clear", PEER_FOLDER],
            [python, "-m", "pip", "install", "-q", *PEER_PINS],
        )
        try:
            for words in commands:
                subprocess.run(words, check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return None
        ready.touch()
    return str(python)
