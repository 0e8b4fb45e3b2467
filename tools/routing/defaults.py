"""What a number without a word of its own is taken for, and which numbers are no filter at all."""

from tools.routing.amounts import Amount
from tools.routing.periods import is_period, period_of
from tools.routing.sentence import Sentence

SMALL_DOLLARS = 5
CAPITAL_DOLLARS = 1000
PAST_WORDS = frozenset(["last", "past", "previous", "prior", "trailing", "every", "former", "earlier"])


def settle(sentence: Sentence) -> None:
    """Drops what tells a story and names a field for what is left, in place."""
    for amount in sentence.amounts:
        if _is_no_filter(sentence, amount):
            amount.field = "dropped"
        elif not amount.field:
            amount.field = DEFAULTS[amount.kind](sentence, amount)


def _is_no_filter(sentence: Sentence, amount: Amount) -> bool:
    if amount.kind == "span":
        return _is_other_span(sentence, amount) or is_period(sentence, amount)
    if amount.kind == "money":
        return amount.field not in ("price", "basis") and bool(period_of(sentence, amount))
    if amount.kind == "bare" and not amount.field and amount.whole and _is_goal(sentence, amount):
        return True
    return amount.kind == "bare" and (_is_strike(sentence, amount) or _is_wide(sentence, amount))


def _is_other_span(sentence: Sentence, amount: Amount) -> bool:
    """As in "last two weeks", "earnings within 30 days", "200-day average": no time to expiry."""
    before = [sentence.low(amount.start - back) for back in range(1, 6)]
    if before[0] in PAST_WORDS | {"my"} and before[0] not in amount.compared_by.split():
        return True
    if before[0] in ("for", "over") and before[1] in (
        "held",
        "hold",
        "holding",
        "traded",
        "trading",
        "investing",
        "been",
        "it",
        "them",
    ):
        return True
    if {"earnings", "report", "reports", "reporting", "dividend"} & set(before) and before[0] not in ("earnings", ","):
        return not any(sentence.low(amount.end + i) in ("out", "dte", "expiration") for i in range(2))
    return sentence.low(amount.end) in (
        "average",
        "ma",
        "moving",
        "high",
        "highs",
        "low",
        "lows",
        "iv",
        "hv",
        "rsi",
        "ago",
        "sma",
        "ema",
    )


def _is_strike(sentence: Sentence, amount: Amount) -> bool:
    """As in "120P", "the 45 put"."""
    after = sentence.tokens[amount.end] if amount.end < len(sentence.tokens) else None
    if after is None or amount.field in ("delta", "dte"):
        return False
    if (
        amount.compared_by in ("above", "over")
        and amount.side == "min"
        and sentence.low(amount.start - 2) in ("call", "calls")
    ):
        return amount.low > SMALL_DOLLARS
    if after.glued and after.low in ("p", "c"):
        return True
    return after.low in ("put", "call", "strike") and amount.low > 1 and not amount.side


def _is_goal(sentence: Sentence, amount: Amount) -> bool:
    """As in "800 a week"."""
    span = sentence.amount_from.get(amount.end)
    return bool(span and span.kind == "span" and is_period(sentence, span))


def _is_wide(sentence: Sentence, amount: Amount) -> bool:
    return sentence.low(amount.end) in ("wide", "x", "times", "percentile")


def _span(sentence: Sentence, amount: Amount) -> str:
    return "dte"


def _percent(sentence: Sentence, amount: Amount) -> str:
    if sentence.low(amount.end) == "of" or _follows_ticker(sentence, amount):
        return "dropped"
    return "yield" if amount.side in ("min", "about") or period_of(sentence, amount) or amount.is_range else "dropped"


def _follows_ticker(sentence: Sentence, amount: Amount) -> bool:
    return sentence.low(amount.start - 1) in ("down", "up", "dropped", "fell", "gained", "lost", "off")


def _money(sentence: Sentence, amount: Amount) -> str:
    if amount.coins:
        return "premium"
    if amount.scaled or amount.high >= CAPITAL_DOLLARS:
        return "capital" if amount.side != "min" or amount.is_range else "dropped"
    if amount.side == "max" and _is_per_contract_cap(sentence, amount):
        return "capital"
    if amount.side == "min" and amount.low < SMALL_DOLLARS:
        return "premium"
    if not amount.side and not amount.is_range:
        return "premium" if amount.low < SMALL_DOLLARS and not amount.whole else "dropped"
    return "price"


def _is_per_contract_cap(sentence: Sentence, amount: Amount) -> bool:
    return any(sentence.low(amount.end + i) in ("contract", "position") for i in range(1, 3))


def _bare(sentence: Sentence, amount: Amount) -> str:
    if amount.unit == "decade":
        return "price"
    if amount.scaled:
        return "capital" if amount.side != "min" or amount.is_range else "dropped"
    if 0 < abs(amount.high) < 1:
        return "premium" if amount.side == "min" else "delta" if amount.side or amount.is_range else "dropped"
    if amount.side in ("max", "about", "min"):
        return _plain_bound(amount)
    return "dropped"


def _plain_bound(amount: Amount) -> str:
    if amount.high >= CAPITAL_DOLLARS:
        return "capital" if amount.side == "max" else "dropped"
    return "premium" if amount.side == "min" and amount.low < SMALL_DOLLARS else "price"


DEFAULTS = {"span": _span, "percent": _percent, "money": _money, "bare": _bare}
