"""The scan of the wheel: from a market and criteria to a ranked list of trades that keep the risk rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trading.assumptions import assume
from trading.book import Book, open_book, priced
from trading.contracts import Floats, Market, OptionType
from trading.criteria import Criteria
from trading.funnel import Funnel, sift
from trading.notices import notices
from trading.offer import explain, nearest_miss, offers, verdicts_on
from trading.risk import RiskLimits
from trading.score import WEIGHTS, liquidity, points, score
from trading.screen import Screened, screen
from trading.shortlist import Shortlist, shortlist
from trading.underlying import Underlying

Json = dict[str, Any]


def scan(market: Market, criteria: Criteria, limits: RiskLimits) -> Json:
    """The JSON of `magnus scan`, with "assumed", "score_weights" and "nearest_miss" beside it.

    Cash-secured puts unless the criteria say calls, which are calls on shares one owns. Every contract of the
    underlyings asked for is considered, and counts once: it is listed, or rejected under the first rule it fails, in
    the order screen, "wrong type", sift, "no implied volatility", "delta", "same symbol", "sector cap", "beyond limit".
    """
    full, assumed = assume(criteria, limits.min_open_interest, limits.max_spread_pct)
    full = replace(full, avoid_earnings=full.avoid_earnings or limits.earnings == "avoid")
    screened = list(screen(market, full))
    underlyings = [one.underlying for one in screened if one.reason is None]
    funnel = _funnel(screened, underlyings, full.option_type or "put")
    sift(funnel, full, limits, out_of_the_money=assumed["out_of_the_money"])
    _sift_priced(funnel, full, market.rate)
    listed = _listed(funnel, underlyings, full, limits)
    return {
        "as_of": market.as_of.isoformat(),
        "source": market.source,
        "criteria": criteria.to_slots(),
        "assumed": assumed,
        "considered": funnel.considered,
        "opportunities": listed,
        "rejected": dict(funnel.rejected),
        "score_weights": WEIGHTS,
        "nearest_miss": nearest_miss(funnel.nearest, underlyings) if funnel.nearest else None,
        "warnings": notices(market, full, screened, listed),
    }


def _funnel(screened: Sequence[Screened], underlyings: Sequence[Underlying], kind: OptionType) -> Funnel:
    """The contracts that are worth a look, and those that went with their underlying or are of the other type."""
    book = open_book(underlyings, kind)
    rejected: Counter[str] = Counter()
    for one in screened:
        rejected[one.reason or "wrong type"] += len(one.underlying.chain)
    rejected["wrong type"] -= len(book)
    return Funnel(book, sum(len(one.underlying.chain) for one in screened), +rejected)


def _sift_priced(funnel: Funnel, criteria: Criteria, rate: float) -> None:
    funnel.book = priced(funnel.book, rate)
    funnel.drop("no implied volatility", ~np.isfinite(funnel.book.delta))
    funnel.at_least("delta", np.abs(funnel.book.delta), criteria.min_delta)
    funnel.at_most("delta", np.abs(funnel.book.delta), criteria.max_delta)


def _listed(funnel: Funnel, underlyings: Sequence[Underlying], criteria: Criteria, limits: RiskLimits) -> list[Json]:
    """The opportunities in their order; what does not make the list is counted in the funnel."""
    book = funnel.book
    added = points(_figures(book))
    scores = score(added)
    sectors = [underlying.stock.sector for underlying in underlyings]
    chosen = shortlist(book, scores, sectors, limits, criteria.limit or len(book), named=bool(criteria.symbols))
    funnel.rejected += chosen.rejected
    rows = np.array(chosen.rows, dtype=np.intp)
    listed = offers(book.take(rows), underlyings, scores[rows], {name: part[rows] for name, part in added.items()})
    return _explained(listed, book, chosen, underlyings, criteria, limits)


def _explained(
    listed: list[Json],
    book: Book,
    chosen: Shortlist,
    underlyings: Sequence[Underlying],
    criteria: Criteria,
    limits: RiskLimits,
) -> list[Json]:
    explained = []
    for offer, row, sector in zip(listed, chosen.rows, chosen.verdicts, strict=True):
        underlying = underlyings[book.owner[row]]
        verdicts = list(verdicts_on(offer, underlying, sector, criteria, limits))
        explained.append(explain(offer, underlying, verdicts))
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
