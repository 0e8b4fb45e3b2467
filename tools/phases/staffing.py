"""Who works on a phase: the workflow of its task type for the words of the phase, up to its test and after it."""

from collections.abc import Sequence
from typing import Final

from prompts.registry import Registry
from prompts.triggers import Place, place_of
from prompts.workflow_loading import Workflows
from tools.agents.rework import TESTER
from tools.agents.staff import stages_for
from tools.phases.course import Stages
from tools.phases.plan import Phase
from tools.phases.purse import WHO
from tools.routing.staffing import staff
from tools.routing.workflows import changes_code

BUILDING: Final = "add_feature"
"""The task type whose workflow a goal takes that was understood as one which changes nothing."""


def built_as(task_type: str) -> str:
    """The task type whose workflow the phases of such a request take."""
    return task_type if changes_code(task_type) else BUILDING


def stages_of_phase(
    phase: Phase, task_type: str, registry: Registry, workflows: Workflows, *, is_last: bool
) -> tuple[Stages, Stages]:
    """The stages of an iteration, the last of which tests, and those once the criteria are met.

    The planner is left out: its work is the plan. Who only tells of a change comes on in the last phase.
    """
    named = staff(built_as(task_type), f"{phase.name}. {phase.description}", "simple", registry, workflows=workflows)
    stages = [found for names in stages_for(named, registry) if (found := [name for name in names if name != WHO])]
    tested = [
        number for number, names in enumerate(stages) if any(_stands_at("test", name, registry) for name in names)
    ]
    if not tested:
        return [*stages, [TESTER]], []
    work, closing = stages[: tested[-1] + 1], stages[tested[-1] + 1 :]
    return work, closing if is_last else _without_tellers(closing, registry)


def makers_in(stages: Sequence[Sequence[str]], registry: Registry) -> frozenset[str]:
    """The agents of these stages who make things."""
    return frozenset(name for names in stages for name in names if _stands_at("make", name, registry))


def _without_tellers(stages: Stages, registry: Registry) -> Stages:
    """The stages without those who only tell, unless they are mandatory."""
    kept = ([name for name in names if not _only_tells(name, registry)] for names in stages)
    return [names for names in kept if names]


def _only_tells(name: str, registry: Registry) -> bool:
    agent = registry.get(name)
    return agent is not None and place_of(agent) == "tell" and not agent.mandatory


def _stands_at(place: Place, name: str, registry: Registry) -> bool:
    agent = registry.get(name)
    return agent is not None and place_of(agent) == place
