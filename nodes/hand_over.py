"""Tells what a task on code came to: who did what, which commits on which branch, and the diff."""

from langchain_core.runnables import RunnableConfig

from checkpoints.artifacts import fetch, keep
from checkpoints.effects import Effects, Place
from checkpoints.fence import required
from graph.handoffs import handoffs_in
from graph.state import Json, State
from tools.code.diffs import diff, log
from tools.code.workspace import remove_workspace
from tools.code.worktrees import is_ready, workspace_from
from tools.deps import Deps


def hand_over(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The outcome; the worktree goes, the branch with its commits stays for the person."""
    thread_id, workspace = state["task"]["thread_id"], workspace_from(state["workspace"])
    if not is_ready(workspace):
        return {"outcome": state["outcome"]}
    found = diff(workspace, workspace.start)
    told = [fetch(deps.database(), thread_id, one["handoff"]) for one in handoffs_in(state)]
    result: Json = {
        "branch": workspace.branch,
        "base": workspace.base,
        "commits": [vars(one) for one in log(workspace, since=workspace.start)],
        "files": [change.file for change in found.changes],
        "diff": found.patch,
        "diff_is_cut": found.is_cut,
        "handoffs": told,
    }
    digest = keep(deps.database(), thread_id, result)
    place = Place(workspace.request_id, workspace.rollback)
    outcome = _outcome(state, digest, workspace.branch)
    remove_workspace(Effects(deps.database(), required(config), place, deps.now), workspace)
    return {"outcome": outcome}


def _outcome(state: State, digest: str, branch: str) -> Json:
    handoffs = handoffs_in(state)
    ended = [f"{one['agent']} did not finish: {one['ended']}" for one in handoffs if one["ended"]]
    doubts = [f"{one['unproven']} of the claims of {one['agent']} are unproven." for one in handoffs if one["unproven"]]
    return {
        "status": "partial" if ended else "success",
        "artifact": digest,
        "errors": ended,
        "warnings": [*state["plan"]["warnings"], *doubts],
        "next_steps": [f"git log -p {branch}"],
    }
