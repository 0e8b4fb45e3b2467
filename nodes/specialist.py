"""Runs one agent of the register in the workspace of its task; what its file allows is all it can do."""

from dataclasses import replace
from typing import TYPE_CHECKING

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.fence import required
from graph.errors import BadInput
from graph.handoffs import handoffs_in
from graph.state import State
from tools.agents.gathering import conflict_told
from tools.agents.staff import desk_of, registry_for
from tools.agents.tries import model_for, try_told
from tools.agents.wish import wish_of
from tools.code.self_test import open_sandbox
from tools.code.worktrees import workspace_from
from tools.deps import Deps
from tools.phases.at_work import phase_settings, phase_told, place_in, told_where, used_so_far, workspace_in
from tools.phases.course import course_in, own_handoffs
from tools.phases.staffing import built_as
from tools.spending import settings_for

if TYPE_CHECKING:
    from tools.agents.shift import Foreman


def specialist(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The handoff of the agent this was sent for. After a kill the agent goes on where it was."""
    from tools.agents.assignment import Assignment
    from tools.agents.rework import evidence_told

    task, plan, course = state["task"], state["plan"], course_in(state)
    foreman = _foreman(state, config, deps)
    place, first = place_in(state, str(state["stage"])), course.first if course else 0
    handoffs = own_handoffs(course, handoffs_in(state))
    effects = foreman.effects(place)
    agent = foreman.registry.get(state["agent"])
    if agent is None:
        raise BadInput(f"The agent {state['agent']} of this plan is gone: put its file back, then resume.")
    if course:
        foreman.tell(f"{agent.key} · {used_so_far(state, foreman.settings, deps)}")
    workspace = workspace_in(state, effects)
    sandbox = open_sandbox(foreman.settings.sandbox, is_attended=task["requester"] == "user")
    desk, apart = desk_of(effects, workspace, agent, plan)
    desk = replace(desk, start=plan.get("start", workspace.start))
    refused = evidence_told(deps.database(), task["thread_id"], plan, state["stage"])
    tried = try_told(plan, state["stage"], agent)
    agent = replace(agent, model=model_for(plan, state["stage"], agent, foreman.settings))
    wish, kind = phase_told(state, deps) or wish_of(state), state["route"]["task_type"]
    part = Assignment(
        task_type=built_as(kind) if course else kind,
        wish="\n\n".join(filter(None, [wish, conflict_told(effects, plan), refused, tried])),
        stages=course.stages_now(plan["stages"]) if course else plan["stages"],
        stage=state["stage"] - first,
        handoffs=foreman.handoffs(handoffs),
        files=foreman.bench(desk, sandbox).changed(),
        folder=workspace.prefix,
    )
    return {"handoffs": [foreman.send(agent, part, desk, place, sandbox) | apart]}


def _foreman(state: State, config: RunnableConfig, deps: Deps) -> "Foreman":
    from tools.agents.shift import Foreman

    settings, writer = settings_for(deps.settings(), state["task"]), get_stream_writer()
    settings, place = phase_settings(state, settings), told_where(state, deps)
    return Foreman(
        database=deps.database(),
        fence=required(config),
        settings=settings,
        registry=registry_for(workspace_from(state["workspace"]), settings),
        request_id=state["task"]["request_id"],
        now=deps.now,
        tell=lambda line: writer({"line": f"{place}{line}"}),
    )
