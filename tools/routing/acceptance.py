"""Which kinds of numbers each field can carry, and how readily its words claim one."""

from collections.abc import Callable

from tools.routing.amounts import Amount
from tools.routing.phrases import Match
from tools.routing.sentence import Keyword, Sentence
from tools.routing.vocabulary import word_set

NOUNS_OF_CONTRACTS = frozenset(["put", "puts", "call", "calls", "contract", "contracts", "option", "options"])
SMALL_DOLLARS = 5
LARGEST_PREMIUM = 1000
LARGEST_PLAIN_RATE = 100

Accepts = Callable[[Sentence, Amount, Match[list[Keyword]]], bool]


def _kinds(*kinds: str) -> Accepts:
    return lambda sentence, amount, found: amount.kind in kinds


def _delta(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    if sentence.low(found.start) == "d" and not _is_delta_letter(sentence, amount, found.start):
        return False
    if _is_strike_of_contract(sentence, amount):
        return False
    return amount.kind in ("bare", "percent") and abs(amount.high) <= 100 and not amount.scaled


def _dte(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    return amount.kind == "bare" and amount.whole and amount.low >= 0


def _price_noun(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    if amount.kind == "money":
        received = amount.side == "min" and amount.low < SMALL_DOLLARS and found.end - found.start == 2
        return not amount.coins and not received
    first = sentence.low(found.start)
    if amount.kind != "bare" or (first in ("share", "shares") and not amount.side):
        return False
    return amount.unit == "decade" or (
        bool(amount.side or amount.is_range) and amount.compared_by.replace(" ", "-") not in word_set("limit_words")
    )


def _premium(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    return amount.kind in ("money", "bare") and amount.side != "max"


def _premium_verb(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    if amount.kind == "money":
        return _premium(sentence, amount, found) and amount.low < LARGEST_PREMIUM
    return _premium(sentence, amount, found) and (not amount.whole or amount.low < SMALL_DOLLARS)


def _is_delta_letter(sentence: Sentence, amount: Amount, position: int) -> bool:
    """ ".25d" is a delta, as days are whole; so is "d <= 25"."""
    if position < amount.start:
        return position not in sentence.amount_to
    return sentence.tokens[amount.end].glued and not amount.whole


def _capital(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    """The cash of "cash secured" is no sum."""
    if sentence.low(found.end - 1) in ("cash", "margin") and sentence.low(found.end) in (
        "secured",
        "flow",
        "covered",
        "account",
    ):
        return False
    return amount.kind in ("money", "percent", "bare") and not amount.coins


def _capital_verb(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    if amount.coins or amount.side == "min":
        return False
    return amount.kind in ("money", "percent") or (amount.kind == "bare" and (amount.scaled or amount.low >= 500))


def _limit(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    if amount.kind != "bare" or not amount.whole or amount.decimal or not 0 < amount.high <= 100 or amount.unit:
        return False
    told = sentence.low(amount.end) == "of" and sentence.low(amount.end + 1) in ("my", "our", "his", "her")
    if told or sentence.low(amount.start - 1) in ("last", "past", "previous", "prior", "other"):
        return False
    word = sentence.low(found.end - 1)
    if amount.high == 1 and _is_one_of_many(sentence, amount, found):
        return False
    if word in ("put", "call") and amount.high != 1:
        return False
    if word in NOUNS_OF_CONTRACTS and _is_ticker_before(sentence, amount):
        return False
    return (
        amount.side in ("", "about")
        or word in word_set("result_nouns")
        or amount.compared_by.replace(" ", "-") in word_set("limit_words")
        or amount.compared_by == "at least"
    )


def _is_one_of_many(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    """As in "never more than 5% into one name", "one put each"."""
    return (
        sentence.low(amount.start - 1) in ("into", "in", "per", "on", "for", "to") or sentence.low(found.end) == "each"
    )


def _rank_of_volatility(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    """ "rank above 50", but not "rank me the 7 best"."""
    linked = sentence.comparisons_from.get(found.end) or sentence.low(found.end) in ("of", "is", ":", "at")
    return _plain_or_percent(sentence, amount, found) and (found.start >= amount.end or bool(linked))


def _is_ticker_before(sentence: Sentence, amount: Amount) -> bool:
    """In "NVDA 120 puts" and "KO's 65 puts" the number is a strike."""
    before = sentence.tokens[amount.start - 1] if amount.start else None
    name = before.text.removesuffix("'s") if before and before.is_word else ""
    return name.isupper() and 2 <= len(name) <= 5


def _is_strike_of_contract(sentence: Sentence, amount: Amount) -> bool:
    """In "the delta of the KO 65 put", "the delta of my 65 call" the number is no delta, but in "the .30 put" it is."""
    if sentence.low(amount.end) not in ("put", "puts", "call", "calls") or amount.side or amount.low <= 1:
        return False
    return _is_ticker_before(sentence, amount) or sentence.low(amount.start - 1) in ("the", "this", "that", "my")


def _only_share_count(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    return amount.kind == "bare" and amount.whole and not (amount.side in ("max", "about") and amount.low < 1000)


def _plain_or_percent(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    return amount.kind in ("bare", "percent")


def _rate(sentence: Sentence, amount: Amount, found: Match[list[Keyword]]) -> bool:
    """A plain number above 100 is an income in dollars."""
    return amount.kind == "percent" or (amount.kind == "bare" and amount.high <= LARGEST_PLAIN_RATE)


ACCEPTS: dict[str, Accepts] = {
    "delta": _delta,
    "dte": _dte,
    "price": _kinds("money", "bare"),
    "price_noun": _price_noun,
    "premium": _premium,
    "premium_verb": _premium_verb,
    "capital": _capital,
    "capital_verb": _capital_verb,
    "account": _kinds("money", "percent", "bare"),
    "yield": _rate,
    "yield_verb": _kinds("percent"),
    "yield_share": _kinds("percent"),
    "spread": _kinds("money", "percent", "bare"),
    "oi": _kinds("bare"),
    "volume": lambda s, a, f: a.kind == "bare" and (a.whole or a.scaled),
    "ivrank": _plain_or_percent,
    "ivrank_bare": _rank_of_volatility,
    "limit": _limit,
    "strike": _kinds("money", "bare"),
    "otm": _kinds("money", "bare", "percent"),
    "pop": _plain_or_percent,
    "iv": _plain_or_percent,
    "basis": _kinds("money", "bare"),
    "other": _kinds("money", "bare", "percent"),
    "manage": _kinds("money", "bare", "percent", "span"),
    "other_count": _only_share_count,
    "other_span": _kinds("span", "bare"),
}
WEAKNESS = {
    "yield_share": -0.2,
    "manage": -1.0,
    "price_noun": 1.2,
    "premium_verb": 1.0,
    "capital_verb": 1.0,
    "yield_verb": 1.0,
    "limit": 0.6,
    "other": 0.4,
    "account": 0.5,
    "iv": 0.1,
    "pop": 0.3,
}
