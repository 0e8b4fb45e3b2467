"""Tells what a task on code came to: who did what, which commits on which branch, what the gates saw, and the diff."""

from langchain_core.runnables import RunnableConfig

from checkpoints.artifacts import fetch, keep
from checkpoints.effects import Effects, Place
from checkpoints.fence import required
from graph.handoffs import ended_in, handoffs_in
from graph.state import Json, State
from tools.agents.handoff_files import write_handoffs
from tools.agents.redaction import own_secrets
from tools.checks.at_work import change_of_task, rows_of_task, task_workspace
from tools.checks.telling import delivery_of, gates_told, judged, steps_on
from tools.code.diffs import diff, log
from tools.code.workspace import home_of, remove_workspace
from tools.code.worktrees import Workspace, ensure, locked
from tools.deps import Deps
from tools.phases.at_work import phases_in, write_folder
from tools.phases.ending import course_at_end, unfinished


def hand_over(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The outcome; the worktree goes, the branch with its commits stays for the person.

    What is told is read and kept before the worktree goes, so that a kill in between changes nothing of it.
    """
    workspace = task_workspace(state)
    place = Place(workspace.request_id, workspace.rollback)
    effects = Effects(deps.database(), required(config), place, deps.now)

    def tell() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
        return _outcome(state, workspace, deps)

    outcome = effects.effect("hand over", "resend", {"branch": workspace.branch}, tell)
    if course := course_at_end(state):
        write_folder(state, course, effects, deps, "at the end")
    remove_workspace(effects, workspace, with_branch=not outcome["has_commits"])
    return {"outcome": outcome}


def _outcome(state: State, workspace: Workspace, deps: Deps) -> Json:
    result = own_secrets().removed(_result(state, workspace, deps))
    result["handoffs"] = write_handoffs(deps.settings().data_dir, workspace.request_id, result["handoffs"])
    handoffs, course = handoffs_in(state), course_at_end(state)
    ended = [f"{one['agent']} did not finish: {one['ended']}" for one in ended_in(state["plan"], handoffs)]
    missing = unfinished(course) if course else ended
    status, why = ("partial", missing) if missing else judged(state, result["gates"])
    doubts = [f"{one['unproven']} of the claims of {one['agent']} are unproven." for one in handoffs if one["unproven"]]
    return {
        "status": status,
        "artifact": keep(deps.database(), state["task"]["thread_id"], result),
        "errors": why,
        "warnings": [*state["plan"]["warnings"], *doubts],
        "next_steps": steps_on(state, result),
        "has_commits": bool(result["commits"]),
    }


def _result(state: State, workspace: Workspace, deps: Deps) -> Json:
    """The result of the response; a branch without a commit is gone in the end, and not named."""
    found = diff(workspace, workspace.start)
    commits = [vars(one) for one in log(workspace, since=workspace.start)]
    changes = [vars(change) for change in found.changes]
    thread_id = state["task"]["thread_id"]
    return {
        "project": str(workspace.root),
        "branch": workspace.branch if commits else None,
        "base": workspace.base,
        "start": workspace.start,
        "commits": commits,
        "files": [change["file"] for change in changes],
        "changes": changes,
        "diff": found.patch,
        "diff_is_cut": found.is_cut,
        "gates": gates_told(rows_of_task(state, change_of_task(state), deps)) if commits else [],
        "delivery": delivery_of(state),
        "handoffs": [fetch(deps.database(), thread_id, one["handoff"]) for one in handoffs_in(state)],
        **phases_in(state, course_at_end(state), deps),
    }
