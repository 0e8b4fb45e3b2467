"""Which agents work on a task type, in which order: stages.csv says what holds when, the registry who answers to it."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from prompts.agent import Agent
from prompts.registry import Registry
from prompts.triggers import Stages, joined, pulled_in, trimmed, with_required
from tools.routing.declined import declined
from tools.routing.phrases import table
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set

OF_RUNTIME = frozenset(("find_opportunities", "assess_risk", "market_data", "manage_alert", "sync_data"))
"""Task types whose agents are Python; nobody else can work on them."""
COMPLEX = "<complex>"


class Row(NamedTuple):
    """A condition that holds in one stage of a task type, where all of the subjects are mentioned."""

    stage: int
    condition: str
    subjects: tuple[str, ...]


def stages_for(
    task_type: str, sentence: Sentence, registry: Registry, *, is_complex: bool = False, called: Sequence[Agent] = ()
) -> Stages:
    """Stages of parallel agents: those of the task type, those a subject brings in, and the newcomers `called`.

    What a person says is not needed is left out, but nobody who is mandatory or required by another.
    """
    stages: dict[int, list[Agent]] = {}
    for row in _rows().get(task_type, ()):
        if all(is_complex if subject == COMPLEX else mentions(sentence, subject) for subject in row.subjects):
            stages.setdefault(row.stage, []).extend(pulled_in(registry, {row.condition}))
    kind = "runtime" if task_type in OF_RUNTIME else "specialist"
    named = _once([agent for agent in stages[number] if agent.kind == kind] for number in sorted(stages))
    if not named:
        return []
    newcomers = () if kind == "runtime" or task_type == "check_health" else called
    together = with_required(joined(named, newcomers, registry), registry)
    return _without_declined(together, sentence, registry)


def mentions(sentence: Sentence, subject: str) -> bool:
    """Whether one of a subject's phrases stands anywhere in the request."""
    return any(True for _ in phrase_set(subject).find(sentence.tokens))


def _once(stages: Iterator[list[Agent]]) -> Stages:
    """An agent called twice works in the later stage; one that is mandatory works in both."""
    called = list(stages)
    last = {agent.key: number for number, stage in enumerate(called) for agent in stage}
    kept = (
        dict.fromkeys(agent.name for agent in stage if agent.mandatory or last[agent.key] == number)
        for number, stage in enumerate(called)
    )
    return [list(stage) for stage in kept if stage]


def _without_declined(stages: Stages, sentence: Sentence, registry: Registry) -> Stages:
    first = set(stages[0])
    names = {name for stage in stages for name in stage}
    unwanted = declined([agent for name in names - first if (agent := registry.get(name))], sentence)
    return trimmed(stages, names - unwanted, registry) if unwanted else stages


@cache
def _rows() -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in table("stages.csv"):
        subjects = tuple(subject.strip() for subject in row["when"].split("&") if subject.strip())
        rows.setdefault(row["task_type"], []).append(Row(int(row["stage"]), row["condition"], subjects))
    return rows
