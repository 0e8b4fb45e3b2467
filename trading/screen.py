"""The rules that decide about an underlying as a whole, before any of its contracts is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

from trading.contracts import Market
from trading.criteria import Criteria
from trading.underlying import Quoting, Underlying, at_quote_time, iv_rank, quoting

NO_LIVE_QUOTES = "no live quotes"
REASONS = ("excluded", "sector", "no share price", "price", NO_LIVE_QUOTES, "unknown iv rank", "iv rank")
"""In the order in which they are tried; all contracts of an underlying count under the first that applies."""


@dataclass(frozen=True)
class Screened:
    """An underlying and why none of its contracts will do; `reason` is None where they are worth a look."""

    underlying: Underlying
    reason: str | None
    quoting: Quoting


def screen(market: Market, criteria: Criteria) -> Iterator[Screened]:
    """Every underlying that was asked for and is in the market, in alphabetical order."""
    known = market.symbols()
    asked = set(criteria.symbols)
    for symbol in sorted(asked.intersection(known) if asked else known):
        underlying = at_quote_time(market.stock(symbol), market.chain(symbol))
        counts = quoting(underlying.chain)
        yield Screened(underlying, _reason(underlying, counts, criteria), counts)


def _reason(underlying: Underlying, counts: Quoting, criteria: Criteria) -> str | None:
    stock = underlying.stock
    if stock.symbol in criteria.exclude_symbols:
        return "excluded"
    if stock.sector in criteria.exclude_sectors or (criteria.sectors and stock.sector not in criteria.sectors):
        return "sector"
    if not underlying.spot > 0:
        return "no share price"
    if not (criteria.min_price or 0.0) <= underlying.spot <= (criteria.max_price or float("inf")):
        return "price"
    if not counts.is_live:
        return NO_LIVE_QUOTES
    return _rank_reason(underlying, criteria.min_iv_rank)


def _rank_reason(underlying: Underlying, least: float | None) -> str | None:
    if not least:
        return None
    rank = iv_rank(underlying.stock.atm_ivs)
    if rank is None:
        return "unknown iv rank"
    return "iv rank" if rank < least else None
