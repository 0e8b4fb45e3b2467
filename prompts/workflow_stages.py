"""Who works in which stage of a workflow, where certain clauses hold. Pure functions."""

from collections.abc import Callable, Sequence

from prompts.agent import Agent
from prompts.registry import Registry
from prompts.triggers import Stages, pulled_in
from prompts.workflow import Call, Stage, Workflow
from prompts.workflow_when import all_hold

Holds = Callable[[str], bool]


def staffed_stages(workflow: Workflow, holds: Holds, registry: Registry) -> Stages:
    """One entry for each stage, the names of its agents; [] where it has none.

    An agent called twice works in the later stage; one that is mandatory works in both.
    """
    stages = [_called(stage, holds, registry, workflow.kind) for stage in workflow.stages]
    last = {agent.key: number for number, stage in enumerate(stages) for agent in stage}
    kept = (
        dict.fromkeys(agent.name for agent in stage if agent.mandatory or last[agent.key] == number)
        for number, stage in enumerate(stages)
    )
    return [list(stage) for stage in kept]


def who_answers(call: Call, registry: Registry, kind: str) -> list[Agent]:
    """The agents of a kind whom a line of a stage calls, whatever its condition."""
    named = registry.get(call.agent) if call.agent else None
    found = [named] if named else pulled_in(registry, {call.trigger}) if call.trigger else []
    return [agent for agent in found if agent.kind == kind]


def deliverables(workflow: Workflow, stages: Sequence[Sequence[str]], registry: Registry) -> list[str]:
    """For each stage as it was routed, what it has to deliver; "" for one in which only newcomers work."""
    told, start = [], 0
    for names in stages:
        keys = {agent.key for name in names if (agent := registry.get(name))}
        at = next(
            (
                n
                for n, stage in enumerate(workflow.stages)
                if n >= start and _calls_one(stage, keys, registry, workflow.kind)
            ),
            None,
        )
        told.append("" if at is None else workflow.stages[at].delivers)
        start = start if at is None else at + 1
    return told


def _called(stage: Stage, holds: Holds, registry: Registry, kind: str) -> list[Agent]:
    return [agent for call in stage.calls if all_hold(call.when, holds) for agent in who_answers(call, registry, kind)]


def _calls_one(stage: Stage, keys: set[str], registry: Registry, kind: str) -> bool:
    return any(agent.key in keys for call in stage.calls for agent in who_answers(call, registry, kind))
