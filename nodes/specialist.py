"""Runs one agent of the register in the workspace of its task; what its file allows is all it can do."""

from dataclasses import replace
from typing import TYPE_CHECKING

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.effects import Place
from checkpoints.fence import required
from graph.errors import BadInput
from graph.handoffs import handoffs_in
from graph.state import State
from tools.agents.gathering import conflict_told
from tools.agents.staff import desk_of, registry_for, workspace_now
from tools.code.self_test import open_sandbox
from tools.code.worktrees import workspace_from
from tools.deps import Deps
from tools.spending import settings_for

if TYPE_CHECKING:
    from tools.agents.shift import Foreman


def specialist(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The handoff of the agent this was sent for. After a kill the agent goes on where it was."""
    from tools.agents.assignment import Assignment
    from tools.agents.rework import evidence_told

    task, plan, handoffs = state["task"], state["plan"], handoffs_in(state)
    foreman = _foreman(state, config, deps)
    place = Place(task["request_id"], state.get("rollback", 0), phase="1", stage=str(state["stage"]))
    effects = foreman.effects(place)
    agent = foreman.registry.get(state["agent"])
    if agent is None:
        raise BadInput(f"The agent {state['agent']} of this plan is gone: put its file back, then resume.")
    workspace = workspace_now(effects, state["workspace"], handoffs)
    sandbox = open_sandbox(foreman.settings.sandbox, is_attended=task["requester"] == "user")
    desk, apart = desk_of(effects, workspace, agent, plan)
    desk = replace(desk, start=plan.get("start", workspace.start))
    refused = evidence_told(deps.database(), task["thread_id"], plan, state["stage"])
    part = Assignment(
        task_type=state["route"]["task_type"],
        wish="\n\n".join(filter(None, [wish_of(state), conflict_told(effects, plan), refused])),
        stages=plan["stages"],
        stage=state["stage"],
        handoffs=foreman.handoffs(handoffs),
        files=foreman.bench(desk, sandbox).changed(),
        folder=workspace.prefix,
    )
    return {"handoffs": [foreman.send(agent, part, desk, place, sandbox) | apart]}


def _foreman(state: State, config: RunnableConfig, deps: Deps) -> "Foreman":
    from tools.agents.shift import Foreman

    settings, writer = settings_for(deps.settings(), state["task"]), get_stream_writer()
    return Foreman(
        database=deps.database(),
        fence=required(config),
        settings=settings,
        registry=registry_for(workspace_from(state["workspace"]), settings),
        request_id=state["task"]["request_id"],
        now=deps.now,
        tell=lambda line: writer({"line": line}),
    )


def wish_of(state: State) -> str:
    """What the person said, with the answer to a question if there was one."""
    named = state["task"].get("task") or {}
    said = [state["task"]["prompt"], named.get("target"), state.get("answer")]
    return ". ".join(filter(None, said))
