"""What a risk sentence wants: a verdict on a trade, a size, a roll, a cycle, or what the portfolio would suffer."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from graph.errors import BadInput
from tools.asking.contracts import EXAMPLE, check_one_stock, expiry_of, named_contract
from tools.asking.details import check_details, day_of
from tools.asking.rolls import answer_roll, is_about_a_roll
from tools.asking.wording import Words
from tools.cycle import cycle_value
from tools.desk import Desk
from tools.risk import assess_portfolio, assess_trade, size_trade
from tools.wheel import find_opportunities
from trading.contracts import Market, OptionType

Json = dict[str, Any]
Direction = Literal[-1, 1]

VOLATILITY = frozenset(("vol", "vols", "volatility", "iv", "vix"))
FALLING = r"drops?|dropped|falls?|fell|fallen|down|lower|crash\w*|tanks?|declines?|correction|dips?|sell ?offs?|loses?"
SIZING = r"how many|how big|how much of|size|sizing|max(?:imum)? number|right size|how large"
SELLING = r"sell|selling|sold|write|writing|short|shorting|open|opening|take|taking|add|adding"
CYCLE = r"wheeling|(?:whole|full|entire) (?:wheel|cycle|turn)|turn of the wheel|wheel cycle"
CYCLE_EXAMPLE = '"what is a whole cycle of the KO 65 put for December worth"'
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
    if is_about_a_roll(words):
        return answer_roll(words, slots, earlier, desk)
    market = desk.market()
    if words.has(CYCLE):
        return _cycle(words, slots, earlier, market)
    moves = Moves(slots.get("spot_move"), slots.get("vol_move")) if _has_moves(slots) else read_moves(words)
    symbols = words.symbols(slots, earlier)
    if not _is_about_a_trade(words, slots, symbols, moves):
        return _portfolio(market, desk, moves, symbols)
    contract, notes = _contract(words, slots, symbols, desk)
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


def _cycle(words: Words, slots: Mapping[str, Any], earlier: Mapping[str, Any], market: Market) -> Json:
    """What a whole turn of the wheel on a put is worth."""
    put = {**slots, "option_type": slots.get("option_type") or words.option_type() or "put"}
    contract, notes = named_contract(words, put, words.symbols(slots, earlier), market, CYCLE_EXAMPLE)
    return {**cycle_value(market, contract), "warnings": notes}


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


def _contract(words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], desk: Desk) -> tuple[Json, list[str]]:
    """The one option that is meant; where only a size is asked for, the strike may be left to a scan."""
    kind = slots.get("option_type") or words.option_type()
    is_open = (slots.get("strike") or words.strike()) is None
    if symbols and kind and is_open and words.has(SIZING):
        return _best(words, slots, symbols, kind, desk)
    return named_contract(words, slots, symbols, desk.market())


def _best(
    words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], kind: OptionType, desk: Desk
) -> tuple[Json, list[str]]:
    """The option on the stock that a scan ranks first, on the day that was named if one was."""
    market = desk.market()
    check_one_stock(symbols, market)
    wanted: Json = {"symbols": list(symbols), "option_type": kind, "limit": 1}
    if day_of(slots) or words.expiry().is_stated:
        wanted["expiry"], _ = expiry_of(words, slots, market, symbols[0], kind)
    found = find_opportunities(market, wanted, desk.settings())["opportunities"]
    if not found:
        raise BadInput(f"Say the strike as well, for no {kind} on {symbols[0]} passes a scan: for instance {EXAMPLE}.")
    first = {name: found[0][name] for name in ("symbol", "strike", "expiry")}
    named = f"the {first['strike']:g} {kind} of {first['expiry']}"
    note = f"No strike was named, so the one taken is {named}, which leads a scan."
    return {**first, "option_type": kind}, [note]
