"""Which agents a condition brings into a workflow, where they stand in it, and who may be left out. Pure functions."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from prompts.agent import PRIORITIES, Agent
from prompts.registry import Registry

Place = Literal["find", "plan", "make", "test", "review", "tell"]
Stages = list[list[str]]

PLACES: tuple[Place, ...] = ("find", "plan", "make", "test", "review", "tell")
CONDITIONS: dict[str, Place] = {
    "failure": "find",
    "slowness": "find",
    "new_feature": "plan",
    "complex_goal": "plan",
    "structure_question": "plan",
    "code_to_write": "make",
    "database": "make",
    "ui": "make",
    "market_question": "find",
    "scan_request": "make",
    "opportunity_search": "make",
    "code_change": "test",
    "before_delivery": "test",
    "trade_proposal": "review",
    "major_change": "review",
    "before_merge": "review",
    "visible_change": "tell",
    "after_delivery": "tell",
    "notification": "tell",
    "health_question": "tell",
    "ideas_wanted": "tell",
}
"""What may hold of a request, and where in a workflow an agent stands whom it brings in."""
IDENTIFIER = re.compile(r"[A-Za-z]+(_[A-Za-z]+)+")


def is_condition(trigger: str) -> bool:
    """Whether a trigger is a condition of Magnus; any other one is a word or phrase that a sentence may mention."""
    return trigger in CONDITIONS


def unknown_conditions(agent: Agent) -> list[str]:
    """Triggers that look like a condition, being written with underscores, and are none."""
    return [name for name in agent.triggers if IDENTIFIER.fullmatch(name) and not is_condition(name)]


def mentioned(agents: Iterable[Agent], sentence: str) -> set[str]:
    """Triggers of these agents that are words or phrases and stand in the sentence; they are conditions that hold."""
    phrases = {trigger for agent in agents for trigger in agent.triggers if not is_condition(trigger)}
    return {phrase for phrase in phrases if stands_in(phrase, sentence)}


def stands_in(phrase: str, sentence: str) -> bool:
    """Whether a phrase stands in a sentence as words of their own, in any case and with any space between them."""
    words = phrase.split()
    if not words or words[0].lower() not in sentence.lower():
        return False
    pattern = r"\s+".join(map(re.escape, words))
    return re.search(rf"(?<!\w){pattern}(?!\w)", sentence, re.IGNORECASE) is not None


def in_order(agents: Iterable[Agent]) -> list[Agent]:
    """Whoever is mandatory first, then by priority, then by name."""
    return sorted(agents, key=lambda agent: (not agent.mandatory, PRIORITIES.index(agent.priority), agent.name))


def pulled_in(agents: Iterable[Agent], conditions: AbstractSet[str]) -> list[Agent]:
    """The agents that one of these conditions brings in, those first that come first when they compete."""
    return in_order(agent for agent in agents if not conditions.isdisjoint(agent.triggers))


def place_of(agent: Agent) -> Place:
    """Where an agent stands in a workflow: the last place one of its conditions names, else where things are made."""
    places = [CONDITIONS[trigger] for trigger in agent.triggers if is_condition(trigger)]
    return max(places, key=PLACES.index, default="make")


def joined(stages: Sequence[Sequence[str]], pulled: Iterable[Agent], registry: Registry) -> Stages:
    """The stages with these agents in them, each after those it requires, who join as well."""
    result = [list(stage) for stage in stages]
    for agent in pulled:
        _join(result, agent, registry, set())
    return result


def with_required(stages: Sequence[Sequence[str]], registry: Registry) -> Stages:
    """The stages with whoever an agent in them requires and nobody called, right before the first who needs them."""
    result = [list(stage) for stage in stages]
    at = 0
    while at < len(result):
        present = {_key(name, registry) for name in _names(result)}
        agents = [agent for name in result[at] if (agent := registry.get(name))]
        wanted = [found for agent in agents for name in agent.requires if (found := registry.get(name))]
        missing = dict.fromkeys(other.name for other in wanted if other.key not in present)
        if missing:
            result.insert(at, list(missing))
        else:
            at += 1
    return result


def _join(stages: Stages, agent: Agent, registry: Registry, waiting: set[str], latest: int = len(PLACES)) -> None:
    """Puts one agent and what it requires into the stages; `waiting` ends a circle of requirements.

    Whoever is required stands no later than where the one who needs it would.
    """
    if agent.name in _names(stages) or agent.key in waiting:
        return
    place = min(latest, PLACES.index(place_of(agent)))
    required = [found for name in agent.requires if (found := registry.get(name))]
    for other in required:
        _join(stages, other, registry, waiting | {agent.key}, place)
    _put(stages, agent, registry, place, earliest=1 + _last_stage_of({other.name for other in required}, stages))


def _put(stages: Stages, agent: Agent, registry: Registry, place: int, earliest: int) -> None:
    at = len(stages)
    while at > earliest and _place_of_stage(stages[at - 1], registry) > place:
        at -= 1
    if at > earliest and _place_of_stage(stages[at - 1], registry) == place:
        stages[at - 1].append(agent.name)
    else:
        stages.insert(at, [agent.name])


def _place_of_stage(stage: Sequence[str], registry: Registry) -> int:
    known = [agent for name in stage if (agent := registry.get(name))]
    return max((PLACES.index(place_of(agent)) for agent in known), default=PLACES.index("make"))


def _last_stage_of(names: AbstractSet[str], stages: Stages) -> int:
    return max((number for number, stage in enumerate(stages) if not names.isdisjoint(stage)), default=-1)


def _names(stages: Iterable[Iterable[str]]) -> set[str]:
    return {name for stage in stages for name in stage}


def trimmed(stages: Sequence[Sequence[str]], wanted: Iterable[str], registry: Registry) -> Stages:
    """The stages with only the wanted agents, those they require, and the mandatory ones, whom nobody can leave out."""
    keep = _with_required(wanted, registry)
    keep |= _with_required((name for name in _names(stages) if _is_mandatory(name, registry)), registry)
    left = [[name for name in stage if _key(name, registry) in keep] for stage in stages]
    return [stage for stage in left if stage]


def _with_required(names: Iterable[str], registry: Registry) -> set[str]:
    keep: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        agent = registry.get(name)
        if (key := _key(name, registry)) not in keep:
            keep.add(key)
            waiting += agent.requires if agent else ()
    return keep


def _key(name: str, registry: Registry) -> str:
    return agent.key if (agent := registry.get(name)) else name


def _is_mandatory(name: str, registry: Registry) -> bool:
    agent = registry.get(name)
    return agent is not None and agent.mandatory
