"""Where the money is and what moves it: Greeks, beta-weighted delta, allocation and concentration."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trading.contracts import Floats, Stock
from trading.history import FEWEST_RETURNS, beta
from trading.portfolio import Holding
from trading.risk import NO_SECTOR
from trading.valuation import sensitivities

BENCHMARK = "SPY"
ONE_PERCENT = 0.01
STILL = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class BookGreeks:
    """Sums over all legs, per contract times 100 times the signed quantity.

    `delta_usd` is the dollars in shares that would move the same; `gamma_usd` how much that changes when every share
    price rises 1 %; `theta_usd` dollars a calendar day; `vega_usd` and `rho_usd` dollars a percentage point.
    """

    delta_usd: float
    gamma_usd: float
    theta_usd: float
    vega_usd: float
    rho_usd: float

    def to_json(self) -> dict[str, float]:
        return {name: round(figure, 2) for name, figure in asdict(self).items()}


def leg_greeks(holdings: Sequence[Holding]) -> dict[str, Floats]:
    """Each leg's Greeks, an entry a leg: `delta` in shares, and dollars as in BookGreeks; NaN where it has no value."""
    units = np.array([holding.leg.units for holding in holdings], dtype=float)
    spot = np.array([holding.spot for holding in holdings], dtype=float)
    delta, gamma, theta, vega, rho = units * np.array([_of_one(holding) for holding in holdings]).reshape(-1, 5).T
    return {
        "delta": delta,
        "delta_usd": delta * spot,
        "gamma_usd": gamma * spot**2 * ONE_PERCENT,
        "theta_usd": theta,
        "vega_usd": vega,
        "rho_usd": rho,
    }


def _of_one(holding: Holding) -> tuple[float, ...]:
    """Delta, gamma, theta, vega and rho of one share's worth; what expires now is exercised or is nothing."""
    is_call, spot, strike, years, *_, vol = holding.terms
    if holding.leg.kind == "shares":
        return (1.0 if math.isfinite(spot) else math.nan, *STILL)
    if not math.isfinite(spot + years + vol):
        return (math.nan,) * 5
    if years > 0:
        return sensitivities(*holding.terms)
    return (float(spot > strike) if is_call else -float(spot < strike), *STILL)


def book_greeks(holdings: Sequence[Holding]) -> BookGreeks:
    """The whole book; NaN where a leg cannot be valued."""
    greeks = leg_greeks(holdings)
    return BookGreeks(*(float(greeks[name].sum()) for name in BookGreeks.__dataclass_fields__))


def dollar_delta(holdings: Sequence[Holding]) -> Floats:
    """Dollars in shares that would move as each leg does."""
    return leg_greeks(holdings)["delta_usd"]


def beta_weighted(holdings: Sequence[Holding], benchmark: Stock | None) -> dict[str, Any]:
    """The book's delta as shares of SPY, dollars a 1 % move of it makes, and each symbol's beta; None with a reason."""
    if benchmark is None or len(benchmark.closes) <= FEWEST_RETURNS:
        return _no_beta({}, f"no daily closes of {BENCHMARK} are known")
    betas = {holding.leg.symbol: _beta_of(holding.stock, benchmark) for holding in holdings}
    if unknown := sorted(symbol for symbol, slope in betas.items() if slope is None):
        return _no_beta(betas, f"too few daily closes are known of {', '.join(unknown)}")
    deltas = dollar_delta(holdings).tolist()
    dollars = sum(delta * (betas[holding.leg.symbol] or 0.0) for holding, delta in zip(holdings, deltas, strict=True))
    return {
        "benchmark": BENCHMARK,
        "delta_shares": round(dollars / benchmark.spot, 2),
        "usd_per_percent": round(dollars * ONE_PERCENT, 2),
        "betas": betas,
        "reason": None,
    }


def _beta_of(stock: Stock | None, benchmark: Stock) -> float | None:
    slope = beta(stock.closes, benchmark.closes) if stock else None
    return None if slope is None else round(slope, 4)


def _no_beta(betas: dict[str, float | None], reason: str) -> dict[str, Any]:
    nothing = {"benchmark": BENCHMARK, "delta_shares": None, "usd_per_percent": None}
    return {**nothing, "betas": betas, "reason": reason}


def by_symbol(holdings: Iterable[Holding]) -> dict[str, float]:
    """Dollars in each company with all puts assigned at their strikes, the largest first."""
    return _summed((holding.leg.symbol, holding.assigned_usd) for holding in holdings)


def by_sector(holdings: Iterable[Holding]) -> dict[str, float]:
    """The same by sector; what has none shares one entry, so that nothing escapes a cap by being unlabelled."""
    return _summed((holding.sector or NO_SECTOR, holding.assigned_usd) for holding in holdings)


def concentration(allocation: dict[str, float]) -> float | None:
    """Herfindahl-Hirschman index, the sum of squared shares: 1 for a single name, 1/n for n equal ones.

    >>> concentration({"KO": 50.0, "PEP": 50.0}), concentration({})
    (0.5, None)
    """
    total = sum(allocation.values())
    return sum((usd / total) ** 2 for usd in allocation.values()) if total > 0 else None


def _summed(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for name, usd in parts:
        if usd:
            sums[name] += usd
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))
