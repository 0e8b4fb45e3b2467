"""Looks, once the agents of an iteration are done, whether the success criteria of their phase hold; code decides."""

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.effects import Effects
from checkpoints.fence import required
from graph.state import State
from tools.deps import Deps
from tools.phases.at_work import place_in, workspace_in, write_folder


def check_phase(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Another iteration, the stages after a phase whose criteria hold, the gates, or the end of a phase that failed."""
    from tools.phases.looking import grown, look_at

    effects = Effects(deps.database(), required(config), place_in(state, str(state["stage"])), deps.now)
    workspace, writer = workspace_in(state, effects).to_json(), get_stream_writer()
    state = {**state, "workspace": workspace}
    course, more = look_at(state, deps, lambda line: writer({"line": line}))
    warnings = write_folder(state, course, effects, deps, "after the check")
    found: State = {"phases": course.to_json(), "workspace": workspace}
    return {**found, "plan": grown(state["plan"], more, warnings)} if more or warnings else found
