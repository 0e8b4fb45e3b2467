"""Whether the trade should stay clear of earnings."""

from collections.abc import Iterator
from typing import Any

from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set, word_set

SURE_EVENTS = frozenset(("earnings", "earning", "er", "ers", "results", "numbers", "reported"))
INDIFFERENT_NOT = frozenset(["not", "no", "don't", "never"])
ENDINGS = frozenset(["before", "until", "till", "ahead", "prior", "clear", "away", "stay", "staying"])
REACH, REACH_AFTER, REACH_LATER = 9, 5, 9
OPENINGS = frozenset(["sell", "selling", "open", "opening", "enter", "entering"])


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
    if _is_indifferent(sentence, clause):
        return False
    if any(start < found.start < start + 16 for found in phrase_set("avoiding_it").find(sentence.tokens)):
        return True
    before = {sentence.low(i) for i in clause if start - REACH <= i < start}
    after = [sentence.low(i) for i in clause if end <= i < end + REACH_AFTER]
    return bool(
        before & word_set("avoiding")
        or set(after) & word_set("after_avoiding")
        or set(after[:3]) & word_set("not_there")
        or sentence.low(end - 1) == "reported"
        or _trade_ends_before(sentence, start)
        or _comes_later([sentence.low(i) for i in clause if end <= i < end + REACH_LATER])
        or _trailing_refusal(sentence, end)
    )


def _is_indifferent(sentence: Sentence, clause: range) -> bool:
    """As in "earnings are fine", "through earnings, I don't care"."""
    for found in phrase_set("indifferent").find(sentence.tokens):
        said_after = sentence.low(clause.stop) == "," and 0 < found.start - clause.stop <= 2
        if (found.start in clause or said_after) and not _negated_again(sentence, found.start):
            return True
    return False


def _negated_again(sentence: Sentence, start: int) -> bool:
    """As in "not fine with", "I don't want to play earnings"."""
    words = {sentence.low(i) for i in range(start - 4, start)}
    return bool(words & INDIFFERENT_NOT)


def _trade_ends_before(sentence: Sentence, start: int) -> bool:
    """As in "out before the next report", "only after earnings"; what expires after earnings lives through them."""
    for position in range(start - 1, max(-1, start - 6), -1):
        word = sentence.low(position)
        if word == "after":
            return not any(sentence.low(position - back).startswith("expir") for back in range(1, 4))
        if word in ENDINGS:
            near = {sentence.low(position - back) for back in range(1, 6)}
            return not near & OPENINGS or any(other.startswith(("expir", "clos", "end")) for other in near)
        if word not in word_set("before_an_event"):
            return False
    return False


def _comes_later(after: list[str]) -> bool:
    """As in "next earnings date after expiry", "earnings beyond the expiration"."""
    return any(
        word in ("after", "beyond", "past", "outside")
        and any(
            later.startswith("expir") or later in ("trade", "window", "that", "then", "it") for later in after[i + 1 :]
        )
        for i, word in enumerate(after)
    )


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
