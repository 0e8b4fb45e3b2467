"""The rejection funnel: every contract that is not offered counts once, under the first rule it fails."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from trading.book import Book
from trading.contracts import Floats
from trading.criteria import Criteria
from trading.risk import RiskLimits, Verdict


@dataclass(frozen=True)
class Miss:
    """A contract and the rule it failed by little."""

    row: Book
    verdict: Verdict


@dataclass
class Funnel:
    """What was looked at and what became of it; `book` holds the contracts that failed no rule so far."""

    book: Book
    considered: int
    rejected: Counter[str]
    _misses: list[Callable[[], Miss | None]] = field(default_factory=list)

    def drop(self, reason: str, failing: NDArray[np.bool_]) -> None:
        """Rejects the rows that are marked."""
        if count := int(failing.sum()):
            self.rejected[reason] += count
            self.book = self.book.take(~failing)

    @property
    def nearest(self) -> Miss | None:
        """Of the last rule that something with a known figure failed, the contract that failed it by the least."""
        return next((found for miss in reversed(self._misses) if (found := miss())), None)

    def at_least(self, reason: str, figures: Floats, limit: float | None) -> None:
        """Rejects what lies below the limit; no limit, no rejection. An unknown figure meets no limit."""
        if limit is not None:
            self._bound(reason, figures, limit, ~(figures >= limit), at_least=True)

    def at_most(self, reason: str, figures: Floats, limit: float | None) -> None:
        """Rejects what lies above the limit."""
        if limit is not None:
            self._bound(reason, figures, limit, ~(figures <= limit), at_least=False)

    def _bound(self, reason: str, figures: Floats, limit: float, failing: NDArray[np.bool_], *, at_least: bool) -> None:
        if failing.any():
            self._misses.append(partial(_nearest, self.book, figures, failing, Verdict(reason, limit, limit, at_least)))
            self.drop(reason, failing)


def _nearest(book: Book, figures: Floats, failing: NDArray[np.bool_], rule: Verdict) -> Miss | None:
    misses = np.where(failing & np.isfinite(figures), np.abs(figures - rule.limit), np.inf)
    row = int(misses.argmin())
    if not np.isfinite(misses[row]):
        return None
    return Miss(book.take(np.array([row])), replace(rule, figure=float(figures[row]), limit=float(rule.limit)))


def sift(funnel: Funnel, criteria: Criteria, limits: RiskLimits, *, out_of_the_money: bool) -> None:
    """Applies every rule that needs no option model, in this order; what is left is worth computing.

    expired · expiry (the day, or the days left) · in the money · capital · position cap (of cash: the
    shares under a call are owned already) · no bid · no ask · crossed quote · premium · no open interest · low open
    interest · no volume · low volume · wide spread · yield · earnings.
    """
    _sift_dates(funnel, criteria)
    if out_of_the_money:
        funnel.drop("in the money", funnel.book.moneyness > 0)
    funnel.at_most("capital", funnel.book.capital, criteria.max_capital)
    funnel.at_most("position cap", np.where(funnel.book.is_call, 0.0, funnel.book.capital), limits.position_usd)
    _sift_quotes(funnel, criteria)
    _sift_liquidity(funnel, criteria)
    funnel.at_least("yield", funnel.book.annual_yield, criteria.min_annual_yield)
    if criteria.avoid_earnings:
        funnel.drop("earnings", funnel.book.earnings == 1)


def _sift_dates(funnel: Funnel, criteria: Criteria) -> None:
    funnel.drop("expired", funnel.book.is_over)
    if criteria.expiry is not None:
        funnel.drop("expiry", funnel.book.expiry != np.datetime64(criteria.expiry, "D"))
    funnel.at_least("expiry", funnel.book.dte.astype(float), criteria.min_dte)
    funnel.at_most("expiry", funnel.book.dte.astype(float), criteria.max_dte)


def _sift_quotes(funnel: Funnel, criteria: Criteria) -> None:
    funnel.drop("no bid", ~(funnel.book.bid > 0))
    funnel.drop("no ask", ~(funnel.book.ask > 0))
    funnel.drop("crossed quote", funnel.book.ask < funnel.book.bid)
    funnel.at_least("premium", funnel.book.bid, criteria.min_premium)


def _sift_liquidity(funnel: Funnel, criteria: Criteria) -> None:
    """A bound of 0 asks for nothing, so it is met by a count that nobody knows."""
    for name, column, least in (
        ("open interest", "open_interest", criteria.min_open_interest),
        ("volume", "volume", criteria.min_volume),
    ):
        if least:
            funnel.drop(f"no {name}", np.isnan(getattr(funnel.book, column)))
            funnel.at_least(f"low {name}", getattr(funnel.book, column), least)
    funnel.at_most("wide spread", funnel.book.spread, criteria.max_spread_pct)
