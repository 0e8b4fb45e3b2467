"""What a price implies under the escrowed model, with American exercise: volatility, delta, theta, probability.

Arguments as in `trading.escrowed`.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats
from trading.escrowed import Escrowed, tree_root
from trading.implied import implied_volatility
from trading.pricing import DAYS_A_YEAR, PERCENTAGE_POINT, figures

CLOSE = 1e-4
"""A secant step this small, relative to the volatility, leaves less than the trees are exact to."""
MOST_STEPS = 30


@dataclass(frozen=True)
class Implied:
    """One entry a contract, NaN where its price implies nothing: volatility a year, delta (signed), theta in dollars a
    share and calendar day at an unchanged share price, risk-neutral probability of expiring out of the money."""

    iv: Floats
    delta: Floats
    theta: Floats
    prob_otm: Floats


def european_implied(contracts: Escrowed, option_price: Floats) -> Implied:
    """Without early exercise, by closed formulas.

    >>> put = Escrowed(*(np.array([value]) for value in (False, 100.0, 95.0, 0.5, 0.1, 0.05, 0.0, np.inf)))
    >>> found = european_implied(put, np.array([2.4648]))
    >>> round(float(found.iv[0]), 4), round(float(found.prob_otm[0]), 4)
    (0.2, 0.6804)
    """
    escrow = contracts.escrow()
    is_call, share, terms = contracts.is_call, contracts.spot - escrow, _terms(contracts)
    iv, _ = implied_volatility(is_call, option_price, share, *terms)
    told = figures(is_call, share, *terms, iv)
    theta = told.greeks.theta - told.greeks.delta * contracts.rate * escrow / DAYS_A_YEAR
    return Implied(iv, told.greeks.delta, theta, told.prob_otm)


def american_implied(contracts: Escrowed, option_price: Floats) -> Implied:
    """With early exercise: where it may pay a tree, elsewhere the European figures.

    The trees give what exercise adds to the European formulas. Up to two months volatility comes back to 1e-4 of
    itself and delta to 1e-4, up to a year to five times that.
    A price at or below what exercising at once brings implies nothing.
    """
    found = european_implied(contracts, option_price)
    sign = np.where(contracts.is_call, 1.0, -1.0)
    worthless = ~(option_price > sign * (contracts.spot - contracts.strike))
    rows = np.flatnonzero(contracts.may_pay_early & ~worthless & np.isfinite(found.iv))
    tried = contracts.take(rows)
    vol = _solve(tried, found.iv[rows])
    early = _with_exercise(tried, option_price[rows], vol)
    for column in ("iv", "delta", "theta", "prob_otm"):
        figure = getattr(found, column)
        figure[rows] = getattr(early, column)
        figure[worthless] = np.nan
    return found


def _terms(contracts: Escrowed) -> tuple[Floats, Floats, Floats, Floats]:
    return contracts.strike, contracts.years, contracts.rate, contracts.dividend_yield


def _with_exercise(contracts: Escrowed, option_price: Floats, vol: Floats) -> Implied:
    escrow = contracts.escrow()
    share, terms = contracts.spot - escrow, _terms(contracts)
    told = figures(contracts.is_call, share, *terms, vol)
    early, late = tree_root(contracts, vol), tree_root(contracts, vol, american=False)
    delta = told.greeks.delta + early.delta - late.delta
    gamma = told.greeks.gamma + early.gamma - late.gamma
    carry = (contracts.rate - contracts.dividend_yield) * share + contracts.rate * escrow
    theta = contracts.rate * option_price - carry * delta - 0.5 * (vol * share) ** 2 * gamma
    return Implied(vol, delta, theta / DAYS_A_YEAR, told.prob_otm)


def _solve(contracts: Escrowed, european: Floats) -> Floats:
    """The volatility of each row; it lies below the European one, because the right to exercise is worth something.

    What is sought is the value that the trees give without that right at the European volatility, so that what both
    get wrong cancels.
    """
    answer, rows = np.full_like(european, np.nan), np.arange(len(european))
    share = contracts.spot - contracts.escrow()
    vega = figures(contracts.is_call, share, *_terms(contracts), european).greeks.vega / PERCENTAGE_POINT
    target = tree_root(contracts, european, american=False).value
    nothing, unbounded = np.full_like(vega, np.nan), np.full_like(vega, np.inf)
    search = _Search(contracts, target, european, vega, np.zeros_like(vega), unbounded, nothing, nothing)
    for _ in range(MOST_STEPS):
        settled = search.step()
        answer[rows[settled]] = search.x[settled]
        if settled.all():
            break
        rows, search = rows[~settled], search.take(~settled)
    return answer


@dataclass
class _Search:
    """Secants inside a bracket, all open rows at once; the first slope is the European vega's."""

    contracts: Escrowed
    target: Floats
    x: Floats
    slope: Floats
    low: Floats
    high: Floats
    before: Floats
    miss_before: Floats

    def take(self, rows: NDArray[np.bool_]) -> Self:
        """The search with some of its rows."""
        columns = (self.target, self.x, self.slope, self.low, self.high, self.before, self.miss_before)
        return type(self)(self.contracts.take(rows), *(column[rows] for column in columns))

    def step(self) -> NDArray[np.bool_]:
        """Move every row once; True where the new place is the root, or where there is none to be found."""
        x, miss = self.x, tree_root(self.contracts, self.x).value - self.target
        self.low, self.high = np.where(miss < 0, x, self.low), np.where(miss < 0, self.high, x)
        with np.errstate(all="ignore"):
            secant = (miss - self.miss_before) / (x - self.before)
            better = x - miss / np.where(np.isnan(self.before), self.slope, secant)
        inside = (better > self.low) & (better < self.high)
        near = np.abs(better - x) <= CLOSE * x
        halfway = np.where(np.isinf(self.high), 2 * x, 0.5 * (self.low + self.high))
        self.x = np.where(inside | near, better, halfway)
        self.before, self.miss_before = x, miss
        self.x[np.isnan(miss)] = np.nan
        return np.asarray(near | np.isnan(miss))
