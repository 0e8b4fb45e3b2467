"""Amounts said without a number: "the sixties", "a month", "a buck fifty", "a dime"."""

from collections.abc import Sequence

from tools.routing.amounts import PERCENT, Amount, low_at, spanned
from tools.routing.spans import GLUED_ONLY, UNIT_OF
from tools.routing.tokens import Token

COINS = {"penny": 0.01, "nickel": 0.05, "dime": 0.10, "quarter": 0.25, "dollar": 1.0, "buck": 1.0}
ARTICLES = frozenset(("a", "an"))
DECADES = {
    "teens": 10, "tens": 10, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip


def worded_amount(tokens: Sequence[Token], start: int) -> Amount | None:
    """Amounts without a number: "the sixties", "a month", "a buck fifty", "a dime"."""
    word, following = tokens[start].low, low_at(tokens, start + 1)
    if word in DECADES:
        return Amount(start, start + 1, DECADES[word], DECADES[word] + 10, "bare", is_range=True, unit="decade")
    if word == "the" and following in ("next", "coming") and low_at(tokens, start + 2) in UNIT_OF and start:
        return _next_span(tokens, start + 1)
    if word in UNIT_OF and word not in GLUED_ONLY and following == "long":
        return spanned(tokens, Amount(start, start + 1, 1, 1, "span", unit=UNIT_OF[word]))
    return _after_article(tokens, start, following) if word in ARTICLES else None


def _after_article(tokens: Sequence[Token], start: int, following: str) -> Amount | None:
    if following in PERCENT:
        return Amount(start, start + 2, 1, 1, "percent")
    if following in UNIT_OF and following != "day" and following not in GLUED_ONLY and not _is_coin(tokens, start + 1):
        return spanned(tokens, Amount(start, start + 2, 1, 1, "span", unit=UNIT_OF[following]))
    if following in COINS and following != "penny":
        return _small_change(tokens, start)
    return None


def _next_span(tokens: Sequence[Token], start: int) -> Amount | None:
    """As in "within the next month" is one month; without a bounding word before it, no length is meant."""
    if low_at(tokens, start - 2) not in ("within", "in", "over", "inside", "during"):
        return None
    unit = UNIT_OF[low_at(tokens, start + 1)]
    return spanned(tokens, Amount(start - 1, start + 2, 1, 1, "span", unit=unit, side="max"))


def _is_coin(tokens: Sequence[Token], position: int) -> bool:
    return low_at(tokens, position) == "quarter" and low_at(tokens, position + 1) in (
        "in",
        "per",
        "of",
        "credit",
        "premium",
    )


def _small_change(tokens: Sequence[Token], start: int) -> Amount:
    value, end = COINS[low_at(tokens, start + 1)], start + 2
    cents = tokens[end].value if end < len(tokens) and value == 1.0 and tokens[end].worded else None
    if cents is not None and 1 < cents < 100:
        value, end = value + cents / 100, end + 1
    return Amount(start, end, value, value, "money", coins=True)
