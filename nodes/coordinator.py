"""Brings together what the agents of a stage did, and says which stage comes next; the edges send its agents."""

from dataclasses import replace

from langchain_core.runnables import RunnableConfig

from checkpoints.effects import Effects, Place
from checkpoints.fence import required
from graph.handoffs import first_open, handed, handoffs_in
from graph.state import State
from tools.agents.gathering import Gathering
from tools.agents.staff import workspace_now
from tools.deps import Deps


def coordinator(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The number of the next stage, which is past the last where nothing is left to do or an agent was ended.

    What is in the state already is not returned: every key that is, is kept once more.
    """
    plan, handoffs = state["plan"], handoffs_in(state)
    place = Place(state["task"]["request_id"], state.get("rollback", 0), phase="1")
    effects = Effects(deps.database(), required(config), place, deps.now)
    workspace = workspace_now(effects, state["workspace"], handoffs)
    over = replace(effects, place=replace(place, stage=str(first_open(plan["stages"], handoffs) - 1)))
    plan, joined = Gathering(over, workspace, plan).gather(handoffs)
    handoffs, stages = handed(handoffs, joined), plan["stages"]
    is_ended = any(one["ended"] for one in handoffs)
    found: State = {"stage": len(stages) if is_ended else first_open(stages, handoffs)}
    if joined:
        found["handoffs"] = joined
    if plan != state["plan"]:
        found["plan"] = plan
    if workspace.to_json() != state["workspace"]:
        found["workspace"] = workspace.to_json()
    return found
