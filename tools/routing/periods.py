"""The period a rate or an income is stated for: "2% a month", "weekly return of 1%"."""

from tools.routing.amounts import Amount
from tools.routing.sentence import Sentence
from tools.routing.spans import UNIT_OF
from tools.routing.vocabulary import word_set

PER_YEAR = {"day": 365, "week": 52, "fortnight": 26, "month": 12, "quarter": 4, "year": 1, "": 1}
ADVERBS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
    "annualized": "year", "annualised": "year", "annual": "year", "annum": "year", "apr": "year", "apy": "year",
    "biweekly": "fortnight", "pm": "month", "pa": "year", "pw": "week",
}  # fmt: skip
OPENERS = frozenset(["a", "an", "per", "each", "every", "/", "one", "the", "in"])
REACH = 6


def per_year(period: str) -> int:
    """How many periods a year has; a rate without a period is annual."""
    return PER_YEAR[period]


def period_of(sentence: Sentence, amount: Amount) -> str:
    """day, week, month, quarter or year; empty when none is stated."""
    return _after(sentence, amount) or _before(sentence, amount)


def _after(sentence: Sentence, amount: Amount) -> str:
    for position in range(amount.end, amount.end + REACH):
        word, following = sentence.low(position), sentence.low(position + 1)
        if sentence.is_strong_wall(position) or (word in (",", "and", "but", "with") and following not in ADVERBS):
            return ""
        if word in ADVERBS and not _names_contracts(sentence, position):
            return ADVERBS[word]
        if word in ("next", "coming") and following in UNIT_OF and amount.kind == "percent":
            return UNIT_OF[following]
        if word in OPENERS and following in UNIT_OF:
            return UNIT_OF[following]
        other = sentence.amount_from.get(position)
        if other and other is not amount and not (other.kind == "span" and other.end - other.start <= 3):
            return ""
    return ""


def _before(sentence: Sentence, amount: Amount) -> str:
    for position in range(amount.start - 1, max(-1, amount.start - REACH), -1):
        word = sentence.low(position)
        if sentence.is_wall(position) or position + 1 in sentence.amount_to:
            return ""
        if word in ADVERBS and not _names_contracts(sentence, position):
            near = position == amount.start - 1 or sentence.low(position + 1) in word_set("rates")
            if near or word.startswith("annu") or sentence.low(position - 1) in OPENERS:
                return ADVERBS[word]
    return ""


def _names_contracts(sentence: Sentence, position: int) -> bool:
    """Whether "weekly" or "monthly" is a kind of contract here."""
    following = sentence.low(position + 1)
    if following in ("cash", "otm", "short") and sentence.low(position + 2) in (
        "secured",
        "put",
        "puts",
        "call",
        "calls",
    ):
        return True
    return following in word_set("contracts") - {"cash"}


def is_contract_cycle(sentence: Sentence, position: int) -> bool:
    """The same question for readers of "weekly puts"."""
    return _names_contracts(sentence, position)


def is_period(sentence: Sentence, span: Amount) -> bool:
    """Whether "a month" or "per week" is the period of a rate or of an income just before it, and no dte."""
    start = span.start + (sentence.low(span.start) == "the" and sentence.low(span.start + 1) in ("next", "coming"))
    if span.is_range or span.end - start > 2:
        return False
    opener = sentence.low(start)
    before = span.start - 1
    if sentence.low(before) in ("per", "each", "every", "/", "once", "twice", "times"):
        return True
    if opener not in ("a", "an", "next", "coming"):
        return False
    while before >= 0 and (
        sentence.keywords_to.get(before + 1)
        or sentence.low(before) in ("in", "for", "over", "within", "of", "return", "+", "or", "more", "$")
    ):
        before -= 1
    earlier = sentence.amount_to.get(before + 1)
    plain = earlier is not None and earlier.kind == "bare" and earlier.field in ("", "other", "dropped", "premium")
    return bool(
        earlier
        and (plain or earlier.kind in ("percent", "money"))
        and sentence.low(span.end) != "out"
        and sentence.low(span.start - 1) not in ("out", "about", "around")
    )
