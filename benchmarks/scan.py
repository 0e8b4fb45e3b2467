"""A scan of a stored market, reading from Postgres included, against the bare maths of what it computes.

What is computed is what survives the filters: for those contracts European volatility, delta, theta and probability,
and for those near a bound on delta and those that are listed the American ones. The bare maths is these very calls on
columns that were made beforehand: no reading, no filter, no score.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import insert

from benchmarks.timing import Ratio, ratio, side_by_side
from checkpoints.database import Database, opened
from checkpoints.engine import stop
from checkpoints.tables import chains
from graph.settings import Settings
from tools.feeds.recorded import Recording
from tools.feeds.stored import StoredMarket, stored_form
from tools.wheel import find_opportunities, risk_limits
from trading.assumptions import assume
from trading.board import Board, board_of
from trading.book import Book, book_of, priced
from trading.contracts import SECTORS, Chain, OptionType, Stock
from trading.criteria import Criteria
from trading.delta_rule import near_a_bound
from trading.escrowed_implied import american_implied, european_implied
from trading.funnel import Funnel, sift
from trading.pricing import price
from trading.roster import call_roll

SYMBOLS, CONTRACTS = 500, 300
SIZES = (34, 334, 3334)
RUNS = 7
BOUND, LINEAR_BOUND = 1.5, 1.5
RATE = 0.04
TODAY = date(2026, 10, 30)
AS_OF = datetime(2026, 10, 30, 20, tzinfo=UTC)
EXPIRIES = (7, 14, 21, 28, 35, 42, 49, 77, 112, 203)


@dataclass
class Part(StoredMarket):
    """The first symbols of a stored market."""

    first: int = 0

    def symbols(self) -> Sequence[str]:
        return list(super().symbols())[: self.first]

    def board(self, symbols: Collection[str], kind: OptionType) -> Board:
        return super().board(symbols or self.symbols(), kind)


def run() -> Iterator[Ratio]:
    """The ratio to the bare maths, and how the time a contract grows with the market."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        with opened(settings) as database:
            for ratio_of, symbols in ((_against_maths, range(SYMBOLS)), (_growth, range(SYMBOLS, max(SIZES)))):
                _store(database, symbols)
                line = ratio_of(database, settings)
                print(line)
                yield line
        stop(settings)


def _against_maths(database: Database, settings: Settings) -> Ratio:
    def scan() -> int:
        found = find_opportunities(StoredMarket(lambda: database, RATE), {}, settings)
        return len(found["opportunities"])

    computed, near, listed = _computed(StoredMarket(lambda: database, RATE), settings, scan())
    columns = [(book.contracts(RATE), book.mid) for book in (computed, near, listed)]

    def maths() -> None:
        european_implied(*columns[0])
        american_implied(*columns[1])
        american_implied(*columns[2])

    ours, bare = side_by_side(RUNS, scan, maths)
    print(f"a scan of {SYMBOLS} stored symbols x {CONTRACTS} contracts: {median(ours) * 1000:.0f} ms;", end=" ")
    print(f"the maths of {len(computed):,} European and {len(near) + len(listed):,} American: ", end="")
    print(f"{median(bare) * 1000:.0f} ms")
    return Ratio("a scan, reading included / the bare maths of what it computes", ratio(ours, bare), BOUND)


def _computed(market: StoredMarket, settings: Settings, listed: int) -> tuple[Book, Book, Book]:
    """What the scan prices, what of it lies near a bound on delta, and as many rows as it lists."""
    criteria, assumed = assume(Criteria(), settings.min_open_interest, settings.max_spread_pct / 100)
    board = board_of(market, (), "put")
    book = book_of(board, call_roll(board.owners))
    funnel = Funnel(book, len(book), Counter())
    sift(funnel, criteria, risk_limits(settings), out_of_the_money=assumed["out_of_the_money"])
    book = priced(funnel.book, RATE)
    bounds = [criteria.min_delta or 0.0, criteria.max_delta or 1.0]
    delta = np.abs(book.delta)
    inside = np.flatnonzero((delta > bounds[0]) & (delta < bounds[1]))
    return book, book.take(near_a_bound(book, RATE, bounds)), book.take(inside[:listed])


def _growth(database: Database, settings: Settings) -> Ratio:
    parts = [Part(lambda: database, RATE, first=size) for size in SIZES]
    scans = [lambda part=part: find_opportunities(part, {}, settings) for part in parts]
    times = [median(column) for column in side_by_side(RUNS, *scans)]
    each = [took / size / CONTRACTS * 1e6 for took, size in zip(times, SIZES, strict=True)]
    told = ", ".join(
        f"{size * CONTRACTS:,} in {took * 1000:.0f} ms ({cost:.2f} us each)"
        for size, took, cost in zip(SIZES, times, each, strict=True)
    )
    print(f"scans of stored contracts: {told}")
    return Ratio("time a contract of the largest scan / of a tenth of it", each[-1] / each[-2], LINEAR_BOUND)


def _store(database: Database, symbols: Iterable[int]) -> None:
    rows = []
    for number in symbols:
        stock, chain = _underlying(number)
        recording = Recording(stock, chain, len(chain), {}, {}, [], "given")
        rows.append(stored_form(recording, "made up", AS_OF))
    with database.begin(is_brief=False) as connection:
        connection.execute(insert(chains), rows)


def _underlying(number: int) -> tuple[Stock, Chain]:
    """A share of 20 to 180 dollars, half of them with dividends, and ten expiries of 15 strikes, puts and calls."""
    draw, symbol = np.random.default_rng(number), f"S{number:04}"
    spot, vol = round(float(draw.uniform(20, 180)), 2), float(draw.uniform(0.2, 0.6))
    stock = Stock(
        symbol=symbol,
        name=symbol,
        spot=spot,
        sector=SECTORS[number % len(SECTORS)],
        dividend_yield=float(draw.choice([0.0, 0.0, 0.01, 0.03])),
        ex_dividend=TODAY + timedelta(days=int(draw.integers(1, 90))),
        earnings=TODAY + timedelta(days=int(draw.integers(1, 90))),
    )
    return stock, _chain(draw, symbol, spot, vol, stock.dividend_yield)


def _chain(draw: np.random.Generator, symbol: str, spot: float, vol: float, dividend_yield: float) -> Chain:
    strikes = np.round(spot * np.linspace(0.78, 1.13, CONTRACTS // 2 // len(EXPIRIES)), 1)
    grid = np.meshgrid(strikes, np.array(EXPIRIES), np.array([False, True]))
    strike, days, is_call = (axis.ravel() for axis in grid)
    smile = vol * (1 - 0.4 * np.log(strike / spot))
    value = price(is_call, spot, strike, days / 365, RATE, dividend_yield, smile)
    value = np.maximum(value, np.where(is_call, spot - strike, strike - spot))
    half = 0.5 * (0.01 + value * draw.uniform(0.01, 0.12, len(value)))
    bid = np.floor((value - half) * 100) / 100
    interest = np.floor(np.exp(draw.normal(6, 1.5, len(value))))
    return Chain(
        symbol=symbol,
        as_of=AS_OF,
        spot=spot,
        is_call=is_call.astype(bool),
        strike=strike,
        expiry=np.datetime64(TODAY) + days,
        bid=np.where(bid > 0, bid, np.nan),
        ask=np.ceil((value + half) * 100) / 100,
        last=np.round(value, 2),
        volume=np.floor(interest * draw.random(len(value))),
        open_interest=interest,
    )
