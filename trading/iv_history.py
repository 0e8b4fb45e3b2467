"""Where today's implied volatility stands among those of the last year."""

from dataclasses import dataclass

import numpy as np

from trading.contracts import Floats
from trading.underlying import FEWEST_FOR_A_RANK, YEAR_OF_TRADING_DAYS, iv_rank


@dataclass(frozen=True)
class IvStanding:
    """Volatilities are fractions a year, `rank` and `percentile` run from 0 to 100; what nobody knows is None.

    `days` is the size of the sample: how many of the last 252 trading days have a known volatility, today's among them.
    """

    iv: float | None
    low: float | None
    high: float | None
    rank: float | None
    percentile: float | None
    days: int


def iv_standing(atm_ivs: Floats) -> IvStanding:
    """Rank, and percentile: the share of earlier days below today's. `atm_ivs` as for `iv_rank`; 60 days or nothing.

    >>> standing = iv_standing(np.append(np.linspace(0.20, 0.60, 99), 0.30))
    >>> round(standing.rank, 1), round(standing.percentile, 1), standing.days
    (25.0, 25.3, 100)
    """
    known = atm_ivs[-YEAR_OF_TRADING_DAYS:]
    known = known[np.isfinite(known)]
    if not len(known):
        return IvStanding(None, None, None, None, None, 0)
    is_enough = len(known) >= FEWEST_FOR_A_RANK
    return IvStanding(
        iv=float(known[-1]),
        low=float(known.min()),
        high=float(known.max()),
        rank=iv_rank(atm_ivs),
        percentile=float((known[:-1] < known[-1]).mean() * 100) if is_enough else None,
        days=len(known),
    )
