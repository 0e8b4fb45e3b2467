"""From a request to a task type, agents in stages and slots: by rules where they are certain, else by examples."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypedDict

from prompts.registry import Registry
from prompts.workflow_loading import Workflows
from tools.routing.classifier import probabilities
from tools.routing.evidence import Evidence, gather
from tools.routing.newcomers import called
from tools.routing.registries import own_registry
from tools.routing.sentence import Sentence
from tools.routing.staffing import staff
from tools.routing.stages import mentions
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
VAGUE_WORDS = 2
VAGUE_CONFIDENCE = 0.5
CERTAIN_POINTS = 11.0
CERTAIN_LEAD = 4.0
CERTAIN_SHARE = 0.1
CERTAIN_CONFIDENCE = 0.96
FOLLOW_UP_POINTS = 4.0
FOLLOW_UP_WORDS = 16
DECISION_CONFIDENCE = 0.73
ALTERNATIVES = 3
LONG_WORDS = 60
CONCERNS = 3
TRADING = ("find_opportunities", "assess_risk", "market_data")
RISK_SLOTS = ("symbols", "option_type", "expiry", "max_capital", "sectors")
LIKELY_WITHOUT_WORDS = ("find_opportunities", "answer_question", "fix_bug")


class Guess(NamedTuple):
    """Task types with their probability, likeliest first, and whether to act on the first."""

    ranked: dict[str, float]
    decided: bool
    decided_by: DecidedBy


def route(prompt: str, previous_task_type: str | None = None, registry: Registry | None = None) -> Route:
    """The decision for one request; `previous_task_type` is that of the thread it continues, if any.

    Agents are taken from `registry`, Magnus's own by default; a request that calls one of a project is never foreign.

    >>> route("IV rank of AMD")["task_type"]
    'market_data'
    """
    asked = without_steering(prompt)
    evidence = gather(asked)
    among = registry or own_registry()
    newcomers = called(among, asked, evidence.words)
    guess = _guess(evidence, previous_task_type, is_ours=newcomers.surely)
    task_type, *others = guess.ranked
    complexity = _complexity(evidence.points, evidence.sentence)
    stages = staff(task_type, asked, complexity, among, newcomers)
    return Route(
        task_type=task_type,
        alternatives=[name for name in others if name != UNKNOWN][:ALTERNATIVES],
        decided=guess.decided,
        agents=agents_of(stages),
        stages=stages,
        complexity=complexity,
        slots=_slots_of(task_type, evidence.slots),
        confidence=round(guess.ranked[task_type], 3),
        decided_by=guess.decided_by,
    )


def staffed(route: Route, prompt: str, registry: Registry, workflows: Workflows | None = None) -> Route:
    """The same decision, with the agents of another registry and the workflows of a project."""
    asked = without_steering(prompt)
    stages = staff(route["task_type"], asked, route["complexity"], registry, workflows=workflows)
    return Route(**{**route, "agents": agents_of(stages), "stages": stages})


def agents_of(stages: list[list[str]]) -> list[str]:
    """Every agent once, in the order in which they come on."""
    return list(dict.fromkeys(agent for stage in stages for agent in stage))


def _guess(evidence: Evidence, previous: str | None, *, is_ours: bool) -> Guess:
    if not evidence.words:
        order = dict.fromkeys((UNKNOWN, *LIKELY_WITHOUT_WORDS), 0.0)
        return Guess(order | {UNKNOWN: VAGUE_CONFIDENCE}, decided=False, decided_by="rules")
    likely = probabilities(evidence.words, evidence.points)
    certain = _continued(evidence, previous) or _certain(evidence.points, likely)
    if certain:
        likely[certain] = max(likely[certain], CERTAIN_CONFIDENCE)
    comes_last = UNKNOWN if is_ours and evidence.points.get(UNKNOWN, 0.0) <= 0 else ""
    ranked = dict(sorted(likely.items(), key=lambda item: (item[0] == comes_last, -item[1])))
    first = next(iter(ranked))
    decided = ranked[first] >= DECISION_CONFIDENCE and not _is_vague(first, evidence)
    return Guess(ranked, decided, "rules" if certain == first else "examples")


def _certain(points: dict[str, float], likely: dict[str, float]) -> str | None:
    """The task type for which the cues leave no doubt, unless the examples speak clearly against it."""
    first, second, *_ = [*sorted(points.items(), key=lambda item: -item[1]), ("", 0.0), ("", 0.0)]
    is_clear = first[1] >= CERTAIN_POINTS and first[1] - second[1] >= CERTAIN_LEAD
    return first[0] if is_clear and likely[first[0]] >= CERTAIN_SHARE else None


def _is_vague(task_type: str, evidence: Evidence) -> bool:
    """A word or two that name nothing we do: better ask what is meant."""
    return task_type == UNKNOWN and len(evidence.words) <= VAGUE_WORDS


def _continued(evidence: Evidence, previous: str | None) -> str | None:
    """A fragment with slots belongs to the scan before it, unless it clearly asks for something else."""
    if previous not in TRADING or not evidence.slots or len(evidence.sentence.tokens) > FOLLOW_UP_WORDS:
        return None
    strongest = max((value for name, value in evidence.points.items() if name != previous), default=0.0)
    return previous if strongest < FOLLOW_UP_POINTS + evidence.points.get(previous, 0.0) else None


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
