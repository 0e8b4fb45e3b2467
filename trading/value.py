"""What a sold option earns at expiry: its break-even, and what it earns on average.

Units, shapes and impossible inputs as in `trading.pricing`; figures are dollars a share for the option alone, whatever
secures it.
"""

import numpy as np
from numpy.typing import ArrayLike

from trading.contracts import Floats
from trading.pricing import price


def break_even(is_call: ArrayLike, strike: ArrayLike, premium: ArrayLike) -> Floats:
    """Share price at expiry at which a sold option earns nothing: strike less premium for a put, plus it for a call.

    >>> [float(value) for value in break_even([False, True], 60, 1.25)]
    [58.75, 61.25]
    """
    return np.asarray(np.add(strike, np.multiply(np.where(is_call, 1.0, -1.0), premium)))


def expected_profit(
    is_call: ArrayLike,
    premium: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Floats:
    """Dollars a share that selling at `premium` and waiting for expiry earns on average, in dollars of expiry day.

    The premium earns `rate` until then, and the share follows the risk-neutral lognormal distribution of
    `vol_annual`. With the volatility that the premium itself implies this is 0 by construction; it says something
    when the premium is the bid and the volatility that of the mid, or one's own forecast. The example sells Haug's
    put of 2.4648 (see `trading.pricing.price`) for ten cents more:

    >>> round(float(expected_profit(False, 2.5648, 100, 95, 0.5, 0.10, 0.05, 0.20)), 4)
    0.1051
    """
    fair = price(is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    return np.subtract(premium, fair) * np.exp(np.multiply(rate, years))
