"""Slots that are said in words alone: option type, earnings, contract cycles, penny stocks, single results."""

from collections.abc import Iterator
from typing import Any

from tools.routing.periods import is_contract_cycle
from tools.routing.phrases import Phrases
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set, word_set

RANKS: Phrases[int] = Phrases(
    (f"{opener} {part}", floor)
    for part, floor in (
        ("quarter", 75), ("quartile", 75), ("half", 50), ("third", 67), ("fifth", 80), ("quintile", 80), ("decile", 90),
        ("tenth", 90),
    )
    for opener in ("top", "upper", "highest", "top one")
)  # fmt: skip
DOUBLE: Phrases[float] = Phrases(
    [("double digit", 0.10), ("double digits", 0.10), ("two digit", 0.10), ("triple digit", 1.0)]
)
PRICE_WORDS = frozenset(["stock", "stocks", "share", "shares", "price", "prices", "priced", "names", "tickers"])


def wording_slots(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    """Slots without a number in the sentence; spans said with a number take precedence elsewhere."""
    yield from _cycles(sentence)
    yield from _pennies(sentence)
    yield from _ranks(sentence)
    yield from _digits(sentence)
    if any(True for _ in phrase_set("one").find(sentence.tokens)) and not _is_for_sale(sentence):
        yield "limit", 1


def _is_for_sale(sentence: Sentence) -> bool:
    return any(
        sentence.low(found.start - 1)
        in (
            "sell",
            "write",
            "hold",
            "selling",
            "have",
            "own",
            "with",
            "into",
            "in",
            "per",
            "for",
            "on",
            "secure",
            "before",
        )
        or sentence.low(found.end) in ("position", "each")
        for found in phrase_set("one").find(sentence.tokens)
    )


def _cycles(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    if _asked(sentence, phrase_set("leaps")):
        yield "min_dte", 365
    if (
        _asked(sentence, phrase_set("weeklies"))
        or _adverb(sentence, "weekly")
        or _asked(sentence, phrase_set("friday"))
    ):
        yield "max_dte", 7
    if _asked(sentence, phrase_set("monthlies")) or _adverb(sentence, "monthly"):
        yield "min_dte", 23
        yield "max_dte", 37
    if _asked(sentence, phrase_set("zero_days")):
        yield "max_dte", 0


def _asked(sentence: Sentence, table: Phrases[bool]) -> bool:
    return any(
        not _is_rejected(sentence, found.start)
        and sentence.low(found.start - 1) not in ("earnings", "report", "reporting")
        for found in table.find(sentence.tokens)
    )


def _is_rejected(sentence: Sentence, position: int) -> bool:
    return any(sentence.low(position - back) in word_set("negators_wording") for back in (1, 2))


def _adverb(sentence: Sentence, word: str) -> bool:
    return any(
        sentence.low(i) == word
        and (is_contract_cycle(sentence, i) or _is_noun(sentence, i))
        and not _is_rejected(sentence, i)
        for i in range(len(sentence.tokens))
    )


def _is_noun(sentence: Sentence, position: int) -> bool:
    """As in "it should be a monthly"."""
    return sentence.low(position - 1) in ("a", "the") and sentence.is_wall(position + 1)


def _pennies(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    for found in phrase_set("penny").find(sentence.tokens):
        if any(_rejects(sentence, found.start - back) for back in range(1, 8)) or phrase_set("refused_behind").at(
            sentence.tokens, found.end
        ):
            yield "min_price", 5


REJECTING = word_set("negators_wording") | frozenset(
    [
        "nor",
        "neither",
        "hate",
        "dislike",
        "avoiding",
        "skipping",
        "away",
        "leave",
        "out",
        "clear",
        "than",
        "ban",
        "filter",
        "remove",
        "omit",
        "won't",
    ]
)


def _rejects(sentence: Sentence, position: int) -> bool:
    return position >= 0 and sentence.low(position) in REJECTING


def _ranks(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    ranked = any(True for _ in phrase_set("ranked").find(sentence.tokens))
    for found in RANKS.find(sentence.tokens):
        if ranked:
            yield "min_iv_rank", found.value[0]


def _digits(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    for found in DOUBLE.find(sentence.tokens):
        end = next((i for i in range(found.end, found.end + 5) if sentence.is_wall(i)), found.end + 5)
        near = {sentence.low(i) for i in range(found.start - 4, end)}
        if near & word_set("rate_words") and not near & PRICE_WORDS - {"price"}:
            yield "min_annual_yield", found.value[0]
