"""American options with a continuous dividend yield: price and Greeks. `trading.dividends` knows cash dividends.

Units, shapes and conventions as in `trading.pricing`: dollars a share, years, continuous fractions; arguments are
broadcast against each other, and an impossible input gives NaN. An option that pays to exercise now is worth its
intrinsic value, has a delta of 1 or -1, and its other Greeks are 0.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.blocks import elementwise
from trading.contracts import Floats
from trading.implied import ROUNDING
from trading.pricing import DAYS_A_YEAR, PERCENTAGE_POINT, Greeks
from trading.pricing import greeks as european_greeks
from trading.pricing import price as european_price
from trading.puts import Puts, as_puts, value_puts
from trading.qdfp import Scheme, scheme_for

IS_CALL, SPOT, YEARS, RATE, VOL = 0, 1, 3, 4, 6
"""Places of the arguments."""
STEP, RATE_STEP = 3e-3, 1e-4
"""Half widths of the differences: a fraction of the argument (for the spot, of its standard deviation), and of 1."""
SMALLEST_STEP = 1e-6
NEAR_EXERCISE = 1e-4
"""Time value, as a fraction of the strike, below which the noise of the fast scheme shows in the Greeks."""


def american_price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
    precise: bool = False,
) -> Floats:
    """Value in dollars a share, within 6e-6 of the larger of spot and strike; `precise` means 1e-10, 300 times slower.

    Rates and yields may be negative. Where waiting costs nothing (a call without dividends, a put without interest)
    it is the European price. Source and method: `trading.qdfp`. The example is the put of Andersen, Lake and
    Offengenden with r = q = 5 %, whose early exercise premium over 9.4624925962 is 0.1069526780:

    >>> round(float(american_price(False, 100, 100, 1.0, 0.05, 0.05, 0.25, precise=True)), 6)
    9.569445
    """
    columns = (is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    return elementwise(partial(_price, precise), 1, *columns)[0]


def american_greeks(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
    precise: bool = False,
) -> Greeks:
    """Delta, gamma, theta, vega and rho in the units of `trading.pricing.Greeks`.

    Central differences of the price: the scheme makes the same number of steps for each price, so that the price is
    smooth in every argument and a difference of 0.3 % is good to six digits of the price's own slope. Where early
    exercise never pays they are the European formulas.

    >>> found = american_greeks(False, 100, 120, 0.5, 0.05, 0.0, 0.20)
    >>> [round(float(value), 4) for value in (found.delta, found.gamma, found.theta, found.vega)]
    [-1.0, 0.0, 0.0, 0.0]
    """
    columns = (is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    return Greeks(*elementwise(partial(_greeks, precise), 5, *columns))


def _price(precise: bool, *columns: Floats) -> Iterable[Floats]:
    puts, value = as_puts(*columns), european_price(*columns)
    rows = np.flatnonzero(puts.may_pay_early)
    early = puts.take(rows)
    scheme = scheme_for(early.rate_time, early.yield_time, early.deviation, precise)
    value[rows] = early.unit * value_puts(early, scheme)
    return (value,)


def _greeks(precise: bool, *columns: Floats) -> Iterable[Floats]:
    european = european_greeks(*columns)
    found = [european.delta, european.gamma, european.theta, european.vega, european.rho]
    rows = as_puts(*columns).may_pay_early
    if rows.any():
        for all_rows, slopes in zip(found, _slopes(precise, [column[rows] for column in columns]), strict=True):
            all_rows[rows] = np.where(np.isnan(all_rows[rows]), np.nan, slopes)
    return found


def _slopes(precise: bool, columns: list[Floats]) -> Iterable[Floats]:
    """The five Greeks: those of the shares, or of a short position in them, where the option is exercised now."""
    puts = as_puts(*columns)
    scheme = _sharp_scheme(puts, precise)
    exercised = (puts.ratio < 1) & (value_puts(puts, scheme) - (1 - puts.ratio) <= ROUNDING)
    delta, *others = _differences(puts, scheme, columns)
    share = np.where(columns[IS_CALL], 1.0, -1.0)
    return [np.where(exercised, share, delta), *(np.where(exercised, 0.0, slope) for slope in others)]


def _differences(puts: Puts, scheme: NDArray[np.int8], columns: list[Floats]) -> Iterable[Floats]:
    """The five Greeks; every price of a row is made by the same scheme."""
    value = partial(_moved, columns, scheme)
    width = columns[SPOT] * np.clip(STEP * puts.deviation, SMALLEST_STEP, STEP)
    down, here, up = (value(SPOT, columns[SPOT] + shift) for shift in (-width, 0.0, width))
    return (
        (up - down) / (2 * width),
        (up - 2 * here + down) / width**2,
        (0.0 - _slope(value, columns, YEARS)) / DAYS_A_YEAR,
        _slope(value, columns, VOL) * PERCENTAGE_POINT,
        (value(RATE, columns[RATE] + RATE_STEP) - value(RATE, columns[RATE] - RATE_STEP))
        / (2 * RATE_STEP)
        * PERCENTAGE_POINT,
    )


def _sharp_scheme(puts: Puts, precise: bool) -> NDArray[np.int8]:
    """The scheme of the price, but never the fast one for an option in the money with next to no time value."""
    scheme = scheme_for(puts.rate_time, puts.yield_time, puts.deviation, precise)
    near = (puts.least > 0) & (value_puts(puts, scheme) - puts.least < NEAR_EXERCISE)
    return np.where(near, np.maximum(scheme, Scheme.ACCURATE), scheme)


def _moved(columns: list[Floats], scheme: NDArray[np.int8], place: int, values: Floats) -> Floats:
    """The price with one argument replaced."""
    moved = [values if number == place else column for number, column in enumerate(columns)]
    puts = as_puts(*moved)
    return puts.unit * value_puts(puts, scheme)


def _slope(value: Callable[[int, Floats], Floats], columns: list[Floats], place: int) -> Floats:
    """By an argument that cannot be negative; from 0 the difference is one-sided."""
    width = np.maximum(STEP * columns[place], SMALLEST_STEP)
    low, high = np.maximum(columns[place] - width, 0.0), columns[place] + width
    return (value(place, high) - value(place, low)) / (high - low)
