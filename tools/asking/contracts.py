"""Which single option a sentence means: its stock, its type, its strike, and the listed day nearest to what is said."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from graph.errors import BadInput
from tools.asking.details import day_of
from tools.asking.wording import Words
from tools.lookup import check_known
from trading.contracts import Market, OptionType
from trading.listing import ExpiryWish, choose_expiry, expiries_of
from trading.underlying import at_quote_time

Json = dict[str, Any]
EXAMPLE = '"is selling 2 KO 65 puts for December within my limits"'


def named_contract(
    words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], market: Market, example: str = EXAMPLE
) -> tuple[Json, list[str]]:
    """The one option that is meant, and what was taken for granted about it; raises BadInput for what is missing."""
    check_one_stock(symbols, market)
    kind: OptionType | None = slots.get("option_type") or words.option_type()
    strike = slots.get("strike") or words.strike()
    terms = {"the stock": symbols or None, "put or call": kind, "the strike": strike}
    if missing := [name for name, value in terms.items() if value is None]:
        raise BadInput(f"Say {' and '.join(missing)} as well: for instance {example}.")
    expiry, notes = expiry_of(words, slots, market, symbols[0], kind, strike)
    return {"symbol": symbols[0], "option_type": kind, "strike": strike, "expiry": expiry}, notes


def check_one_stock(symbols: tuple[str, ...], market: Market) -> None:
    """Raises BadInput where two are named, or one that the market does not know."""
    if len(symbols) > 1:
        raise BadInput(f"One trade is judged at a time: say which of {', '.join(symbols)}.")
    check_known(market, symbols)


def expiry_of(
    words: Words,
    slots: Mapping[str, Any],
    market: Market,
    symbol: str,
    kind: OptionType | None,
    strike: float | None = None,
) -> tuple[date, list[str]]:
    """The day that was named, or the listed one nearest to what was said; a choice of ours is told."""
    if named := day_of(slots):
        return named, []
    wish = words.expiry()
    if wish.day is not None:
        return wish.day, []
    found = at_quote_time(market.stock(symbol), market.chain(symbol))
    listed = expiries_of(found.chain, kind, strike) or expiries_of(found.chain, kind)
    day = choose_expiry(listed, found.today, wish)
    if day is None:
        raise BadInput(f"{symbol} has no {kind} {_when(wish)}; its expiries are {', '.join(map(str, listed[:8]))}.")
    why = "No expiry was named, so" if not wish.is_stated else "Of the expiries that fit"
    return day, [f"{why} the one taken is {day}, {(day - found.today).days} days out."]


def _when(wish: ExpiryWish) -> str:
    return f"in {wish.month[0]}-{wish.month[1]:02}" if wish.month else "from today on"
