"""From a request in plain words to a task type, agents in stages and slots, by rules alone."""

import math
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from tools.routing.cues import score
from tools.routing.features import find_features
from tools.routing.sentence import Sentence, read_words
from tools.routing.slots import parse_slots
from tools.routing.stages import mentions, stages_for
from tools.routing.steering import without_steering

DecidedBy = Literal["request", "rules", "examples", "history", "model", "user"]
Complexity = Literal["simple", "complex"]


class Route(TypedDict):
    """The router's decision, exactly as `magnus route --json` prints it (contracts.md)."""

    task_type: str
    alternatives: list[str]
    decided: bool
    agents: list[str]
    stages: list[list[str]]
    complexity: Complexity
    slots: dict[str, Any]
    confidence: float
    decided_by: DecidedBy


UNKNOWN = "unknown"
UNKNOWN_POINTS = 1.5
FOLLOW_UP_POINTS = 4.0
FOLLOW_UP_WORDS = 16
TEMPERATURE = 1.4
DECISION_MARGIN = 0.6
DECISION_POINTS = 4.0
ALTERNATIVES = 3
LONG_WORDS = 60
CONCERNS = 3
TRADING = ("find_opportunities", "assess_risk", "market_data")
RISK_SLOTS = ("symbols", "option_type", "expiry", "max_capital", "sectors")
LIKELY_WITHOUT_CUES = ("find_opportunities", "answer_question", "fix_bug")


def route(prompt: str, previous_task_type: str | None = None) -> Route:
    """The decision for one request; `previous_task_type` is that of the thread it continues, if any.

    >>> route("IV rank of AMD")["task_type"]
    'market_data'
    """
    asked = without_steering(prompt)
    slots = parse_slots(asked)
    sentence = read_words(asked)
    points = {UNKNOWN: UNKNOWN_POINTS, **_points(asked, sentence, slots)}
    points[UNKNOWN] = max(points[UNKNOWN], UNKNOWN_POINTS)
    if previous_task_type and _is_follow_up(sentence, slots, points, previous_task_type):
        points[previous_task_type] = points.get(previous_task_type, 0.0) + FOLLOW_UP_POINTS
    return _decision(points, sentence, slots)


def _points(asked: str, sentence: Sentence, slots: dict[str, Any]) -> dict[str, float]:
    return score(sentence.tokens, set(find_features(asked, sentence, slots)))


def _is_follow_up(sentence: Sentence, slots: dict[str, Any], points: dict[str, float], previous: str) -> bool:
    """A fragment with slots belongs to the scan before it, unless it clearly asks for something else."""
    if previous not in TRADING or not slots or len(sentence.tokens) > FOLLOW_UP_WORDS:
        return False
    others = [value for name, value in points.items() if name != previous]
    return max(others) < FOLLOW_UP_POINTS + points.get(previous, 0.0)


def _decision(points: dict[str, float], sentence: Sentence, slots: dict[str, Any]) -> Route:
    ranked = sorted(points, key=lambda name: -points[name])
    shares = _shares(points)
    task_type = ranked[0]
    margin = shares[task_type] - (shares[ranked[1]] if len(ranked) > 1 else 0.0)
    stages = stages_for(task_type, sentence)
    return Route(
        task_type=task_type,
        alternatives=_alternatives(ranked),
        decided=margin >= DECISION_MARGIN and points[task_type] >= DECISION_POINTS,
        agents=list(dict.fromkeys(agent for stage in stages for agent in stage)),
        stages=stages,
        complexity=_complexity(points, sentence),
        slots=_slots_of(task_type, slots),
        confidence=round(shares[task_type], 3),
        decided_by="rules",
    )


def _shares(points: dict[str, float]) -> dict[str, float]:
    weights = {name: math.exp(value / TEMPERATURE) for name, value in points.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _alternatives(ranked: list[str]) -> list[str]:
    likely = [name for name in ranked[1:] if name != UNKNOWN]
    likely += [name for name in LIKELY_WITHOUT_CUES if name not in ranked]
    return likely[:ALTERNATIVES]


def _slots_of(task_type: str, slots: dict[str, Any]) -> dict[str, Any]:
    if task_type == "assess_risk":
        return {name: value for name, value in slots.items() if name in RISK_SLOTS}
    return slots if task_type in TRADING else {}


def _complexity(points: dict[str, float], sentence: Sentence) -> Complexity:
    words = sum(token.is_word for token in sentence.tokens)
    strong = list(_concerns(points))
    is_large = mentions(sentence, "large") and not set(strong) <= {*TRADING, "run_tests"}
    return "complex" if words > LONG_WORDS or len(strong) > CONCERNS or is_large else "simple"


def _concerns(points: dict[str, float]) -> Iterator[str]:
    for name, value in points.items():
        if name != UNKNOWN and value >= FOLLOW_UP_POINTS:
            yield name
