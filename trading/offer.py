"""One listed trade as plain values, with its figures, its verdicts and its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.book import Book
from trading.contracts import Floats
from trading.criteria import Criteria
from trading.funnel import Miss
from trading.reasons import reasons
from trading.risk import RiskLimits, Verdict, position_verdict
from trading.roster import Owner

Json = dict[str, Any]


def offers(book: Book, scores: Floats, added: Mapping[str, Floats]) -> list[Json]:
    """A row of the book becomes an opportunity of contracts; what nobody knows is None."""
    parts = {name: np.round(points, 4).tolist() for name, points in added.items()}
    totals = np.round(scores, 4).tolist()
    return [
        row | {"score": totals[place], "score_parts": {name: points[place] for name, points in parts.items()}}
        for place, row in enumerate(_rows(book))
    ]


def explain(offer: Json, owner: Owner, verdicts: Sequence[Verdict]) -> Json:
    """The same opportunity with what the rules say about it and why it is worth a look."""
    return offer | {"reasons": reasons(offer, owner), "risk": [verdict.to_json() for verdict in verdicts]}


def verdicts_on(
    offer: Json, owner: Owner, sector: Verdict | None, criteria: Criteria, limits: RiskLimits
) -> Iterator[Verdict]:
    """Every rule that was applied to a listed trade; the caps on cash leave calls on owned shares alone."""
    if sector is not None:
        yield position_verdict(offer["capital"], limits)
        yield sector
    if criteria.min_open_interest:
        yield Verdict("open interest", offer["open_interest"], criteria.min_open_interest, at_least=True)
    if criteria.max_spread_pct is not None:
        yield Verdict("spread", offer["spread_pct"], criteria.max_spread_pct)
    if offer["earnings_before_expiry"] is not None and owner.stock.earnings is not None:
        days = (owner.stock.earnings - owner.today).days
        yield Verdict("days to earnings", days, offer["dte"] + 1, at_least=True)


def nearest_miss(miss: Miss) -> Json:
    """The contract that failed the last of the rules by the least, and that rule with its number and limit."""
    row = next(_rows(miss.row))
    which = {name: row[name] for name in ("symbol", "type", "strike", "expiry")}
    return which | miss.verdict.to_json() | {"sentence": miss.verdict.sentence()}


def _rows(book: Book) -> Iterator[Json]:
    stocks = [book.roster.owners[owner].stock for owner in book.owner.tolist()]
    columns = {
        "symbol": [stock.symbol for stock in stocks],
        "type": np.where(book.is_call, "call", "put").tolist(),
        "strike": _known(book.strike),
        "expiry": book.expiry.astype(str).tolist(),
        "dte": book.dte.tolist(),
        "spot": _known(book.spot),
        "bid": _known(book.bid),
        "ask": _known(book.ask),
        "mid": _known(book.mid),
        "iv": _known(book.iv),
        "iv_rank": _known(book.iv_rank),
        "delta": _known(book.delta),
        "theta": _known(book.theta),
        "prob_otm": _known(book.prob_otm),
        "premium": _known(book.bid),
        "capital": _known(book.capital),
        "annual_yield": _known(book.annual_yield),
        "break_even": _known(book.break_even),
        "open_interest": _known(book.open_interest, int),
        "volume": _known(book.volume, int),
        "spread_pct": _known(book.spread),
        "earnings_before_expiry": _known(book.earnings, bool),
        "ex_dividend_before_expiry": _known(book.ex_dividend, bool),
        "sector": [stock.sector for stock in stocks],
    }
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _known(column: NDArray[np.float64], kind: type = float) -> list[Any]:
    return [kind(value) if np.isfinite(value) else None for value in column.tolist()]
