"""The one place where the model of what is held is chosen; arguments, units and shapes as in trading.pricing.

American, because equity options can be exercised on any day, with dividends as a continuous yield.
"""

from functools import lru_cache

from numpy.typing import ArrayLike

from trading.american import american_greeks, american_price
from trading.american_implied import american_implied_volatility
from trading.contracts import Floats


def value(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Floats:
    """Dollars a share, never below what exercising at once would bring.

    >>> round(float(value(False, 100, 95, 0.5, 0.10, 0.05, 0.20)), 3), float(value(False, 50, 95, 0.5, 0.1, 0, 0.2))
    (2.595, 45.0)
    """
    return american_price(is_call, spot, strike, years, rate, dividend_yield, vol_annual)


@lru_cache(maxsize=1024)
def sensitivities(
    is_call: bool, spot: float, strike: float, years: float, rate: float, dividend_yield: float, vol_annual: float
) -> tuple[float, float, float, float, float]:
    """Delta, gamma, theta, vega and rho of one share's worth.

    They are kept, because sizing a trade asks again and again what is held already.
    """
    found = american_greeks(is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    return float(found.delta), float(found.gamma), float(found.theta), float(found.vega), float(found.rho)


def volatility(
    is_call: ArrayLike,
    option_price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
) -> Floats:
    """The volatility a year that a price implies; NaN where it implies none."""
    return american_implied_volatility(is_call, option_price, spot, strike, years, rate, dividend_yield)[0]
