"""Numbers with their units: dollars, percent, spans of time, bare numbers, and ranges of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools.routing.spans import GLUED_ONLY, UNIT_OF, days
from tools.routing.tokens import Token

Kind = Literal["money", "percent", "span", "bare"]
Side = Literal["", "min", "max", "about"]

DOLLARS = frozenset(["$", "dollar", "dollars", "buck", "bucks", "usd", "us$"])
CENTS = frozenset(["cent", "cents", "¢", "ct", "cts"])
NO_COUNT_BEFORE = (
    "no",
    "any",
    "every",
    "which",
    "this",
    "that",
    "next",
    "another",
    "last",
    "new",
    "quick",
    "first",
    "other",
    "can",
    "could",
    "should",
    "does",
)
DAY_KINDS = frozenset(["trading", "calendar", "business", "market", "full", "whole", "more"])
PERCENT = frozenset(["%", "percent", "pct", "prct", "procent", "prozent"])


@dataclass(slots=True)
class Amount:
    """A number or range at tokens `start` to `end` (exclusive); money in dollars, spans in days, percent as said."""

    start: int
    end: int
    low: float
    high: float
    kind: Kind
    unit: str = ""
    is_range: bool = False
    scaled: bool = False
    coins: bool = False
    worded: bool = False
    decimal: bool = False
    side: Side = ""
    compared_by: str = ""
    negated: bool = False
    field: str = ""
    keyword: str = ""

    @property
    def whole(self) -> bool:
        return self.low == int(self.low) and self.high == int(self.high)


def low_at(tokens: Sequence[Token], position: int) -> str:
    """The lower-case text at a place, empty outside the sentence and where context is ignored."""
    return tokens[position].low if 0 <= position < len(tokens) and not tokens[position].ignored else ""


def numbered_amount(tokens: Sequence[Token], start: int) -> Amount | None:
    """The amount of the number at one token, with its sign before and its unit behind."""
    token = tokens[start]
    if token.value is None:
        return None
    if token.low.startswith("one") and low_at(tokens, start - 1) in NO_COUNT_BEFORE:
        return None
    if low_at(tokens, start + 1) in ("figure", "figures", "digit", "digits"):
        return None
    end = start + 1
    amount = Amount(
        start,
        end,
        token.value,
        token.value,
        "bare",
        scaled=any(scale in token.low for scale in ("k", "grand", "thousand")),
        worded=token.worded,
        decimal="." in token.text,
    )
    if low_at(tokens, start - 1) in ("$", "usd", "us$"):
        amount.start, amount.kind = start - 1, "money"
    return _decade(tokens, amount) or _with_unit(tokens, amount)


def _decade(tokens: Sequence[Token], amount: Amount) -> Amount | None:
    """As in "60s", "the 40's", "twenty-something"."""
    following = low_at(tokens, amount.end)
    glued_s = following in ("s", "'s") and tokens[amount.end].glued
    apostrophe = following == "'" and low_at(tokens, amount.end + 1) == "s"
    if not (glued_s or apostrophe or following in ("something", "somethings")) or amount.low % 10 or amount.low >= 1000:
        return None
    amount.end += 2 if apostrophe else 1
    width = 100 if amount.low >= 100 and amount.low % 100 == 0 else 10
    amount.high, amount.is_range, amount.unit = amount.low + width, True, "decade"
    return _with_unit(tokens, amount) if amount.kind == "bare" else amount


def _with_unit(tokens: Sequence[Token], amount: Amount) -> Amount:
    vague = low_at(tokens, amount.end) == "ish" and low_at(tokens, amount.end + 1) in UNIT_OF
    amount.end += vague
    word = low_at(tokens, amount.end)
    following = low_at(tokens, amount.end + 1)
    if word in DOLLARS and not (word == "$" and not tokens[amount.end].glued and _next_is_number(tokens, amount.end)):
        amount.kind, amount.end = "money", amount.end + 1
        return _dollars_and_cents(tokens, amount)
    if word in CENTS or (
        word == "c" and tokens[amount.end].glued and tokens[amount.end].text == "c" and amount.low < 100
    ):
        amount.low, amount.high = amount.low / 100, amount.high / 100
        amount.kind, amount.coins, amount.end = "money", True, amount.end + 1
    elif word in PERCENT:
        amount.kind, amount.end = "percent", amount.end + 1
    elif (word, following) == ("per", "cent"):
        amount.kind, amount.end = "percent", amount.end + 2
    elif amount.kind == "bare" and word == "+" and following in UNIT_OF and following not in GLUED_ONLY:
        amount.kind, amount.unit, amount.end = "span", UNIT_OF[following], amount.end + 2
        amount.side, amount.compared_by = "min", "+"
        return spanned(tokens, amount)
    elif amount.kind == "bare" and word in DAY_KINDS and following in UNIT_OF:
        amount.kind, amount.unit, amount.end = "span", UNIT_OF[following], amount.end + 2
        return spanned(tokens, amount)
    elif amount.kind == "bare" and word in UNIT_OF and _unit_fits(tokens, amount, word):
        amount.kind, amount.unit, amount.end = "span", UNIT_OF[word], amount.end + 1
        return spanned(tokens, amount)
    return amount


def _next_is_number(tokens: Sequence[Token], position: int) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1].value is not None


def _dollars_and_cents(tokens: Sequence[Token], amount: Amount) -> Amount:
    """As in "one dollar fifty"."""
    if amount.end < len(tokens) and tokens[amount.end].worded and 10 <= (tokens[amount.end].value or 0) < 100:
        amount.low = amount.high = amount.low + (tokens[amount.end].value or 0) / 100
        amount.end += 1
    return amount


def _unit_fits(tokens: Sequence[Token], amount: Amount, word: str) -> bool:
    if word not in GLUED_ONLY:
        return not (word in ("quarter", "quarters") and amount.unit == "decade")
    return tokens[amount.end].glued and amount.whole and abs(amount.low) >= 1


def spanned(tokens: Sequence[Token], amount: Amount) -> Amount:
    """A length of time in days, "and a half" included."""
    following = tuple(low_at(tokens, amount.end + i) for i in range(3))
    if following == ("and", "a", "half"):
        amount.low, amount.high, amount.end = amount.low + 0.5, amount.high + 0.5, amount.end + 3
    amount.low, amount.high = days(amount.low, amount.unit), days(amount.high, amount.unit)
    return amount
