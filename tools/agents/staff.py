"""Who works on a project, in which order, and in which workspace."""

from collections.abc import Sequence

from checkpoints.effects import Effects
from graph.settings import Settings
from prompts.agent import Agent
from prompts.registry import Registry
from tools.agents.parts import Json, with_part
from tools.code.conflicts import lay_out
from tools.code.workspace import open_again, open_part
from tools.code.worktrees import Workspace, workspace_from
from tools.routing.registries import registry_of


def registry_for(workspace: Workspace, settings: Settings) -> Registry:
    """The agents of Magnus, of the project as its person has it, and of the person; never of the workspace.

    What an agent writes there cannot become another agent while the task lasts.
    """
    return registry_of(workspace.root / workspace.prefix, settings.data_dir)


def stages_for(stages: Sequence[Sequence[str]], registry: Registry) -> list[list[str]]:
    """The stages with the keys of their agents; agents of the desk are left out, and stages that then have none."""
    found = [[agent.key for name in stage if (agent := registry.get(name)) and _is_coding(agent)] for stage in stages]
    return [list(dict.fromkeys(names)) for names in found if names]


def workspace_now(effects: Effects, kept: Json, newest: str) -> Workspace:
    """The workspace of the task; after a rollback a new one, at this commit, its newest that is still part of it."""
    earlier = workspace_from(kept)
    if earlier.rollback == effects.place.rollback:
        return earlier
    return open_again(effects, earlier, newest or earlier.start)


def desk_of(effects: Effects, workspace: Workspace, agent: Agent, plan: Json) -> tuple[Workspace, Json]:
    """Where an agent works, and what of that its handoff has to tell the coordinator.

    Who writes beside others has a worktree of its own, and so has who resolves a conflict; everybody else works in
    that of the task, where nobody writes meanwhile. For all of them the work began where that of the task did.
    """
    stage = effects.place.stage
    conflict = plan.get("conflicts", {}).get(stage)
    is_beside_others = len(plan["stages"][int(stage)]) > 1
    if conflict is None and (agent.writes == "nothing" or not is_beside_others):
        return workspace, {}
    part = open_part(effects, workspace, agent.key)
    start = lay_out(effects, part, conflict["commit"]) if conflict else part.start
    return part, with_part(part, start)


def _is_coding(agent: Agent) -> bool:
    return agent.kind == "specialist"
