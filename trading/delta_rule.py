"""The bounds on delta: by the European figure where it is clear, by the American one near a bound.

Early exercise makes a delta larger, never smaller: by a fraction of itself that grows with what waiting costs (the
interest on a put's strike, a call's dividends) beside the standard deviation of the share until expiry.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trading.book import Book, priced, with_exercise
from trading.contracts import Floats
from trading.criteria import Criteria
from trading.funnel import Funnel

REACH, REACH_IN_THE_MONEY = 1.5, 4.0
"""Fractions for a cost of one standard deviation. Out of and in the money the largest met in 12,000 puts of up to 400
days, at volatilities from 12 % and rates to 8 %, are 0.9 and 2.8."""
MARGIN = 1e-3
"""Of a bound: what the two ways of computing differ by where exercise adds nothing."""


def sift_deltas(funnel: Funnel, criteria: Criteria, rate: float) -> None:
    """Prices what is left, and rejects what has no volatility or a delta out of bounds."""
    funnel.book = priced(funnel.book, rate)
    funnel.drop("no implied volatility", has_no_volatility(funnel.book))
    least, most = criteria.min_delta, criteria.max_delta
    delta = decisive_delta(funnel.book, rate, [bound for bound in (least, most) if bound is not None])
    funnel.at_least("delta", delta, least)
    funnel.at_most("delta", delta if least is None else delta[delta >= least], most)


def has_no_volatility(book: Book) -> NDArray[np.bool_]:
    """Where the mid implies none, or is no more than exercising at once brings."""
    return np.asarray(~np.isfinite(book.delta) | (book.mid <= book.moneyness))


def decisive_delta(book: Book, rate: float, bounds: Sequence[float]) -> Floats:
    """The size of each delta of a priced book, American wherever that may decide about one of the bounds."""
    delta = np.abs(book.delta)
    rows = np.flatnonzero(near_a_bound(book, rate, bounds))
    if len(rows):
        delta[rows] = np.abs(with_exercise(book.take(rows), rate).delta)
    return delta


def near_a_bound(book: Book, rate: float, bounds: Sequence[float]) -> NDArray[np.bool_]:
    """Where the American delta of a priced book may lie on the other side of a bound than the European one."""
    delta = np.abs(book.delta)
    contracts = book.contracts(rate)
    paid = contracts.escrow() / contracts.spot + contracts.dividend_yield * contracts.years
    cost = np.where(book.is_call, paid, np.maximum(rate, 0.0) * contracts.years)
    reach = np.where(book.moneyness > 0, REACH_IN_THE_MONEY, REACH) * cost / (book.iv * np.sqrt(contracts.years))
    low, high = delta * (1 - MARGIN), delta * (1 + MARGIN + reach)
    near = np.zeros(len(book), dtype=bool)
    for bound in bounds:
        near |= (low <= bound) & (high >= bound)
    return near & contracts.may_pay_early
