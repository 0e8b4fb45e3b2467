"""The one place where the model of an option's value is chosen; arguments, units and shapes as in trading.pricing.

European today, with what exercise would bring as the floor, because equity options can be exercised on any day.
"""

import numpy as np
from numpy.typing import ArrayLike

from trading.contracts import Floats
from trading.implied import implied_volatility
from trading.pricing import Greeks, greeks, price


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

    >>> round(float(value(False, 100, 95, 0.5, 0.10, 0.05, 0.20)), 4), float(value(False, 50, 95, 0.5, 0.1, 0, 0.2))
    (2.4648, 45.0)
    """
    exercised = np.where(is_call, np.subtract(spot, strike), np.subtract(strike, spot))
    return np.asarray(np.maximum(price(is_call, spot, strike, years, rate, dividend_yield, vol_annual), exercised))


def sensitivities(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Greeks:
    """Delta, gamma, theta, vega and rho of one share's worth."""
    return greeks(is_call, spot, strike, years, rate, dividend_yield, vol_annual)


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
    return implied_volatility(is_call, option_price, spot, strike, years, rate, dividend_yield)[0]
