"""Brings a judged change to its person, on evidence of all five gates for the very tree that is delivered."""

from dataclasses import replace
from datetime import datetime

from langchain_core.runnables import RunnableConfig

from checkpoints.deliveries import Approval, Unproven
from checkpoints.effects import Effects, Place
from checkpoints.fence import required
from graph.errors import BadInput
from graph.state import Json, State
from tools.checks.at_work import change_of_task, rows_of_task, task_workspace
from tools.checks.sending import send_change
from tools.checks.verdict import GATES
from tools.code.delivering import Moved, catch_up
from tools.code.worktrees import Workspace
from tools.deps import Deps
from tools.phases.at_work import workspace_in

MOST_MOVES = 2
"""How often a person's branch may go on before its change is left to them."""


def deliver(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Where the change is now, or in one sentence why it is not delivered.

    Where the person's branch has gone on, its new commits are merged into the task's, and the gates look again.
    """
    place = Place(state["task"]["request_id"], state.get("rollback", 0), stage="deliver")
    effects = Effects(deps.database(), required(config), place, deps.now)
    workspace = workspace_in(state, effects)
    state = {**state, "workspace": workspace.to_json()}
    change = change_of_task(state)
    rows = rows_of_task(state, change, deps)
    if red := [gate for gate in GATES if gate not in rows or rows[gate]["state"] not in ("passed", "skipped")]:
        return _refused(state, f"Not delivered: {', '.join(red)} did not pass on this tree.")
    try:
        sent = send_change(state, change, rows, effects, _approval(state))
    except Moved as error:
        return _caught_up(state, effects, task_workspace(state), str(error))
    except (BadInput, Unproven) as error:
        return _refused(state, str(error))
    told = {"request_id": state["task"]["request_id"], "state": "delivered", **vars(sent)}
    return {"delivery": told, "workspace": state["workspace"]}


def _caught_up(state: State, effects: Effects, workspace: Workspace, why: str) -> State:
    """The change on the newest commits of the person, which no gate has seen yet: what was found before is void."""
    request_id, before = state["task"]["request_id"], state.get("delivery") or {}
    moves = before.get("moves", 0) + 1 if before.get("request_id") == request_id else 1
    if moves > MOST_MOVES:
        return _refused(state, f"{why} It does so faster than the gates can look: run `git merge {workspace.branch}`.")
    try:
        start = catch_up(replace(effects, place=replace(effects.place, attempt=moves)), workspace)
    except BadInput as error:
        return _refused(state, str(error))
    moved = {"request_id": request_id, "state": "moved", "moves": moves}
    void: State = {"verdict": {}, "approval": {}, "workspace": state["workspace"]}
    return {**void, "delivery": moved, "plan": {**state["plan"], "start": start}}


def _refused(state: State, why: str) -> State:
    return {"delivery": {"request_id": state["task"]["request_id"], "state": "refused", "why": why}}


def _approval(state: State) -> Approval | None:
    given: Json = state.get("approval") or {}
    if not given.get("who"):
        return None
    return Approval(str(given["who"]), datetime.fromisoformat(given["at"]))
