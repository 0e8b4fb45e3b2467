"""Makes a plan of one phase out of the route, and the workspace in which it is carried out."""

from pathlib import Path

from langchain_core.runnables import RunnableConfig

from checkpoints.effects import Effects, Place
from checkpoints.fence import fence_of
from graph.errors import BadInput, Unavailable
from graph.state import Json, State
from tools.agents.staff import registry_for, serial
from tools.agents.waiting import wait_for_model
from tools.code.self_test import open_sandbox
from tools.code.workspace import open_workspace
from tools.deps import Deps
from tools.spending import settings_for


def planner(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The stages and the workspace, or in one sentence why nobody can work. Without a model the request waits here."""
    task, route = state["task"], state["route"]
    fence = fence_of(config)
    if fence is None:
        return _failed("This graph keeps no threads, which work on code needs: use graph.master.open_graph().")
    if not task["project"]:
        return _failed("Say which project is meant: --project DIR, a folder with a git repository.")
    settings = settings_for(deps.settings(), task)
    wait_for_model(settings)
    place = Place(task["request_id"], state.get("rollback", 0))
    try:
        sandbox = open_sandbox(settings.sandbox, is_attended=task["requester"] == "user")
        effects = Effects(deps.database(), fence, place, deps.now)
        project, title = Path(task["project"]).expanduser(), route["task_type"].replace("_", " ")
        workspace = open_workspace(effects, project, title, bool(task.get("with_uncommitted")))
    except (BadInput, Unavailable) as error:
        return _failed(str(error))
    plan: Json = {
        "stages": serial(route["stages"], registry_for(workspace, settings)),
        "warnings": [*workspace.warnings, *sandbox.warnings],
    }
    return {"plan": plan, "workspace": workspace.to_json(), "outcome": {}}


def _failed(why: str) -> State:
    return {"outcome": {"status": "failure", "errors": [why], "bad_input": True}}
