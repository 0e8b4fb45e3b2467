"""Implied volatility of American options, or the reason why there is none."""

from collections.abc import Iterable
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.blocks import elementwise
from trading.contracts import Floats
from trading.implied import ROUNDING, NoAnswer, implied_volatility
from trading.pricing import PERCENTAGE_POINT, greeks
from trading.puts import Puts, as_puts, value_puts
from trading.qdfp import scheme_for

CLOSE = 1e-6
"""A secant step this small, relative to the root, leaves an error near 1e-9 of it."""
LARGEST, MOST_STEPS, PATIENCE = 100.0, 100, 6


def american_implied_volatility(
    is_call: ArrayLike,
    option_price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    precise: bool = False,
) -> tuple[Floats, NDArray[np.int8]]:
    """Volatilities a year as fractions, and a `NoAnswer` code for each; a volatility is NaN unless its code is NONE.

    It is the volatility that `american_price` turns back into the price. BELOW_INTRINSIC means at or below what the
    option is worth without volatility (its intrinsic value, or more where it pays to wait), ABOVE_MAXIMUM at or above
    what no volatility reaches: for a put its strike, for a call the share. Where early exercise never pays it is the
    European one. The search starts from the European volatility, which is never below the American one.

    >>> vols, reasons = american_implied_volatility(False, [9.569445, 0.01, 20.0, 120.0], 100, [100, 120, 120, 120],
    ...                                             1.0, 0.05, 0.05, precise=True)
    >>> [round(float(vol), 6) for vol in vols], [NoAnswer(code).name for code in reasons]
    ([0.25, nan, nan, nan], ['NONE', 'BELOW_INTRINSIC', 'BELOW_INTRINSIC', 'ABOVE_MAXIMUM'])
    """
    columns = (is_call, option_price, spot, strike, years, rate, dividend_yield)
    vols, reasons = elementwise(partial(_implied, precise), 2, *columns)
    return vols, reasons.astype(np.int8)


def _implied(precise: bool, is_call: Floats, option_price: Floats, *contract: Floats) -> Iterable[Floats]:
    spot, strike, years, rate, dividend_yield = contract
    puts = as_puts(is_call, spot, strike, years, rate, dividend_yield, np.zeros(len(spot)))
    target = option_price / puts.unit
    reasons = _reasons(puts, target, *contract)
    sought = np.where(reasons == NoAnswer.NONE, target, np.nan)
    deviation, _ = implied_volatility(False, sought, puts.ratio, 1.0, 1.0, puts.rate_time, puts.yield_time)
    rows = np.flatnonzero(puts.may_pay_early & (reasons == NoAnswer.NONE))
    if len(rows):
        deviation[rows] = _solve(puts.take(rows), target[rows], deviation[rows], precise)
    reasons[(reasons == NoAnswer.NONE) & np.isnan(deviation)] = NoAnswer.OUT_OF_RANGE
    return deviation / np.sqrt(years), reasons


def _reasons(
    puts: Puts, target: Floats, spot: Floats, strike: Floats, years: Floats, rate: Floats, dividend_yield: Floats
) -> Floats:
    """The code of each contract; the first that applies, in the order of `NoAnswer`."""
    least, rounding = puts.least, ROUNDING * np.maximum(puts.ratio, 1.0)
    reasons = np.zeros(len(target))
    reasons[target >= puts.most * (1 - ROUNDING)] = NoAnswer.ABOVE_MAXIMUM
    reasons[target - least <= np.where(least > 0, rounding, 0.0)] = NoAnswer.BELOW_INTRINSIC
    reasons[np.isnan(target) | (target == 0)] = NoAnswer.NO_PRICE
    reasons[years <= 0] = NoAnswer.EXPIRED
    finite = np.isfinite(spot + strike + years + rate + dividend_yield)
    reasons[~((spot > 0) & (strike > 0) & finite)] = NoAnswer.BAD_INPUT
    return reasons


def _solve(puts: Puts, target: Floats, european: Floats, precise: bool) -> Floats:
    """The deviation of each row; NaN where none below LARGEST gives the price."""
    start = np.where(np.isnan(european), 0.5 * np.abs(np.log(puts.ratio)) + 0.05, european)
    scheme = scheme_for(puts.rate_time, puts.yield_time, start, precise)
    search = _Search(np.arange(len(target)), puts, scheme, puts.least, target, start)
    search.high[:] = np.where(np.isnan(european), np.inf, european)
    answer = np.full_like(target, np.nan)
    for count in range(MOST_STEPS):
        settled = search.step(secant=count < PATIENCE or count % 2 == 0)
        answer[search.rows[settled]] = search.x[settled]
        search = search.take(~settled & (search.x < LARGEST))
        if not len(search.rows):
            break
    return answer


class _Search:
    """Secants inside a bracket, all open rows at once.

    The root is sought in the square root of the time value, which near the exercise boundary, where the price itself
    is flat, is a straight line. The first slope is the European vega's.
    """

    def __init__(
        self, rows: NDArray[np.intp], puts: Puts, scheme: NDArray[np.int8], least: Floats, target: Floats, x: Floats
    ) -> None:
        self.rows, self.puts, self.scheme, self.least, self.target, self.x = rows, puts, scheme, least, target, x
        self.low, self.high = np.zeros_like(x), np.full_like(x, np.inf)
        self.before, self.miss_before = np.full_like(x, np.nan), np.full_like(x, np.nan)

    def take(self, rows: NDArray[np.bool_]) -> Self:
        """The search with some of its rows."""
        columns = (self.rows[rows], self.puts.take(rows), self.scheme[rows], self.least[rows], self.target[rows])
        taken = type(self)(*columns, self.x[rows])
        taken.low, taken.high = self.low[rows], self.high[rows]
        taken.before, taken.miss_before = self.before[rows], self.miss_before[rows]
        return taken

    def step(self, secant: bool) -> NDArray[np.bool_]:
        """Move every row once; True where the new place is the root."""
        x, wanted = self.x, np.sqrt(self.target - self.least)
        time_value = np.maximum(value_puts(self.puts.at(x), self.scheme) - self.least, 0.0)
        miss = np.sqrt(time_value) - wanted
        self.low, self.high = np.where(miss < 0, x, self.low), np.where(miss < 0, self.high, x)
        better = x - miss / self._slope(miss, time_value)
        settled = (miss == 0) | (self.high - self.low <= ROUNDING * x)
        inside = (better > self.low) & (better < self.high)
        near = inside & (np.abs(better - x) <= CLOSE * x)
        halfway = np.where(np.isinf(self.high), 2 * x, 0.5 * (self.low + self.high))
        self.before, self.miss_before = x, miss
        self.x = np.where(settled, x, np.where(inside & (secant | near), better, halfway))
        return np.asarray(settled | near)

    def _slope(self, miss: Floats, time_value: Floats) -> Floats:
        """Of the square root of the time value in the deviation."""
        puts = self.puts.at(self.x)
        if np.isnan(self.before).all():
            contract = (puts.ratio, 1.0, 1.0, puts.rate_time, puts.yield_time, puts.deviation)
            return np.asarray(greeks(False, *contract).vega / PERCENTAGE_POINT / (2 * np.sqrt(time_value)))
        return np.asarray((miss - self.miss_before) / (self.x - self.before))
