"""What daily closes tell: returns, and how a stock moves with the market."""

import numpy as np

from trading.contracts import Floats

FEWEST_RETURNS = 60


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
