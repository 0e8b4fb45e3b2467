"""Makes the plan, of one phase out of the route or of several out of a goal, and the workspace for it."""

import shlex
from functools import partial
from pathlib import Path

from langchain_core.runnables import RunnableConfig

from checkpoints.effects import Effects, Place
from checkpoints.fence import fence_of
from graph.errors import BadInput, Outage, Unavailable
from graph.settings import Settings
from graph.state import Json, State
from tools.agents.staff import registry_for, stages_for
from tools.code.repository import find_repository
from tools.code.self_test import open_sandbox
from tools.code.sweeping import sweep
from tools.code.workspace import open_workspace
from tools.deps import Deps
from tools.phases.asking import NoPlan
from tools.phases.beginning import Staff, goal_of, in_phases, is_phased
from tools.routing.workflows import said_beside_stages, workflows_of
from tools.spending import settings_for


def planner(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The stages and the workspace, or in one sentence why nobody can work. Without a model the request waits here.

    What the person has to change is said before a model is waited for, and nothing is made before there is one. A goal
    that is too large for one go gets phases, and the stages are those of its first.
    """
    from tools.agents.past_runs import known_without_model
    from tools.agents.waiting import wait_for_model

    task, route = state["task"], state["route"]
    fence = fence_of(config)
    if fence is None:
        return _failed("This graph keeps no threads, which work on code needs: use graph.master.open_graph().")
    if not task["project"]:
        return _unplaced(task)
    settings, project = settings_for(deps.settings(), task), Path(task["project"]).expanduser()
    effects = Effects(deps.database(), fence, Place(task["request_id"], state.get("rollback", 0)), deps.now)
    try:
        _refuse_own_folder(project, settings)
        sandbox = open_sandbox(settings.sandbox, is_attended=task["requester"] == "user")
        wait_for_model(settings, partial(known_without_model, deps.database(), task, route["task_type"]))
        sweep(deps.database())
        title = route["task_type"].replace("_", " ")
        goal = goal_of(state, project, settings, effects) if is_phased(task, route, settings) else None
        workspace = open_workspace(effects, project, title, bool(task.get("with_uncommitted")))
    except Outage:
        raise
    except (BadInput, Unavailable) as error:
        return _failed(str(error))
    except NoPlan as error:
        return {"outcome": {"status": "failure", "errors": [str(error)]}}
    registry = registry_for(workspace, settings)
    workflows = workflows_of(workspace.root / workspace.prefix, registry)
    warnings = [*workspace.warnings, *sandbox.warnings, *workflows.warnings]
    plan: Json = {"stages": stages_for(route["stages"], registry), "start": workspace.start, "warnings": warnings}
    plan |= said_beside_stages(workflows.get(route["task_type"]))
    made: State = {"plan": plan, "workspace": workspace.to_json(), "outcome": {}}
    staff = Staff(route["task_type"], registry, workflows)
    return made | in_phases(goal, plan, staff, settings.parallel_phases) if goal else made


def _refuse_own_folder(project: Path, settings: Settings) -> None:
    """Raise BadInput where nobody can work on the project, or it is one of the copies that Magnus works in itself."""
    root = find_repository(project).root.resolve()
    if root.is_relative_to(settings.data_dir.resolve()):
        raise BadInput(f"{root} lies among the data of Magnus itself: name your own checkout with --project.")


def _unplaced(task: Json) -> State:
    """Which project is meant is never guessed, not even from the folder somebody stands in."""
    failed = _failed("Say which project is meant: --project DIR, a folder with a git repository.")
    wish = task["prompt"] or "PROMPT"
    failed["outcome"]["next_steps"] = [f"magnus {shlex.quote(wish)} --project ."]
    return failed


def _failed(why: str) -> State:
    return {"outcome": {"status": "failure", "errors": [why], "bad_input": True}}
