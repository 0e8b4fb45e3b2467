"""Looks whether phases that ran side by side are done; once all are, the first of them is brought into the task."""

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.effects import Effects
from checkpoints.fence import required
from graph.state import State
from tools.deps import Deps
from tools.phases.at_work import place_in, workspace_in, write_folder
from tools.phases.course import course_in


def check_lanes(state: State, config: RunnableConfig, deps: Deps) -> State:
    """More iterations for those whose criteria do not hold yet; else the next that is brought in, or none is left."""
    from tools.phases.lanes import brought_in, furnished, looked_at
    from tools.phases.looking import grown

    effects = Effects(deps.database(), required(config), place_in(state, str(state["stage"])), deps.now)
    writer, course = get_stream_writer(), course_in(state)
    assert course is not None
    state = {**state, "workspace": workspace_in(state, effects).to_json()}
    course = furnished(state, course, effects)
    course, more = looked_at(state, course, deps, lambda line: writer({"line": line}))
    state = {**state, "plan": grown(state["plan"], more, [])}
    course, plan, told = brought_in(state, course, effects, deps)
    warnings = write_folder({**state, "plan": plan}, course, effects, deps, "after the check")
    return {"phases": course.to_json(), "workspace": state["workspace"], "plan": grown(plan, [], [*told, *warnings])}
