"""What a person has to know beside the list: what could not be judged, and what to mind."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from trading.contracts import Market
from trading.criteria import Criteria
from trading.risk import NO_SECTOR
from trading.screen import NO_LIVE_QUOTES, Screened

MOST_NAMES = 20
STALE = timedelta(days=1)


def notices(
    market: Market, criteria: Criteria, screened: Sequence[Screened], listed: Sequence[dict[str, Any]]
) -> list[str]:
    """One sentence for each thing to mind."""
    return [
        *_unknown_symbols(market, criteria),
        *_no_live_quotes(screened),
        *_old_quotes(market, screened, _symbols(listed)),
        *_earnings(criteria, listed),
        *_unknown_sectors(criteria, listed),
    ]


def _unknown_symbols(market: Market, criteria: Criteria) -> Iterator[str]:
    if unknown := sorted(set(criteria.symbols).difference(market.symbols())):
        yield f"Not in the {market.source} market, so left out: {_named(unknown)}."


def _no_live_quotes(screened: Sequence[Screened]) -> Iterator[str]:
    dead = [one for one in screened if one.reason == NO_LIVE_QUOTES]
    if dead:
        counts = [
            f"{one.owner.stock.symbol} ({one.quoting.quoted} of {one.quoting.looked_at} near the money)" for one in dead
        ]
        yield (
            f"No live quotes, so nothing to sell at: fewer than half of the contracts have both a bid and an ask for "
            f"{_named(counts)}. Ask again during market hours."
        )


def _old_quotes(market: Market, screened: Sequence[Screened], shown: Sequence[str]) -> Iterator[str]:
    newest, listed = market.as_of, set(shown)
    for one in screened:
        age = newest - one.owner.as_of
        if age > STALE and one.owner.stock.symbol in listed:
            yield (
                f"The quotes of {one.owner.stock.symbol} are from {one.owner.today}, "
                f"{age.days} days older than the newest."
            )


def _earnings(criteria: Criteria, listed: Sequence[dict[str, Any]]) -> Iterator[str]:
    unknown = _symbols(offer for offer in listed if offer["earnings_before_expiry"] is None)
    if criteria.avoid_earnings and unknown:
        yield f"No earnings date is known for {_named(unknown)}, so earnings before expiry cannot be ruled out."
    if reporting := _symbols(offer for offer in listed if offer["earnings_before_expiry"]):
        yield f"Earnings come before expiry for {_named(reporting)}."


def _unknown_sectors(criteria: Criteria, listed: Sequence[dict[str, Any]]) -> Iterator[str]:
    unknown = _symbols(offer for offer in listed if offer["sector"] is None)
    if criteria.exclude_sectors and unknown:
        yield f"There is {NO_SECTOR} known for {_named(unknown)}, so what was to be excluded may be among them."


def _symbols(offers: Any) -> list[str]:
    return list(dict.fromkeys(offer["symbol"] for offer in offers))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
