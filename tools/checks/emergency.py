"""The only way past a red gate: a person's word, given at a terminal, for a change that was judged and refused."""

from checkpoints.deliveries import Approval, latest_deliveries
from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence
from graph.errors import BadInput
from graph.state import Json, State
from tools.checks.at_work import change_of_task, rows_of_task, task_workspace
from tools.checks.sending import send_change
from tools.checks.verdict import GATES
from tools.code.delivering import Delivered
from tools.code.workspace import home_of, remove
from tools.code.worktrees import ensure, git_beside, head_of, locked
from tools.deps import Deps


def red_gates(state: State, deps: Deps) -> list[Json]:
    """The evidence of the gates that failed on the newest commit of a request.

    Raises BadInput where that is gone, is delivered, has not been before all five, or has nothing to go past.
    """
    workspace = task_workspace(state)
    if not workspace.common_dir.is_dir() or not head_of(git_beside(workspace), workspace):
        raise BadInput(f"The branch {workspace.branch} is gone: ask for the task anew.")
    change, thread_id = change_of_task(state), state["task"]["thread_id"]
    if any(row["tree"] == change.tree for row in latest_deliveries(deps.database(), thread_id=thread_id)):
        raise BadInput(f"The change on {workspace.branch} was delivered already: `magnus show {thread_id}` tells how.")
    rows = rows_of_task(state, change, deps)
    if missing := [gate for gate in GATES if gate not in rows]:
        raise BadInput(
            f"{', '.join(missing)} have not looked at {workspace.branch}: only what was judged is delivered."
        )
    red = [rows[gate] for gate in GATES if rows[gate]["state"] == "failed"]
    if not red:
        raise BadInput(f"No gate is red on {workspace.branch}, so there is no emergency.")
    return red


def deliver_past_gates(state: State, fence: Fence, deps: Deps, approval: Approval) -> Delivered:
    """Deliver the newest commit of a request although gates refused it, once, and keep by whose word."""
    red_gates(state, deps)
    change, workspace = change_of_task(state), task_workspace(state)
    place = Place(state["task"]["request_id"], state.get("rollback", 0), stage="emergency")
    effects = Effects(deps.database(), fence, place, deps.now)
    with locked(home_of(effects), workspace.key) as held:
        ensure(workspace, held, is_new=False)
    try:
        return send_change(state, change, rows_of_task(state, change, deps), effects, approval)
    finally:
        remove(home_of(effects), workspace, with_branch=False)
