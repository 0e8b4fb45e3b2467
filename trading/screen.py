"""The rules that decide about an underlying as a whole, before any of its contracts is looked at."""

from dataclasses import dataclass
from math import isnan

from trading.board import Board
from trading.criteria import Criteria
from trading.roster import Owner, Roster
from trading.underlying import Quoting

NO_LIVE_QUOTES = "no live quotes"


@dataclass(frozen=True)
class Screened:
    """An underlying and why none of its contracts will do; `reason` is None where they are worth a look."""

    owner: Owner
    reason: str | None
    quoting: Quoting


def screen(board: Board, roster: Roster, criteria: Criteria) -> list[Screened]:
    """Every underlying of the board, in its order."""
    told = zip(board.owners, board.quotings, roster.iv_rank.tolist(), strict=True)
    return [Screened(owner, _reason(owner, counts, rank, criteria), counts) for owner, counts, rank in told]


def _reason(owner: Owner, counts: Quoting, rank: float, criteria: Criteria) -> str | None:
    stock = owner.stock
    if stock.symbol in criteria.exclude_symbols:
        return "excluded"
    if stock.sector in criteria.exclude_sectors or (criteria.sectors and stock.sector not in criteria.sectors):
        return "sector"
    if not owner.spot > 0:
        return "no share price"
    if not (criteria.min_price or 0.0) <= owner.spot <= (criteria.max_price or float("inf")):
        return "price"
    if not counts.is_live:
        return NO_LIVE_QUOTES
    return _rank_reason(rank, criteria.min_iv_rank)


def _rank_reason(rank: float, least: float | None) -> str | None:
    if not least:
        return None
    if isnan(rank):
        return "unknown iv rank"
    return "iv rank" if rank < least else None
