"""What happened to one underlying in the year before the sample's date, and what its options are priced on.

One random path of the level of volatility drives the daily prices, the daily 30-day implied volatilities and,
through its last value, today's surface; so a high IV rank is an inverted term structure, and a report in the next
30 days lifts both.
"""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import numpy as np

from trading.contracts import Floats, Stock
from trading.sample.draws import draw
from trading.sample.events import DAYS_A_QUARTER, days_to_report, next_earnings, next_ex_dividend
from trading.sample.expiries import DAYS_A_YEAR
from trading.sample.surface import Surface, diffused
from trading.sample.universe import Listing

SESSIONS = 252
MEMORY = 0.98
"""Of each day's level of log volatility, what is left the day after."""
VOL_OF_VOL = 0.30
"""Standard deviation of the log of spot volatility around its long-run level."""
LEVERAGE = -0.60
"""Correlation of a day's return with that day's change of volatility."""
REALISED = 0.90
"""Realised volatility as a share of implied."""
EARNINGS_MOVE = 0.16
"""Standard deviation of the move on a report, as a share of the annual volatility."""
HORIZON = 30.0


@dataclass(frozen=True)
class Story:
    """A stock with its history, and the surface its options are priced on."""

    stock: Stock
    surface: Surface


@dataclass(frozen=True)
class _Year:
    """One entry a session: standard normal shocks to the price, spot variance, move on a report, days to the next."""

    long_variance: float
    earnings_move: float
    shocks: Floats
    variances: Floats
    moves: Floats
    days_to_report: Floats


def tell_story(listing: Listing) -> Story:
    """The year of one listing, the same every time."""
    uniforms, normals = draw(f"story of {listing.symbol}", 3, 1 + 3 * SESSIONS)
    earnings = None if listing.is_etf else next_earnings(uniforms[0])
    year = _live_through(listing, days_to_report(earnings, SESSIONS), normals[1:].reshape(3, SESSIONS))
    stock = Stock(
        symbol=listing.symbol,
        name=listing.name,
        spot=listing.price,
        sector=listing.sector,
        is_etf=listing.is_etf,
        dividend_yield=listing.dividend_yield,
        ex_dividend=next_ex_dividend(uniforms[1]) if listing.dividend_yield > 0 else None,
        earnings=earnings,
        closes=_closes(listing.price, year),
        atm_ivs=_atm_ivs(year),
    )
    return Story(stock, _surface_after(year, listing.correlation, normals[0], uniforms[2]))


def _live_through(listing: Listing, days_to_report: Floats, normals: Floats) -> _Year:
    shocks = listing.correlation * _market_shocks() + np.sqrt(1 - listing.correlation**2) * normals[0]
    level = _volatility_level(LEVERAGE * shocks + np.sqrt(1 - LEVERAGE**2) * normals[1])
    move = 0.0 if listing.is_etf else EARNINGS_MOVE * listing.vol
    long_variance = listing.vol**2 - move**2 * DAYS_A_YEAR / DAYS_A_QUARTER
    variances = long_variance * np.exp(2 * level)
    return _Year(long_variance, move, shocks, variances, move * normals[2], days_to_report)


@cache
def _market_shocks() -> Floats:
    return draw("the market", 0, SESSIONS)[1]


def _volatility_level(shocks: Floats) -> Floats:
    """A stationary first-order autoregression: the log of spot volatility over its long-run level."""
    sizes = VOL_OF_VOL * np.r_[1.0, np.full(SESSIONS - 1, np.sqrt(1 - MEMORY**2))] * shocks
    return np.array(list(accumulate(sizes.tolist(), lambda level, shock: MEMORY * level + shock)))


def _surface_after(year: _Year, correlation: float, normal: float, uniform: float) -> Surface:
    """Today's surface; what moves with the market has the steeper skew."""
    return Surface(
        long_variance=year.long_variance,
        spot_variance=float(year.variances[-1]),
        earnings_move=year.earnings_move,
        days_to_earnings=float(year.days_to_report[-1]),
        rho=float(np.clip(-0.18 - 0.45 * correlation + 0.05 * normal, -0.75, -0.12)),
        eta=0.80 + 0.10 * float(uniform),
    )


def _atm_ivs(year: _Year) -> Floats:
    """Daily 30-day at-the-money implied volatility, to a hundredth of a point; the last is today's surface."""
    jump = (year.days_to_report <= HORIZON) * year.earnings_move**2
    total = diffused(year.long_variance, year.variances, HORIZON / DAYS_A_YEAR) + jump
    return np.asarray(np.round(np.sqrt(total * DAYS_A_YEAR / HORIZON), 4))


def _closes(spot: float, year: _Year) -> Floats:
    """Daily closes in cents, the last of them today's price; a report moves the first close after it."""
    has_reported = np.append(False, year.days_to_report[1:] > year.days_to_report[:-1])
    returns = REALISED * np.sqrt(year.variances / SESSIONS) * year.shocks + has_reported * year.moves
    still_to_come = np.cumsum(returns[:0:-1])[::-1]
    return np.append(np.maximum(np.round(spot * np.exp(-still_to_come), 2), 0.01), spot)
