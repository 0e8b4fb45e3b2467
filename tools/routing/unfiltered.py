"""Numbers that filter nothing: strikes, holdings, income goals, periods, spans that are no time to expiry (G7, G8)."""

from tools.routing.amounts import Amount
from tools.routing.periods import is_period, period_of
from tools.routing.sentence import STRONG_WALLS, Sentence
from tools.routing.tickers import is_ticker_shaped
from tools.routing.vocabulary import word_set

SMALL_DOLLARS = 5
PAST_WORDS = frozenset(["last", "past", "previous", "prior", "trailing", "every", "former", "earlier"])


def is_no_filter(sentence: Sentence, amount: Amount) -> bool:
    """Whether a number is a period, a past span, a strike, a holding or a goal in dollars."""
    if amount.kind == "span":
        return _is_other_span(sentence, amount) or is_period(sentence, amount)
    if amount.kind == "money":
        return amount.field not in ("price", "basis") and bool(period_of(sentence, amount))
    if amount.kind == "bare" and not amount.field and amount.whole and _is_goal(sentence, amount):
        return True
    if amount.kind == "bare" and _is_holding(sentence, amount):
        amount.keyword = "shares"
        return True
    return amount.kind == "bare" and (_is_strike(sentence, amount) or _is_wide(sentence, amount))


def _is_holding(sentence: Sentence, amount: Amount) -> bool:
    """As in "against 500 T", "long 100 COST"."""
    after = sentence.tokens[amount.end] if amount.end < len(sentence.tokens) else None
    if after is None or not amount.whole or amount.field in ("delta", "dte", "oi", "volume"):
        return False
    return sentence.low(amount.start - 1) in word_set("holding_verbs") and is_ticker_shaped(after.text)


def _is_other_span(sentence: Sentence, amount: Amount) -> bool:
    """As in "last two weeks", "earnings within 30 days", "200-day average": no time to expiry."""
    before = [sentence.low(amount.start - back) for back in range(1, 6)]
    walls = [i for i in range(5) if before[i] in STRONG_WALLS or before[i] == ","]
    before = [*before[: walls[0]], *[""] * 5][:5] if walls else before
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
    ):
        return True
    if {"earnings", "report", "reports", "reporting", "dividend"} & set(before) and before[0] not in ("earnings", ","):
        direct = bool({"earnings", "report"} & set(before[:4]))
        return direct or not any(sentence.low(amount.end + i) in ("out", "dte", "expiration") for i in range(2))
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
    if after is None or amount.field in ("delta", "dte", "limit"):
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
