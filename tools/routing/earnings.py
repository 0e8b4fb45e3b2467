"""Whether the trade should stay clear of earnings."""

from collections.abc import Iterator
from typing import Any

from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set, word_set

SURE_EVENTS = frozenset(("earnings", "earning", "er", "ers"))
INDIFFERENT_NOT = frozenset(["not", "no", "don't", "never"])
REACH = 9


def earnings_slots(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    """avoid_earnings: true, or nothing."""
    for found in phrase_set("events").find(sentence.tokens):
        if _is_meant(sentence, found.start, found.end) and _is_avoided(sentence, found.start, found.end):
            yield "avoid_earnings", True
            return


def _is_meant(sentence: Sentence, start: int, end: int) -> bool:
    words = [sentence.low(i) for i in range(start, end)]
    if SURE_EVENTS & set(words):
        return sentence.low(end) not in ("per", "growth", "yield")
    if words[0] == "report":
        near = {sentence.low(i) for i in range(start - 3, start)}
        return bool(
            near & {"they", "companies", "to", "that", "which", "company", "before", "who", "a", "quarterly", "no"}
        )
    return words[0] in ("reports", "reporting", "quarterly")


def _is_avoided(sentence: Sentence, start: int, end: int) -> bool:
    clause = _clause(sentence, start)
    for found in phrase_set("indifferent").find(sentence.tokens):
        if found.start in clause and not _negated_again(sentence, found.start, found.end):
            return False
    before = {sentence.low(i) for i in clause if start - REACH <= i < start}
    after = {sentence.low(i) for i in clause if end <= i < end + 5}
    if any(start < found.start < start + 16 for found in phrase_set("avoiding_it").find(sentence.tokens)):
        return True
    return bool(before & word_set("avoiding") or after & word_set("after_avoiding") or _trailing_refusal(sentence, end))


def _negated_again(sentence: Sentence, start: int, end: int) -> bool:
    """As in "not fine with", "I don't want to play earnings"."""
    words = {sentence.low(i) for i in range(start - 4, start)}
    return bool(words & INDIFFERENT_NOT)


def _trailing_refusal(sentence: Sentence, end: int) -> bool:
    return (
        sentence.low(end) in (":", ",", ";", "?", "-", "=")
        and sentence.low(end + 1) in ("no", "avoid", "skip", "exclude", "none", "out")
    ) or (sentence.low(end) in ("no", "are") and sentence.low(end + 1) in ("no", "out", "excluded", ""))


def _clause(sentence: Sentence, position: int) -> range:
    start = end = position
    while start > 0 and not sentence.is_strong_wall(start - 1) and sentence.low(start - 1) not in (",", "but"):
        start -= 1
    while end < len(sentence.tokens) and not sentence.is_strong_wall(end) and sentence.low(end) not in (",", "but"):
        end += 1
    return range(start, end)
