"""What daily closes tell: returns, how a stock moves with the market, and where its price has been."""

from dataclasses import dataclass

import numpy as np

from trading.contracts import Floats

FEWEST_RETURNS = 60
FEWEST_FOR_REALISED = 10
YEAR_OF_TRADING_DAYS = 252


def daily_returns(closes: Floats) -> Floats:
    """Simple returns from one close to the next, oldest first; NaN beside a close nobody knows.

    >>> daily_returns(np.array([100.0, 110.0, 99.0]))
    array([ 0.1, -0.1])
    """
    return np.asarray(closes[1:] / closes[:-1] - 1)


def beta(closes: Floats, benchmark: Floats) -> float | None:
    """Slope of a stock's daily returns on the benchmark's, closes oldest first and ending on the same day.

    None with fewer than 60 common days, or where the benchmark never moved.

    >>> index = 100 * np.cumprod(1 + 0.01 * np.sin(np.arange(100)))
    >>> twice = 50 * np.cumprod(1 + 0.02 * np.sin(np.arange(100)))
    >>> round(beta(twice, index), 6)
    2.0
    """
    days = min(len(closes), len(benchmark))
    own, market = daily_returns(closes[len(closes) - days :]), daily_returns(benchmark[len(benchmark) - days :])
    known = np.isfinite(own) & np.isfinite(market)
    if known.sum() < FEWEST_RETURNS or not market[known].var() > 0:
        return None
    return float(np.cov(own[known], market[known], bias=True)[0, 1] / market[known].var())


@dataclass(frozen=True)
class PastPrices:
    """What a window of daily closes tells; what it cannot tell is None.

    `first`, `last`, `low` and `high` are closes in dollars, `change` last over first less 1, `drawdown` the deepest
    fall from an earlier high as a fraction at or below 0. `realised_vol` is the sample deviation of the `returns` daily
    log returns times the root of 252, a fraction a year: what the share did, never what its options imply.
    """

    closes: int
    first: float | None = None
    last: float | None = None
    low: float | None = None
    high: float | None = None
    change: float | None = None
    drawdown: float | None = None
    realised_vol: float | None = None
    returns: int = 0


def look_back(closes: Floats, days: int) -> PastPrices:
    """The last `days` daily moves, closes oldest first; a close nobody knows is left out, with the moves beside it.

    >>> past = look_back(np.array([90.0, 100.0, 110.0, 99.0]), 2)
    >>> past.closes, past.low, round(past.change, 4), round(past.drawdown, 4), past.realised_vol
    (3, 99.0, -0.01, -0.1, None)
    """
    window = closes[-(days + 1) :]
    known = window[np.isfinite(window)]
    if not len(known):
        return PastPrices(0)
    moves = np.log1p(daily_returns(window))
    moves = moves[np.isfinite(moves)]
    is_enough = len(moves) >= FEWEST_FOR_REALISED
    return PastPrices(
        closes=len(known),
        first=float(known[0]),
        last=float(known[-1]),
        low=float(known.min()),
        high=float(known.max()),
        change=float(known[-1] / known[0] - 1) if len(known) > 1 else None,
        drawdown=float((known / np.maximum.accumulate(known) - 1).min()),
        realised_vol=float(moves.std(ddof=1) * np.sqrt(YEAR_OF_TRADING_DAYS)) if is_enough else None,
        returns=len(moves),
    )
