"""Implied volatility of European options, or the reason why there is none."""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.blocks import elementwise
from trading.contracts import Floats
from trading.implied_root import implied_deviation

ROUNDING = 8 * float(np.finfo(float).eps)
"""Time value in the money below this share of the larger leg is lost in the rounding of the price itself."""


class NoAnswer(IntEnum):
    """Why a price implies no volatility; NONE where it does."""

    NONE = 0
    BAD_INPUT = 1
    """A spot, strike, time, rate or yield that is no finite number, or a spot or strike that is not positive."""
    EXPIRED = 2
    """No time is left."""
    NO_PRICE = 3
    """The price is missing or 0."""
    BELOW_INTRINSIC = 4
    """The price is at or below its present intrinsic value, to rounding: no positive volatility gives it."""
    ABOVE_MAXIMUM = 5
    """A call at or above the share less dividends, or a put at or above its discounted strike."""
    OUT_OF_RANGE = 6
    """Strike and share are so far apart that double precision holds no answer."""


def implied_volatility(
    is_call: ArrayLike,
    option_price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
) -> tuple[Floats, NDArray[np.int8]]:
    """Volatilities a year as fractions, and a `NoAnswer` code for each; a volatility is NaN unless its code is NONE.

    Units and shapes as in `trading.pricing`. Accurate to 1e-9 wherever the rounding of the price (one part in 1e16
    of the larger of share and strike) moves the volatility by less than that. Method and sources:
    `trading.implied_root`.

    >>> vols, reasons = implied_volatility(False, [2.4648, 0.01, 95.0], 100, [95, 120, 95], 0.5, 0.10, 0.05)
    >>> [round(float(vol), 4) for vol in vols], [NoAnswer(code).name for code in reasons]
    ([0.2, nan, nan], ['NONE', 'BELOW_INTRINSIC', 'ABOVE_MAXIMUM'])
    """
    columns = (is_call, option_price, spot, strike, years, rate, dividend_yield)
    vols, reasons = elementwise(_implied, 2, *columns)
    return vols, reasons.astype(np.int8)


def _implied(
    is_call: Floats, option_price: Floats, spot: Floats, strike: Floats, years: Floats, rate: Floats, carry: Floats
) -> Iterable[Floats]:
    share, cash = spot * np.exp(-carry * years), strike * np.exp(-rate * years)
    smaller, larger = np.minimum(share, cash), np.maximum(share, cash)
    intrinsic = np.maximum(np.where(is_call, share - cash, cash - share), 0.0)
    time_value = option_price - intrinsic
    reasons = _reasons(option_price, spot, strike, years, share * cash, time_value, smaller, larger, intrinsic)
    deviation = implied_deviation(np.where(reasons == 0, time_value, np.nan) / larger, smaller / larger)
    reasons[(reasons == 0) & np.isnan(deviation)] = NoAnswer.OUT_OF_RANGE
    return deviation / np.sqrt(years), reasons


def _reasons(
    option_price: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    product: Floats,
    time_value: Floats,
    smaller: Floats,
    larger: Floats,
    intrinsic: Floats,
) -> Floats:
    """The code of each contract; the first that applies, in the order of `NoAnswer`."""
    in_the_money = intrinsic > 0
    reasons = np.zeros(len(spot))
    reasons[smaller - time_value <= ROUNDING * np.where(in_the_money, larger, smaller)] = NoAnswer.ABOVE_MAXIMUM
    reasons[time_value <= np.where(in_the_money, ROUNDING * larger, 0.0)] = NoAnswer.BELOW_INTRINSIC
    reasons[np.isnan(option_price) | (option_price == 0)] = NoAnswer.NO_PRICE
    reasons[years <= 0] = NoAnswer.EXPIRED
    reasons[~((spot > 0) & (strike > 0) & (product > 0) & np.isfinite(product + years))] = NoAnswer.BAD_INPUT
    return reasons
