"""Brings together what the agents of a stage did, and says which stage comes next; the edges send its agents."""

from dataclasses import replace

from langchain_core.runnables import RunnableConfig

from checkpoints.effects import Effects
from checkpoints.fence import required
from graph.handoffs import first_open, handed, handoffs_in
from graph.state import State
from graph.todo import todo_in
from tools.agents.gathering import Gathering
from tools.agents.staff import workspace_now
from tools.deps import Deps
from tools.phases.at_work import place_in
from tools.phases.course import course_in


def coordinator(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The number of the next stage, which is past the last where nothing is left to do or an agent was ended.

    What is in the state already is not returned: every key that is, is kept once more.
    """
    plan, handoffs = state["plan"], handoffs_in(state)
    place, course = place_in(state, ""), course_in(state)
    since = course.first if course else 0
    now = [one for one in handoffs if int(one["stage"]) >= since]
    effects = Effects(deps.database(), required(config), place, deps.now)
    workspace = workspace_now(effects, state["workspace"], handoffs)
    over = replace(effects, place=replace(place, stage=str(first_open(plan["stages"], now, since) - 1)))
    plan, joined = Gathering(over, workspace, plan).gather(now)
    handoffs, now, stages = handed(handoffs, joined), handed(now, joined), plan["stages"]
    is_ended = any(one["ended"] for one in now)
    found: State = {"stage": len(stages) if is_ended else first_open(stages, now, since)}
    if joined:
        found["handoffs"] = joined
    if (todo := todo_in(handoffs)) != state.get("todo", []):
        found["todo"] = todo
    if plan != state["plan"]:
        found["plan"] = plan
    if workspace.to_json() != state["workspace"]:
        found["workspace"] = workspace.to_json()
    return found
