"""What a number without a word of its own is taken for, and which numbers are no filter at all."""

from tools.routing.amounts import Amount
from tools.routing.bounds import is_per_contract
from tools.routing.periods import period_of
from tools.routing.sentence import Sentence
from tools.routing.unfiltered import is_no_filter
from tools.routing.vocabulary import word_set

SMALL_DOLLARS = 5
CAPITAL_DOLLARS = 1000
LONGEST_LIST = 100
PRICED = frozenset(
    ["anything", "something", "everything", "stuff", "stocks", "names", "those", "underlyings", "tickers"]
)


def settle(sentence: Sentence) -> None:
    """Drops what tells a story and names a field for what is left, in place."""
    for amount in sentence.amounts:
        if is_no_filter(sentence, amount):
            amount.field = "dropped"
        elif not amount.field:
            amount.field = DEFAULTS[amount.kind](sentence, amount)


def _span(sentence: Sentence, amount: Amount) -> str:
    return "delta" if _is_delta_letter(sentence, amount) else "dte"


def _is_delta_letter(sentence: Sentence, amount: Amount) -> bool:
    """The d of "20-25d, 4-6 wks", where the days are said elsewhere and no delta is."""
    if sentence.low(amount.end - 1) != "d" or amount.high > 50:
        return False
    others = [other for other in sentence.amounts if other is not amount]
    timed = any(
        o.field == "dte" or (o.kind == "span" and sentence.low(o.end - 1) != "d" and not o.field) for o in others
    )
    return timed and not any(other.field == "delta" for other in others)


def _percent(sentence: Sentence, amount: Amount) -> str:
    if (sentence.low(amount.end) == "of" and not period_of(sentence, amount)) or _follows_ticker(sentence, amount):
        return "dropped"
    return "yield" if amount.side in ("min", "about") or period_of(sentence, amount) or amount.is_range else "dropped"


def _follows_ticker(sentence: Sentence, amount: Amount) -> bool:
    return sentence.low(amount.start - 1) in ("down", "up", "dropped", "fell", "gained", "lost", "off")


def _money(sentence: Sentence, amount: Amount) -> str:
    by_contract = amount.side != "max" and amount.high < CAPITAL_DOLLARS and is_per_contract(sentence, amount)
    if amount.coins or by_contract or _are_worth(sentence, amount):
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


def _are_worth(sentence: Sentence, amount: Amount) -> bool:
    """As in "options between $1 and $3"."""
    position = amount.start - (2 if sentence.low(amount.start - 1) == "between" else 1)
    return sentence.low(position) in ("options", "option", "contracts")


def _is_per_contract_cap(sentence: Sentence, amount: Amount) -> bool:
    return any(sentence.low(amount.end + i) in ("contract", "position") for i in range(1, 3))


def _bare(sentence: Sentence, amount: Amount) -> str:
    if amount.unit == "decade":
        return "price"
    if amount.scaled:
        return "capital" if amount.side != "min" or amount.is_range else "dropped"
    if _is_count_to_show(sentence, amount) or _is_delta_of_story(sentence, amount):
        return "limit" if _is_count_to_show(sentence, amount) else "delta"
    if 0 < abs(amount.high) < 1:
        return "premium" if amount.side == "min" else "delta" if amount.side or amount.is_range else "dropped"
    if amount.side in ("max", "about", "min"):
        return _plain_bound(amount)
    return "price" if amount.is_range and _counts_stocks(sentence, amount) else "dropped"


def _is_delta_of_story(sentence: Sentence, amount: Amount) -> bool:
    """As in "my adviser sells 30 delta, so give me 15": only the story says what is counted."""
    if amount.side or not (0 < amount.high < 1 or (amount.whole and 5 <= amount.high <= 60)):
        return False
    told = any(token.ignored and token.low in ("delta", "deltas") for token in sentence.tokens)
    return told and not any(other.field == "delta" for other in sentence.amounts)


def _is_count_to_show(sentence: Sentence, amount: Amount) -> bool:
    """As in "give me ten", "show 5 max"."""
    if not (amount.whole and 0 < amount.low <= LONGEST_LIST) or amount.is_range or amount.side in ("min", "about"):
        return False
    before = [sentence.low(amount.start - back) for back in (1, 2, 3)]
    if before[2] in ("so", "then"):
        return False
    asked = before[0] in word_set("asking_for") or (before[0] in ("me", "us") and before[1] in word_set("asking_for"))
    return asked and (sentence.is_wall(amount.end) or sentence.low(amount.end) in ("max", "please", "at", "no", "of"))


def _counts_stocks(sentence: Sentence, amount: Amount) -> bool:
    """As in "anything from 70 to 100"."""
    return any(sentence.low(amount.start - back) in PRICED for back in (1, 2, 3))


def _plain_bound(amount: Amount) -> str:
    if amount.high >= CAPITAL_DOLLARS:
        return "capital" if amount.side == "max" else "dropped"
    return "premium" if amount.side == "min" and amount.low < SMALL_DOLLARS else "price"


DEFAULTS = {"span": _span, "percent": _percent, "money": _money, "bare": _bare}
