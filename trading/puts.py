"""American options as puts struck at 1: their bounds, their values, and which of them can pay to exercise early."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats
from trading.pricing import price
from trading.qdfp import put_values


@dataclass(frozen=True)
class Puts:
    """One row a contract; see `trading.qdfp` for how calls become puts.

    `unit` is what the put is struck at in dollars: the strike of a put, the spot of a call. `ratio` is the other one
    over it. `rate_time`, `yield_time` and `deviation` are as in `trading.qdfp.put_values`.
    """

    unit: Floats
    ratio: Floats
    rate_time: Floats
    yield_time: Floats
    deviation: Floats

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The same columns with some of their rows."""
        columns = (self.unit, self.ratio, self.rate_time, self.yield_time, self.deviation)
        return type(self)(*(column[rows] for column in columns))

    def at(self, deviation: Floats) -> Self:
        """The same puts with another volatility."""
        return replace(self, deviation=deviation)

    @property
    def may_pay_early(self) -> NDArray[np.bool_]:
        """False where waiting costs nothing: no interest on the strike, and no less interest than dividends."""
        return np.asarray((self.rate_time > 0) | (self.rate_time > self.yield_time))

    @property
    def least(self) -> Floats:
        """The value without volatility: the best moment to exercise a share that only drifts; 0 if there is none."""
        waiting = np.log(self.rate_time / (self.yield_time * self.ratio)) / (self.rate_time - self.yield_time)
        inside = np.where((waiting > 0) & (waiting < 1), waiting, 0.0)
        at_the_ends = np.maximum(self._exercised(0.0), self._exercised(1.0))
        return np.maximum(np.maximum(at_the_ends, self._exercised(inside)), 0.0)

    @property
    def most(self) -> Floats:
        """What no volatility reaches: the strike now, or at the end where the rate is negative."""
        return np.maximum(1.0, np.exp(-self.rate_time))

    def _exercised(self, moment: Floats | float) -> Floats:
        return np.exp(-self.rate_time * moment) - self.ratio * np.exp(-self.yield_time * moment)


def as_puts(
    is_call: Floats, spot: Floats, strike: Floats, years: Floats, rate: Floats, dividend_yield: Floats, vol: Floats
) -> Puts:
    """The contracts as puts; one that nobody could write (negative or NaN) has NaN for its unit.

    A strike of 0 makes a put, and a spot of 0 a call, worth nothing, whatever the ratio.
    """
    call = is_call.astype(bool)
    impossible = ~(np.minimum(np.minimum(spot, strike), np.minimum(years, vol)) >= 0)
    unit, other = np.where(call, spot, strike), np.where(call, strike, spot)
    return Puts(
        np.where(impossible, np.nan, unit),
        np.where(unit == 0, 1.0, other / unit),
        years * np.where(call, dividend_yield, rate),
        years * np.where(call, rate, dividend_yield),
        vol * np.sqrt(years),
    )


def value_puts(puts: Puts, scheme: NDArray[np.int8]) -> Floats:
    """Values as fractions of `unit`, never below the European value or `least`, never above `most`."""
    european = price(False, puts.ratio, 1.0, 1.0, puts.rate_time, puts.yield_time, puts.deviation)
    least = np.maximum(european, puts.least)
    rows = puts.may_pay_early & (puts.deviation > 0) & (puts.ratio > 0) & np.isfinite(least + puts.unit)
    early, floor = puts.take(rows), least[rows]
    engine = put_values(early.ratio, early.rate_time, early.yield_time, early.deviation, scheme[rows])
    least[rows] = np.clip(engine, floor, np.maximum(early.most, floor))
    return least
