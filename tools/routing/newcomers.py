"""Agents beyond Magnus's own whom a request calls: by name, by a trigger, by what they can do, by their examples."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

from prompts.agent import Agent
from prompts.registry import Registry
from prompts.triggers import in_order, is_condition, stands_in
from tools.routing.classifier import load_model
from tools.routing.placeholders import plain_words
from tools.routing.sentence import read_words
from tools.routing.terms import content

MOST = 4
"""How many a request may bring in without asking for them by name, the mandatory ones aside."""
NEAR = 0.55
NEARLY_SAME = 0.85
ENOUGH_WEIGHT = 6.0
RARE = 4.0
COVERED = 0.5
REMEMBERED = 8


class Called(NamedTuple):
    """Who is called, and whether by something that says: this request is ours."""

    agents: list[Agent]
    surely: bool


NOBODY = Called([], surely=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An agent with what it is recognised by: phrases, stems of its examples, stems of what it says about itself."""

    agent: Agent
    begins: str
    names: re.Pattern[str]
    phrases: tuple[str, ...]
    examples: tuple[Mapping[str, float], ...]
    about: frozenset[str]


def called(registry: Registry, asked: str, words: list[str]) -> Called:
    """The newcomers a request calls, who comes first when they compete first; `words` are its plain_words."""
    newcomers = _newcomers(registry)
    if not newcomers:
        return NOBODY
    stems, said = _weights(words), asked.lower()
    named = [one.agent for one in newcomers if one.begins in said and one.names.search(asked)]
    meant = [one.agent for one in newcomers if any(stands_in(phrase, asked) for phrase in one.phrases)]
    like = [one.agent for one in newcomers if any(_is_near(stems, example) for example in one.examples)]
    about = [one.agent for one in newcomers if _is_about(stems, one.about)]
    return Called([*_first(named, meant, like, about)], surely=bool(named or meant or like))


def _first(named: list[Agent], *others: list[Agent]) -> Iterator[Agent]:
    """Those who are named and those who are mandatory; of the others as many as may join, the surest kind first."""
    taken: dict[str, Agent] = {agent.key: agent for agent in in_order(named)}
    room = MOST
    for group in others:
        for agent in in_order(group):
            if agent.key not in taken and (agent.mandatory or room > 0):
                taken[agent.key] = agent
                room -= not agent.mandatory
    yield from taken.values()


def _is_near(stems: Mapping[str, float], example: Mapping[str, float]) -> bool:
    shared = stems.keys() & example.keys()
    if len(shared) < 2 and len(example) > 1:
        return False
    weight = sum(stems[stem] for stem in shared)
    cosine = sum(stems[stem] ** 2 for stem in shared) / (_length(stems) * _length(example) or 1.0)
    return cosine >= NEARLY_SAME or (cosine >= NEAR and weight >= ENOUGH_WEIGHT)


def _is_about(stems: Mapping[str, float], about: frozenset[str]) -> bool:
    """Whether what an agent says about itself covers most of the request, a word of its own field included."""
    shared = [weight for stem, weight in stems.items() if stem in about]
    return max(shared, default=0.0) >= RARE and sum(shared) >= COVERED * sum(stems.values())


def _length(stems: Mapping[str, float]) -> float:
    return sqrt(sum(weight**2 for weight in stems.values()))


def _weights(words: Iterable[str]) -> dict[str, float]:
    """The stems that carry a meaning, each the heavier the fewer of our own examples use it."""
    spread, groups = load_model().known, load_model().groups
    return {stem: log((1 + groups) / (1 + spread.get(stem, 0))) for stem in content(words)}


def _newcomers(registry: Registry) -> tuple[Newcomer, ...]:
    """Those of a registry, made ready once; a registry lives as long as it is remembered here."""
    known = _READY.get(id(registry))
    if known is None or known[0] is not registry:
        while len(_READY) >= REMEMBERED:
            _READY.pop(next(iter(_READY)))
        known = _READY[id(registry)] = registry, tuple(_made_ready(registry))
    return known[1]


def _made_ready(registry: Registry) -> Iterator[Newcomer]:
    for agent in registry:
        is_prompt_only = agent.replaces is not None and agent.level == "project"
        if agent.level == "builtin" or agent.kind == "runtime" or is_prompt_only:
            continue
        examples = tuple(_weights(_words(example)) for example in agent.examples)
        about = content(_words(" ; ".join((agent.key.replace("_", " "), agent.description, *agent.capabilities))))
        begins = agent.key.split("_")[0]
        yield Newcomer(
            agent, begins, _names(agent), tuple(_phrases(agent)), tuple(filter(None, examples)), frozenset(about)
        )


def _phrases(agent: Agent) -> Iterator[str]:
    """Its triggers that are words, and of its capabilities those that are nobody else's word."""
    yield from (trigger for trigger in agent.triggers if not is_condition(trigger))
    yield from (one for one in agent.capabilities if any(weight >= RARE for weight in _weights(_words(one)).values()))


def _names(agent: Agent) -> re.Pattern[str]:
    """Its name as people write it; one of a single word has to be called an agent, or with an @."""
    parts = [re.escape(part) for part in agent.key.split("_")]
    name = r"[\s_-]".join(parts)
    alone = rf"(?<!\w){name}(?!\w)" if len(parts) > 1 else rf"@{name}(?!\w)|(?<!\w){name}\s+agent(?!\w)"
    return re.compile(alone, re.IGNORECASE)


def _words(text: str) -> list[str]:
    return plain_words(text, read_words(text))


_READY: dict[int, tuple[Registry, tuple[Newcomer, ...]]] = {}
