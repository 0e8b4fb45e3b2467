"""Everything that speaks for one task type or another in a request: words, slots, and the points of the cues."""

from dataclasses import dataclass
from typing import Any

from tools.routing.cues import score
from tools.routing.features import find_features
from tools.routing.placeholders import plain_words
from tools.routing.sentence import Sentence, read_words
from tools.routing.slots import parse_slots


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read once and is used by rules and classifier alike."""

    sentence: Sentence
    slots: dict[str, Any]
    points: dict[str, float]
    words: list[str]


def gather(asked: str) -> Evidence:
    """The evidence of a request that has been freed of steering already."""
    slots = parse_slots(asked)
    sentence = read_words(asked)
    points = score(sentence.tokens, set(find_features(asked, sentence, slots)))
    return Evidence(sentence, slots, points, plain_words(asked, sentence))
