"""What a risk sentence wants: a verdict on one trade, how many contracts fit, or what the portfolio would suffer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any, Literal

from graph.errors import BadInput
from tools.asking.details import check_details, day_of
from tools.asking.wording import Words
from tools.desk import Desk
from tools.lookup import check_known
from tools.risk import assess_portfolio, assess_trade, size_trade
from trading.contracts import Market, OptionType
from trading.listing import ExpiryWish, choose_expiry, expiries_of
from trading.underlying import at_quote_time

Json = dict[str, Any]
Direction = Literal[-1, 1]

VOLATILITY = frozenset(("vol", "vols", "volatility", "iv", "vix"))
FALLING = r"drops?|dropped|falls?|fell|fallen|down|lower|crash\w*|tanks?|declines?|correction|dips?|sell ?offs?|loses?"
SIZING = r"how many|how big|how much of|size|sizing|max(?:imum)? number|right size|how large"
SELLING = r"sell|selling|sold|write|writing|short|shorting|open|opening|take|taking|add|adding"
HALVED = r"(?:cut|cuts|fall|falls|drop|drops) (?:in|by) half|halves|halved"
REACH = 3
WALLS = frozenset((",", "and", ";", "."))


@dataclass(frozen=True)
class Moves:
    """Fractions by which every share price and every volatility moves; None where none was named."""

    spot: float | None = None
    vol: float | None = None


def answer_risk(words: Words, slots: Mapping[str, Any], earlier: Mapping[str, Any], desk: Desk) -> Json:
    """The risk agent's answer; raises BadInput with what is missing where the sentence does not say enough."""
    check_details(slots)
    market = desk.market()
    moves = Moves(slots.get("spot_move"), slots.get("vol_move")) if _has_moves(slots) else read_moves(words)
    symbols = words.symbols(slots, earlier)
    if not _is_about_a_trade(words, slots, symbols, moves):
        return _portfolio(market, desk, moves, symbols)
    contract, notes = _contract(words, slots, symbols, market)
    if words.has(SIZING):
        found = size_trade(market, desk.held(), desk.settings(), contract, slots.get("max_capital"))
    else:
        how_many = int(slots.get("contracts") or words.count() or 1)
        found = assess_trade(market, desk.held(), desk.settings(), contract, how_many)
    return {**found, "warnings": [*notes, *found["warnings"]]}


def read_moves(words: Words) -> Moves:
    """The moves a sentence names, as in "a 10 % drop", "market -8 %, vol +15 %", "if the market is cut in half"."""
    spot = vol = None
    for place, share in words.percents():
        if _is_of_volatility(words, place):
            vol = share
        elif spot is None:
            spot = -abs(share) if words.has(FALLING) else share
    if spot is None and words.has(HALVED):
        spot = -0.5
    if vol is None and words.has(r"(?:vol|vols|volatility|iv|vix) doubles?"):
        vol = 1.0
    return Moves(spot, vol)


def _portfolio(market: Market, desk: Desk, moves: Moves, symbols: tuple[str, ...]) -> Json:
    spot = 0.0 if moves.spot is None and moves.vol is not None else moves.spot
    found = assess_portfolio(market, desk.held(), desk.settings(), spot_move=spot, vol_move=moves.vol or 0.0)
    if spot is not None and symbols:
        found["warnings"] = [f"Every share price is moved, not that of {', '.join(symbols)} alone.", *found["warnings"]]
    return found


def _is_of_volatility(words: Words, place: int) -> bool:
    """Whether a word for volatility stands near the percentage at a place, with no comma or "and" between them."""
    before = [words.at(place - step) for step in range(1, REACH + 1)]
    after = [words.at(place + 1 + step) for step in range(1, REACH + 1)]
    return any(word in VOLATILITY for side in (before, after) for word in takewhile(lambda one: one not in WALLS, side))


def _has_moves(slots: Mapping[str, Any]) -> bool:
    return "spot_move" in slots or "vol_move" in slots


def _is_about_a_trade(words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], moves: Moves) -> bool:
    """Whether terms of an option are named, or a stock beside numbers or beside a wish to sell options on it."""
    if moves != Moves():
        return False
    if slots.get("strike") or words.strike() is not None:
        return True
    kind = slots.get("option_type") or words.option_type()
    is_to_be_sold = kind is not None and words.has(f"{SELLING}|{SIZING}")
    return bool(symbols) and (is_to_be_sold or (words.has_bare_number() and not words.has("shares?")))


def _contract(
    words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], market: Market
) -> tuple[Json, list[str]]:
    """The one option that is meant, and what was taken for granted about it."""
    if len(symbols) > 1:
        raise BadInput(f"One trade is judged at a time: say which of {', '.join(symbols)}.")
    check_known(market, symbols)
    kind: OptionType | None = slots.get("option_type") or words.option_type()
    strike = slots.get("strike") or words.strike()
    terms = {"the stock": symbols or None, "put or call": kind, "the strike": strike}
    if missing := [name for name, value in terms.items() if value is None]:
        raise BadInput(f"Say {' and '.join(missing)} as well: for instance {EXAMPLE}.")
    expiry, notes = _expiry(words, slots, market, symbols[0], kind, strike)
    return {"symbol": symbols[0], "option_type": kind, "strike": strike, "expiry": expiry}, notes


EXAMPLE = '"is selling 2 KO 65 puts for December within my limits"'


def _expiry(
    words: Words, slots: Mapping[str, Any], market: Market, symbol: str, kind: OptionType | None, strike: float | None
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
