"""Which of the scored candidates are listed: the best of each symbol first, within the caps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.book import Book
from trading.risk import Collateral, RiskLimits, Verdict, sector_verdicts
from trading.score import best_first

MOST_PER_SYMBOL = 3


@dataclass(frozen=True)
class Shortlist:
    """Rows of the book in the order of the list, the sector verdict of each, and why the others are not on it."""

    rows: list[int]
    verdicts: list[Verdict | None]
    rejected: Counter[str]


def shortlist(
    book: Book,
    scores: NDArray[np.float64],
    sectors: Sequence[str | None],
    limits: RiskLimits,
    most: int,
    *,
    named: bool,
) -> Shortlist:
    """At most `most` rows by falling score, equal scores by symbol, expiry and strike.

    Symbols take turns, best score first, so that one rich chain does not fill the list: a symbol's second contract
    is looked at when every symbol's best has been, and there is no fourth unless the person `named` the symbols.
    Whoever would break the cap on its sector is passed over ("sector cap"); calls on owned shares bind no cash and
    know no cap. `sectors` is by owner.
    """
    ranked = best_first(scores, book.owner, book.expiry, book.strike)
    turns = _turns(book.owner[ranked])
    queue = ranked[np.argsort(turns, kind="stable")]
    allowed = len(queue) if named else int((turns < MOST_PER_SYMBOL).sum())
    rejected = Counter({"same symbol": len(queue) - allowed})
    chosen = _within_caps(book, queue[:allowed].tolist(), sectors, limits, most, rejected)
    rejected["beyond limit"] = allowed - len(chosen) - rejected["sector cap"]
    place = np.empty(len(ranked), dtype=np.intp)
    place[ranked] = np.arange(len(ranked))
    order = sorted(chosen, key=place.__getitem__)
    return Shortlist(order, [chosen[row] for row in order], +rejected)


def _within_caps(
    book: Book,
    queue: list[int],
    sectors: Sequence[str | None],
    limits: RiskLimits,
    most: int,
    rejected: Counter[str],
) -> dict[int, Verdict | None]:
    """The first `most` rows of the queue that their sector has room for, with the verdict that let them pass."""
    owners, usd, calls = book.owner, book.capital, book.is_call
    chosen: dict[int, Verdict | None] = {}
    asking = (
        Collateral(0.0 if calls[row] else float(usd[row]), int(owners[row]), sectors[owners[row]]) for row in queue
    )
    for row, verdict in zip(queue, sector_verdicts(asking, limits), strict=True):
        if len(chosen) == most:
            break
        if verdict.holds:
            chosen[row] = None if calls[row] else verdict
        else:
            rejected["sector cap"] += 1
    return chosen


def _turns(owners: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row, how many rows of the same owner come before it."""
    counts = np.bincount(owners)
    turns = np.empty(len(owners), dtype=np.intp)
    turns[np.argsort(owners, kind="stable")] = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return turns
