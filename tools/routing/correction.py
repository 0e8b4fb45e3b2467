"""Whether a sentence corrects how the one before it was understood: "no, I meant a bug fix"."""

import re
from typing import NamedTuple

from tools.routing.placeholders import plain_words
from tools.routing.router import UNKNOWN, route
from tools.routing.sentence import read_words
from tools.routing.slots import parse_slots
from tools.routing.task_names import named_at_first, plainly
from tools.routing.terms import content

MOST_WORDS = 24
REFINED = {"find_opportunities", "assess_risk"}
"""Between these two, another contract is no correction: "I meant the 45 strike", "I meant cash-secured puts"."""
SURE = 0.85
_I = r"(?:i|we)(?:'ve| have)?(?: really| actually| only| just| rather)?"
_IT = r"(?:it|that|this|mine|my (?:question|request|sentence))"
_UNMEANT = r"not what (?:i|we) (?:meant|wanted|asked for|asked|said|had in mind)"
_MISREAD = r"you (?:misunderstood|misread)(?: me| that| it)?|you got (?:me|that|it) wrong"
_ON = r"(?=\s*[,.;:!-]|\s+(?:i|we|it|that|this|not|what|you|sorry|mine)\b)"
SOFT = re.compile(r"(?:(?:sorry|oops|hm+|wait|actually|ah|oh|well|but|magnus|hey)\b[\s,.;:!-]*)+")
OPENED = re.compile(rf"(?:(?:(?:no )*no|nope|nah|wrong|incorrect|not quite|misunderstanding){_ON}[\s,.;:!-]*)+")
REJECTED = re.compile(
    rf"(?:{_IT}(?:'s| is| was) (?:wrong|not right|not it|{_UNMEANT})|{_MISREAD}|{_UNMEANT})[\s,.;:!-]*"
)
MEANT = re.compile(
    rf"(?:{_I} (?:meant|wanted|was asking|asked|was after|intended|was looking)"
    rf"|what {_I} (?:meant|wanted|asked for)(?: (?:was|is))?"
    rf"|{_IT} (?:should have been|was (?:supposed|meant|intended) (?:to be|as)|is meant (?:to be|as)|was)"
    rf"|(?:treat|take|read|handle|understand) {_IT} as)\b\s*(?:for\b|you\b|as\b)?[\s,:-]*"
)
SAID = re.compile(rf"(?:{_I} (?:mean|want|need|said)|{_IT}(?:'s| is| should be))\b[\s,:-]*")
TO = re.compile(r"to\b\s*")
DENIED = re.compile(
    rf"(?:{_IT}(?:'s| is| was)? )?not (?P<denied>[^,.;:!-]{{2,40}}?)"
    r"\s*(?:[,.;:!-]+(?:\s*but\b)?|\s+but\b)\s*(?P<rest>.+)"
)
TAIL = re.compile(r"(?P<rest>.+?)[\s,;-]+(?:and )?(?:not|instead of|rather than|no) (?P<denied>[^,;]{2,40})$")


class Correction(NamedTuple):
    """The task type that was meant, and the words that say so."""

    task_type: str
    said: str


def corrected(prompt: str, previous_task_type: str | None) -> Correction | None:
    """What a person meant by the sentence before, which was carried out as `previous_task_type`.

    None for everything else, and for a change of numbers or names that leaves the task type as it was.

    >>> corrected("no, I meant a bug fix", "add_feature")
    Correction(task_type='fix_bug', said='a bug fix')
    >>> corrected("no, only puts", "find_opportunities")
    """
    plain = plainly(prompt)
    if len(plain.split()) > MOST_WORDS or "\n" in prompt.strip():
        return None
    found = _read(plain, previous_task_type)
    if found is None or found.task_type in (previous_task_type, UNKNOWN):
        return None
    is_refined = {previous_task_type, found.task_type} == REFINED and parse_slots(found.said)
    return None if is_refined else found


def _read(plain: str, previous: str | None) -> Correction | None:
    rest, _ = _past(SOFT, plain)
    rest, is_opened = _past(OPENED, rest)
    rest, is_rejected = _past(REJECTED, _past(SOFT, rest)[0])
    rest, is_denied = _without_denied(_past(SOFT, rest)[0], previous)
    rest, is_meant = _past(MEANT, rest)
    rest, is_said = (rest, False) if is_meant else _past(SAID, rest)
    rest, is_denied_after = _without_denied(rest, previous)
    rest, is_to = _past(TO, rest)
    if is_meant or is_rejected or is_denied or is_denied_after:
        return _named(rest) or (None if is_to else _routed(rest, previous))
    return _named(rest) if is_opened and (is_said or rest) else None


def _past(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    """The text behind a pattern at its start, and whether it was there."""
    found = pattern.match(text)
    return (text[found.end() :], True) if found else (text, False)


def _without_denied(text: str, previous: str | None) -> tuple[str, bool]:
    """The text without "not a review", and whether that names what was done."""
    for pattern in (DENIED, TAIL):
        found = pattern.fullmatch(text)
        if found and named_at_first(found["denied"]) and named_at_first(found["denied"]) == previous:
            return found["rest"], True
    return text, False


def _named(words: str) -> Correction | None:
    task_type = named_at_first(words)
    return Correction(task_type, words) if task_type else None


def _routed(words: str, previous: str | None) -> Correction | None:
    """What the words would be by themselves, where they hold more than a number or a name."""
    if not content(plain_words(words, read_words(words))):
        return None
    alone = route(words, previous if previous in REFINED else None)
    return Correction(alone["task_type"], words) if alone["confidence"] >= SURE else None
