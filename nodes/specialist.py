"""Runs one agent of the register in the workspace of its task; what its file allows is all it can do."""

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.effects import Place
from checkpoints.fence import required
from graph.handoffs import handoffs_in
from graph.state import State
from tools.agents.assignment import Assignment
from tools.agents.staff import registry_for
from tools.code.self_test import open_sandbox
from tools.code.worktrees import workspace_from
from tools.deps import Deps
from tools.spending import settings_for


def specialist(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The handoff of the agent this was sent for. After a kill the agent goes on where it was."""
    from tools.agents.shift import Foreman

    task, workspace = state["task"], workspace_from(state["workspace"])
    settings = settings_for(deps.settings(), task)
    writer = get_stream_writer()
    foreman = Foreman(
        database=deps.database(),
        fence=required(config),
        settings=settings,
        registry=registry_for(workspace, settings),
        request_id=task["request_id"],
        now=deps.now,
        tell=lambda line: writer({"line": line}),
    )
    sandbox = open_sandbox(settings.sandbox, is_attended=task["requester"] == "user")
    earlier = foreman.handoffs(handoffs_in(state))
    part = Assignment(
        task_type=state["route"]["task_type"],
        wish=wish_of(state),
        stages=state["plan"]["stages"],
        stage=state["stage"],
        handoffs=earlier,
        files=foreman.bench(workspace, sandbox).changed(),
        folder=workspace.prefix,
    )
    place = Place(task["request_id"], state.get("rollback", 0), phase="1", stage=str(state["stage"]))
    agent = foreman.registry.agents[state["agent"]]
    return {"handoffs": [foreman.send(agent, part, workspace, place, sandbox)]}


def wish_of(state: State) -> str:
    """What the person said, with the answer to a question if there was one."""
    named = state["task"].get("task") or {}
    said = [state["task"]["prompt"], named.get("target"), state.get("answer")]
    return ". ".join(filter(None, said))
