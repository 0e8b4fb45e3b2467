"""Options on a share that pays known cash dividends, many at once: European in one formula, American on a tree.

The escrowed model of `trading.dividends`: the present value of the dividends until expiry is certain, and the rest of
the share price follows Black and Scholes. Dividends are paid every quarter from a first ex-date on.

Everywhere, besides the units of `trading.pricing`: `dividend_usd` is one payment in dollars a share and
`ex_years` the years to its ex-date, infinite where none is known. A continuous `dividend_yield` may stand beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from trading.contracts import Floats
from trading.pricing import DAYS_A_YEAR, SQRT_2_PI

QUARTER_YEARS = 91 / DAYS_A_YEAR
STEPS = (101, 51)
"""Of the two trees whose difference tells where finer ones would end; odd, so that the strike lies between nodes."""
SMALLEST = 1e-300
ROWS = 256
"""Contracts at a time, whose trees stay in the processor's cache."""


@dataclass(frozen=True)
class Escrowed:
    """One row a contract; all columns are of one length."""

    is_call: NDArray[np.bool_]
    spot: Floats
    strike: Floats
    years: Floats
    rate: Floats
    dividend_yield: Floats
    dividend_usd: Floats
    ex_years: Floats

    def __len__(self) -> int:
        return len(self.spot)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Self:
        """The same columns with some of their rows."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def may_pay_early(self) -> NDArray[np.bool_]:
        """False where waiting costs nothing: a put without interest, a call without a dividend."""
        pays = (self.dividend_usd > 0) & (self.ex_years <= self.years)
        earned = np.where(self.is_call, self.dividend_yield, self.rate)
        given_up = np.where(self.is_call, self.rate, self.dividend_yield)
        return np.asarray((earned > np.minimum(given_up, 0.0)) | (self.is_call & pays))

    def escrow(self, years: Floats | float = 0.0) -> Floats:
        """What the dividends from then until expiry are worth then, dollars a share; `years` may have more dimensions.

        >>> put = Escrowed(*(np.array([value]) for value in (False, 50.0, 50.0, 0.5, 0.04, 0.0, 0.30, 0.1)))
        >>> put.escrow().round(4).tolist(), put.escrow(0.2).round(4).tolist()
        ([0.5946], [0.2982])
        """
        worth = np.zeros(np.broadcast_shapes(np.shape(years), self.spot.shape))
        for ex_years, is_paid in self.ex_dates():
            payment = self.dividend_usd * np.exp(-self.rate * (ex_years - years))
            worth += np.where(is_paid & (ex_years > years), payment, 0.0)
        return worth

    def ex_dates(self) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
        """The years to each ex-date, and whether it comes before expiry; the years are those of expiry if not."""
        ex_years = np.where(self.dividend_usd > 0, self.ex_years, np.inf)
        while (is_paid := ex_years <= self.years).any():
            yield np.where(is_paid, ex_years, self.years), is_paid
            ex_years = ex_years + QUARTER_YEARS

    @property
    def as_european(self) -> tuple[NDArray[np.bool_], Floats, Floats, Floats, Floats, Floats]:
        """The arguments of `trading.pricing` for the European option of this model."""
        return self.is_call, self.spot - self.escrow(), self.strike, self.years, self.rate, self.dividend_yield


@dataclass(frozen=True)
class Root:
    """Value in dollars a share, and its first and second slope in the share price."""

    value: Floats
    delta: Floats
    gamma: Floats

    def towards(self, coarse: Self, share: float) -> "Root":
        """So much further away from the coarse one."""
        here, there = ((one.value, one.delta, one.gamma) for one in (self, coarse))
        return Root(*(fine + share * (fine - rough) for fine, rough in zip(here, there, strict=True)))


def tree_root(contracts: Escrowed, vol_annual: Floats, *, american: bool = True) -> Root:
    """The figures of a binomial tree at its root; NaN where it cannot be built.

    Leisen and Reimer, Binomial Models for Option Valuation (1996), with the inversion of Peizer and Pratt (their
    method 2), whose value moves smoothly with every argument. What early exercise brings converges with one over the
    number of steps, so two trees tell where it goes: within 1e-5 of the strike for two months.
    """
    fine, coarse = STEPS
    blocks = []
    with np.errstate(all="ignore"):
        for start in range(0, len(contracts), ROWS):
            rows = slice(start, start + ROWS)
            block, vol = contracts.take(rows), vol_annual[rows]
            one, other = (_rolled_back(block, vol, steps, american) for steps in STEPS)
            blocks.append(one.towards(other, coarse / (fine - coarse)))
    columns = zip(*((one.value, one.delta, one.gamma) for one in blocks), strict=True)
    return Root(*(np.concatenate(column) for column in columns)) if blocks else Root(*np.empty((3, 0)))


def _rolled_back(contracts: Escrowed, vol: Floats, steps: int, american: bool) -> Root:
    """One column a contract, one row a node; the share price at a node is `level` x `power` plus the escrow."""
    step_years = contracts.years / steps
    growth = np.exp((contracts.rate - contracts.dividend_yield) * step_years)
    discount = np.exp(-contracts.rate * step_years)
    escrow = contracts.escrow(np.arange(steps + 1)[:, None] * step_years)
    share = contracts.spot - escrow[0]
    above, above_of_share = _chances(contracts, share, vol, steps)
    up, down = growth * above_of_share / above, growth * (1 - above_of_share) / (1 - above)
    sign = np.where(contracts.is_call, 1.0, -1.0)
    power = sign * (up / down) ** np.arange(steps + 1)[:, None]
    level = share * down ** np.arange(steps + 1)[:, None]
    due, wait = _exercised(contracts, escrow, steps)
    width = vol * np.sqrt(wait) / np.log(up / down)
    rise, fall = discount * above, discount * (1 - above)
    value, near = np.maximum(power * level[steps] + due[steps], 0.0), {}
    for step in range(steps - 1, -1, -1):
        value = rise * value[1:] + fall * value[:-1]
        if american:
            paid = power[: step + 1] * level[step] + due[step]
            value = np.maximum(value, paid) if step == 0 else _decided(value, paid, width[step])
        if step <= 2:
            near[step] = value
    apart = share * (up - down)
    delta = (near[1][1] - near[1][0]) / apart
    slopes = (near[2][1:] - near[2][:-1]) / (apart * np.stack([down, up]))
    return Root(near[0][0], delta, (slopes[1] - slopes[0]) / (0.5 * (up + down) * apart))


def _decided(value: Floats, paid: Floats, width: Floats) -> Floats:
    """The better of waiting and being paid; where that is decided `width` later (in deviations a node), on average."""
    best = np.maximum(value, paid)
    rows = np.flatnonzero(width)
    if len(rows):
        gain = paid[:, rows] - value[:, rows]
        deviation = np.abs(np.gradient(gain, axis=0)) * width[rows]
        z = gain / np.maximum(deviation, SMALLEST)
        best[:, rows] = value[:, rows] + gain * ndtr(z) + deviation * np.exp(-0.5 * z * z) / SQRT_2_PI
    return best


def _exercised(contracts: Escrowed, escrow: Floats, steps: int) -> tuple[Floats, Floats]:
    """What exercising brings at each step, apart from the share without its dividends.

    A call is best exercised just before an ex-date and a put just after it. Neither falls on a step: so at the last
    step before it stands what to have decided on it is worth, with the interest until then.
    """
    sign, step_years = np.where(contracts.is_call, 1.0, -1.0), contracts.years / steps
    due, waits = sign * (escrow - contracts.strike), np.zeros_like(escrow)
    for ex_years, is_paid in contracts.ex_dates():
        (rows,) = np.nonzero(is_paid)
        step = np.ceil(ex_years[rows] / step_years[rows] - 1e-9).astype(np.intp) - 1
        some, wait = contracts.take(rows), ex_years[rows] - step * step_years[rows]
        paid = np.exp(-some.rate * wait)
        kept = escrow[step, rows] - np.where(some.is_call, 0.0, some.dividend_usd * paid)
        due[step, rows] = np.maximum(due[step, rows], sign[rows] * (kept - some.strike * paid))
        waits[step, rows] = np.where(some.is_call, wait, 0.0)
    return due, waits


def _chances(contracts: Escrowed, share: Floats, vol: Floats, steps: int) -> tuple[Floats, Floats]:
    """Of a step up, counted in cash and counted in shares."""
    deviation = vol * np.sqrt(contracts.years)
    carry = (contracts.rate - contracts.dividend_yield) * contracts.years
    d1 = (np.log(share / contracts.strike) + carry) / deviation + 0.5 * deviation
    return _inverted(d1 - deviation, steps), _inverted(d1, steps)


def _inverted(z: Floats, steps: int) -> Floats:
    """The chance of a step up that makes a normal deviate of z out of so many steps."""
    scaled = z / (steps + 1 / 3 + 0.1 / (steps + 1))
    return 0.5 + 0.5 * np.sign(z) * np.sqrt(-np.expm1(-scaled * scaled * (steps + 1 / 6)))
