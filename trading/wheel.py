"""The scan of the wheel: from a market and criteria to a ranked list of trades that keep the risk rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.assumptions import assume
from trading.board import board_of
from trading.book import Book, book_of, with_exercise
from trading.contracts import Floats, Market
from trading.criteria import Criteria
from trading.delta_rule import sift_deltas
from trading.funnel import Funnel, sift
from trading.notices import notices
from trading.offer import explain, nearest_miss, offers, verdicts_on
from trading.risk import RiskLimits, Verdict
from trading.roster import call_roll
from trading.score import WEIGHTS, liquidity, points, score
from trading.screen import Screened, screen
from trading.shortlist import Shortlist, shortlist

Json = dict[str, Any]


def scan(market: Market, criteria: Criteria, limits: RiskLimits) -> Json:
    """The JSON of `magnus scan`, with "assumed", "score_weights" and "nearest_miss" beside it.

    Cash-secured puts unless the criteria say calls, which are calls on shares one owns. Every contract of the
    underlyings asked for is considered, and counts once: it is listed, or rejected under the first rule it fails, in
    the order screen, "wrong type", sift, "no implied volatility", "delta", "same symbol", "sector cap", "beyond limit".
    """
    full, assumed = assume(criteria, limits.min_open_interest, limits.max_spread_pct)
    full = replace(full, avoid_earnings=full.avoid_earnings or limits.earnings == "avoid")
    board = board_of(market, full.symbols, full.option_type or "put")
    roster = call_roll(board.owners)
    screened = screen(board, roster, full)
    funnel = _funnel(book_of(board, roster), screened)
    sift(funnel, full, limits, out_of_the_money=assumed["out_of_the_money"])
    sift_deltas(funnel, full, market.rate)
    listed = _listed(funnel, full, limits, market.rate)
    return {
        "as_of": market.as_of.isoformat(),
        "source": market.source,
        "criteria": criteria.to_slots(),
        "assumed": assumed,
        "considered": funnel.considered,
        "opportunities": listed,
        "rejected": dict(funnel.rejected),
        "score_weights": WEIGHTS,
        "nearest_miss": nearest_miss(funnel.nearest) if funnel.nearest else None,
        "warnings": notices(market, full, screened, listed),
    }


def _funnel(book: Book, screened: Sequence[Screened]) -> Funnel:
    """The contracts that are worth a look, and those that went with their underlying or are of the other type."""
    is_open = np.array([one.reason is None for one in screened], dtype=bool)
    if not is_open.all():
        book = book.take(is_open[book.owner])
    rejected: Counter[str] = Counter()
    for one in screened:
        rejected[one.reason or "wrong type"] += one.owner.contracts
    rejected["wrong type"] -= len(book)
    return Funnel(book, sum(one.owner.contracts for one in screened), +rejected)


def _listed(funnel: Funnel, criteria: Criteria, limits: RiskLimits, rate: float) -> list[Json]:
    """The opportunities in their order; what does not make the list is counted in the funnel.

    The list is drawn up by European figures and shown with American ones. A row that has none of those, or whose delta
    they put out of bounds, is rejected, and the list drawn up again.
    """
    while True:
        added = points(_figures(funnel.book))
        scores = score(added)
        chosen = _shortlist(funnel.book, scores, criteria, limits)
        rows = np.array(chosen.rows, dtype=np.intp)
        shown = with_exercise(funnel.book.take(rows), rate)
        if not _reject(funnel, rows, shown, criteria):
            break
    funnel.rejected += chosen.rejected
    listed = offers(shown, scores[rows], {name: part[rows] for name, part in added.items()})
    return _explained(listed, shown, chosen.verdicts, criteria, limits)


def _shortlist(book: Book, scores: Floats, criteria: Criteria, limits: RiskLimits) -> Shortlist:
    sectors = [owner.stock.sector for owner in book.roster.owners]
    return shortlist(book, scores, sectors, limits, criteria.limit or len(book), named=bool(criteria.symbols))


def _reject(funnel: Funnel, rows: NDArray[np.intp], shown: Book, criteria: Criteria) -> bool:
    """Takes out of the funnel what cannot be shown, and tells whether there was any."""
    delta = np.abs(shown.delta)
    unknown = ~np.isfinite(delta)
    outside = (delta < (criteria.min_delta or 0.0)) | (delta > (criteria.max_delta or 1.0))
    failing = np.zeros(len(funnel.book), dtype=np.int8)
    failing[rows[outside]], failing[rows[unknown]] = 1, 2
    if not failing.any():
        return False
    funnel.rejected += Counter({"no implied volatility": int(unknown.sum()), "delta": int(outside.sum())})
    funnel.book = funnel.book.take(failing == 0)
    return True


def _explained(
    listed: list[Json], shown: Book, sectors: Sequence[Verdict | None], criteria: Criteria, limits: RiskLimits
) -> list[Json]:
    explained = []
    for offer, place, sector in zip(listed, shown.owner.tolist(), sectors, strict=True):
        owner = shown.roster.owners[place]
        verdicts = list(verdicts_on(offer, owner, sector, criteria, limits))
        explained.append(explain(offer, owner, verdicts))
    return explained


def _figures(book: Book) -> dict[str, Floats]:
    """What the score looks at, more being better."""
    return {
        "probability": book.prob_otm,
        "annual_yield": book.annual_yield,
        "cushion": book.cushion,
        "liquidity": liquidity(book.open_interest, book.spread),
        "iv_rank": book.iv_rank,
        "event_risk": -np.where(np.isfinite(book.earnings), book.earnings, 0.5),
    }
