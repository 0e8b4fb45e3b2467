"""Says which stage of the plan comes next; the edges send its agents."""

from langchain_core.runnables import RunnableConfig

from checkpoints.effects import Effects, Place
from checkpoints.fence import required
from graph.handoffs import handoffs_in
from graph.state import Json, State
from tools.code.workspace import open_again
from tools.code.worktrees import workspace_from
from tools.deps import Deps


def coordinator(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The number of the next stage, which is past the last where nothing is left to do or an agent was ended."""
    stages, handoffs = state["plan"]["stages"], handoffs_in(state)
    done = {(int(one["stage"]), one["agent"]) for one in handoffs}
    is_ended = any(one["ended"] for one in handoffs)
    open_stages = (number for number, names in enumerate(stages) if not {(number, name) for name in names} <= done)
    following = len(stages) if is_ended else next(open_stages, len(stages))
    return {"stage": following, "workspace": _workspace(state, config, deps)}


def _workspace(state: State, config: RunnableConfig, deps: Deps) -> Json:
    """The workspace of this request; after a rollback a new one, at the newest commit that is still part of it."""
    earlier, rollback = workspace_from(state["workspace"]), state.get("rollback", 0)
    if earlier.rollback == rollback:
        return state["workspace"]
    effects = Effects(deps.database(), required(config), Place(earlier.request_id, rollback), deps.now)
    commits = [one["commit"] for one in handoffs_in(state) if one["commit"]]
    return open_again(effects, earlier, commits[-1] if commits else earlier.start).to_json()
