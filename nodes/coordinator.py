"""Brings together what the agents of a stage did, and says which stage comes next; the edges send its agents."""

from dataclasses import replace

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from checkpoints.effects import Effects
from checkpoints.fence import required
from checkpoints.runs import mark_waiting
from graph.handoffs import ended_in, first_open, handed, handoffs_in
from graph.state import Json, State
from graph.todo import todo_in
from tools.agents.gathering import Gathering
from tools.agents.tries import question_about, tried_again
from tools.deps import Deps
from tools.phases.at_work import place_in, workspace_in
from tools.phases.beside import at_work, turns
from tools.phases.course import Course, course_in, own_handoffs


def coordinator(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The number of the next stage, which is past the last where nothing is left to do or an agent was ended.

    What is in the state already is not returned: every key that is, is kept once more.
    """
    plan, handoffs = state["plan"], handoffs_in(state)
    place, course = place_in(state, ""), course_in(state)
    since = course.first if course else 0
    now = own_handoffs(course, handoffs)
    effects = Effects(deps.database(), required(config), place, deps.now)
    if course and at_work(course):
        return _side_by_side(state, course, effects)
    workspace = workspace_in(state, effects)
    over = replace(effects, place=replace(place, stage=str(first_open(plan["stages"], handoffs, since) - 1)))
    fallen = ended_in(plan, now)
    plan, joined = Gathering(over, workspace, plan).gather(now)
    handoffs, now = handed(handoffs, joined), handed(now, joined)
    ended = ended_in(plan, now)
    if ended and course is None and (again := _again(state, config, deps, plan, ended, fallen)):
        plan, ended = again, []
    stages = plan["stages"]
    found: State = {"stage": len(stages) if ended else first_open(stages, handoffs, since)}
    if joined:
        found["handoffs"] = joined
    if (todo := todo_in(handoffs)) != state.get("todo", []):
        found["todo"] = todo
    if plan != state["plan"]:
        found["plan"] = plan
    if workspace.to_json() != state["workspace"]:
        found["workspace"] = workspace.to_json()
    return found


def _side_by_side(state: State, course: Course, effects: Effects) -> State:
    """The first stage that is next in any of the phases that are at work, each with its worktree."""
    from tools.phases.lanes import furnished

    workspace = workspace_in(state, effects)
    course = furnished({**state, "workspace": workspace.to_json()}, course, effects)
    coming = turns(course, state["plan"]["stages"], handoffs_in(state))
    stage = min((turn.stage for turn in coming), default=len(state["plan"]["stages"]))
    return {"stage": stage, "phases": course.to_json(), "workspace": workspace.to_json()}


def _again(
    state: State, config: RunnableConfig, deps: Deps, plan: Json, ended: list[Json], fallen: list[Json]
) -> Json | None:
    """The plan with another try for agents who were ended; None where nobody is left to try or to be asked.

    `fallen` are those who ended by themselves: work that could not be brought together is not done again.
    """
    own = {(one["stage"], one["agent"]) for one in fallen if one["stage"] not in plan.get("conflicts", {})}
    if any((one["stage"], one["agent"]) not in own for one in ended):
        return None
    if again := tried_again(plan, ended):
        return again
    if state["task"]["requester"] != "user":
        return None
    mark_waiting(deps.database(), state["task"]["request_id"], required(config))
    said = interrupt(question_about(ended))
    return tried_again(plan, ended, is_asked_for=True) if str(said).strip().lower() == "again" else None
