"""What a sentence about rolling wants: the choices for an option that was sold, on record or named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.errors import BadInput
from tools.asking.contracts import named_contract
from tools.asking.details import day_of
from tools.asking.wording import MONTH_NAMES, Words
from tools.desk import Desk
from tools.rolls import roll_choices
from trading.listing import ExpiryWish
from trading.portfolio import Leg

Json = dict[str, Any]
ROLLING = r"roll|rolling|take (?:the )?assignment"
"""What was "rolled" is past, and gives no wish."""
TARGET = re.compile(rf"\b(?:in)?to (?:the )?(?:{MONTH_NAMES}|\d).*", re.IGNORECASE)
EXAMPLE = '"should I roll my KO 65 put of December 18"'


def is_about_a_roll(words: Words) -> bool:
    return words.has(ROLLING)


def answer_roll(words: Words, slots: Mapping[str, Any], earlier: Mapping[str, Any], desk: Desk) -> Json:
    """The choices for the sold option that is meant; raises BadInput where it is not clear which."""
    symbols = words.symbols(slots, earlier)
    if TARGET.search(words.text):
        words, slots = replace(words, text=TARGET.sub("", words.text)), {**slots, "expiry": None}
    held = desk.held().legs
    meant = _meant(_sold(held, words, slots, symbols), words, slots)
    if len(meant) > 1:
        raise BadInput(f"Say which one: what you have sold is {', '.join(leg.name for leg in meant)}.")
    contract, notes = (_terms(meant[0]), []) if meant else _named(words, slots, symbols, desk)
    found = roll_choices(desk.market(), contract, contracts=slots.get("contracts"), held=held)
    return {**found, "warnings": [*notes, *found["warnings"]]}


def _named(words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...], desk: Desk) -> tuple[Json, list[str]]:
    """An option that is not on record, whose expiry has to be said: a guess would be about another one."""
    wish = words.expiry()
    is_dated = day_of(slots) or wish.day or wish.month
    if not (symbols and (slots.get("strike") or words.strike()) and is_dated):
        what = " ".join([*symbols, slots.get("option_type") or words.option_type() or "option"])
        raise BadInput(f"No {what} that you sold is on record: say its strike and its expiry, as in {EXAMPLE}.")
    return named_contract(words, slots, symbols, desk.market(), EXAMPLE)


def _sold(held: Sequence[Leg], words: Words, slots: Mapping[str, Any], symbols: tuple[str, ...]) -> list[Leg]:
    """The options on record that fit what is named but their day."""
    kind = slots.get("option_type") or words.option_type()
    strike = slots.get("strike") or words.strike()
    return [
        leg
        for leg in held
        if leg.kind != "shares"
        and (not symbols or leg.symbol in symbols)
        and kind in (None, leg.kind)
        and strike in (None, leg.strike)
    ]


def _meant(sold: list[Leg], words: Words, slots: Mapping[str, Any]) -> list[Leg]:
    """Those of the day or the month that is named; a length of time is about the option to come."""
    day = day_of(slots)
    wish = ExpiryWish(day) if day else words.expiry()
    if wish.day:
        return [leg for leg in sold if leg.expiry == wish.day]
    if wish.month:
        return [leg for leg in sold if leg.expiry and (leg.expiry.year, leg.expiry.month) == wish.month]
    return sold


def _terms(leg: Leg) -> Json:
    return {"symbol": leg.symbol, "option_type": leg.kind, "strike": leg.strike, "expiry": leg.expiry}
