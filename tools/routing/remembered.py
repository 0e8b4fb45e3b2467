"""Decides by what people taught: the same sentence, or a near one, that was chosen, corrected or rated before."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from checkpoints.lessons import Lesson, lessons_kept, newest_lesson
from tools.routing.registries import own_registry
from tools.routing.remembered_words import masked, normalised, unit_vector
from tools.routing.router import ALTERNATIVES, RISK_SLOTS, TRADING, UNKNOWN, Route, staffed
from tools.routing.slots import parse_slots

if TYPE_CHECKING:
    from checkpoints.database import Database

NEAR = 0.75
"""The cosine from which a sentence is near: above it 96 of 100 pairs of our example sentences are of one type."""
FEWEST_WORDS = 3
"""A sentence of fewer masked words has to come again as it was: "hm <file>" may be anything."""
BY_PERSON = ("corrected", "chosen")
SAME_CONFIDENCE = 0.99


class Near(NamedTuple):
    lesson: Lesson
    similarity: float


class Memory:
    """Lessons, newest first, ready to be asked; the last word about a sentence is the one that counts."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self._lessons = list(_not_overruled(lessons))
        self._same: dict[str, list[Lesson]] = {}
        self._postings: dict[str, tuple[list[int], list[float]]] = {}
        for place, lesson in enumerate(self._lessons):
            self._same.setdefault(lesson.sentence, []).append(lesson)
            for term, weight in unit_vector(lesson.words.split()).items():
                places, weights = self._postings.setdefault(term, ([], []))
                places.append(place)
                weights.append(weight)

    def __bool__(self) -> bool:
        return bool(self._lessons)

    def same(self, prompt: str) -> list[Lesson]:
        """Lessons of this very sentence."""
        return self._same.get(normalised(prompt), [])

    def near(self, prompt: str) -> list[Near]:
        """Lessons of sentences that differ in particulars or in a word of little weight, nearest first."""
        words = masked(prompt)
        if len(words) < FEWEST_WORDS:
            return []
        similar = np.zeros(len(self._lessons))
        for term, weight in unit_vector(words).items():
            if found := self._postings.get(term):
                similar[found[0]] += weight * np.asarray(found[1])
        order = sorted(np.flatnonzero(similar >= NEAR), key=lambda place: -similar[place])
        return [Near(self._lessons[place], float(similar[place])) for place in order]


def recall(database: "Database") -> Memory:
    """What this database was taught; it is read again only once there is something new."""
    return _memory(database, newest) if (newest := newest_lesson(database)) else NOTHING


def remembered(prompt: str, route: Route, memory: Memory) -> Route:
    """The route as history decides it, or as it was; a correction of this very sentence beats certain rules."""
    if not memory or not normalised(prompt):
        return route
    is_certain = route["decided"] and route["decided_by"] == "rules"
    same = memory.same(prompt)
    is_open = not is_certain or any(lesson.source == "corrected" for lesson in same)
    if is_open and (task_type := _agreed(same)):
        return _decided(task_type, SAME_CONFIDENCE, prompt, route)
    return route if is_certain else _by_near(prompt, route, memory)


def slots_for(task_type: str, *said: str) -> dict[str, Any]:
    """The slots of several sayings for a task type, a later one over an earlier; none where the type takes none."""
    slots = {name: value for words in said for name, value in parse_slots(words).items()}
    wanted = RISK_SLOTS if task_type == "assess_risk" else slots
    return {name: slots[name] for name in slots if task_type in TRADING and name in wanted}


def _by_near(prompt: str, route: Route, memory: Memory) -> Route:
    near = memory.near(prompt)
    task_type = _agreed([one.lesson for one in near])
    nearest = next((one for one in near if one.lesson.task_type == task_type), None)
    if task_type is None or nearest is None or not _could_be_meant(nearest.lesson, route):
        return route
    return _decided(task_type, min(nearest.similarity, SAME_CONFIDENCE), prompt, route)


def _could_be_meant(lesson: Lesson, route: Route) -> bool:
    """Whether the router, left alone, is unsure, takes both sentences for the same, or agrees already."""
    return not route["decided"] or route["task_type"] in (lesson.read_as, lesson.task_type)


def _agreed(lessons: Sequence[Lesson]) -> str | None:
    """The one task type that the lessons speak for, bad ratings taken off."""
    support: dict[str, float] = {}
    for lesson in lessons:
        support[lesson.task_type] = support.get(lesson.task_type, 0.0) + lesson.weight
    spoken_for = [name for name, weight in support.items() if weight > 0]
    return spoken_for[0] if len(spoken_for) == 1 else None


def _decided(task_type: str, confidence: float, prompt: str, route: Route) -> Route:
    others = [name for name in (route["task_type"], *route["alternatives"]) if name not in (task_type, UNKNOWN)]
    found = Route(
        **{
            **route,
            "task_type": task_type,
            "alternatives": others[:ALTERNATIVES],
            "decided": True,
            "slots": slots_for(task_type, prompt),
            "confidence": round(confidence, 3),
            "decided_by": "history",
        }
    )
    return staffed(found, prompt, own_registry())


def _not_overruled(lessons: Sequence[Lesson]) -> Iterator[Lesson]:
    """Of a sentence that somebody chose a type for again, only what speaks for the newest choice."""
    last_word: dict[str, str] = {}
    for lesson in lessons:
        if lesson.source in BY_PERSON:
            last_word.setdefault(lesson.sentence, lesson.task_type)
    for lesson in lessons:
        if last_word.get(lesson.sentence, lesson.task_type) == lesson.task_type:
            yield lesson


@lru_cache(maxsize=2)
def _memory(database: "Database", newest: int) -> Memory:
    return Memory(lessons_kept(database))


NOTHING = Memory(())
