"""What a person is asked before a delivery, and what their yes means for a gate that waits for them."""

from typing import Any

from checkpoints.budget import spent_of
from checkpoints.evidence import accept_finding
from checkpoints.fence import Fence
from graph.state import State
from tools.checks.at_work import change_of_task, look, rows_of_task, task_workspace
from tools.checks.rules import rules_of
from tools.checks.telling import gates_told
from tools.checks.verdict import GATES, WAITS
from tools.code.diffs import diff
from tools.deps import Deps

Json = dict[str, Any]
SHOWN_BYTES = 20_000


def asked(state: State, deps: Deps) -> Json | None:
    """The question with what changed, what the gates saw and what it cost; None where nobody has to be asked."""
    change = change_of_task(state)
    rows = rows_of_task(state, change, deps)
    waiting = [rows[gate]["waits_for"] for gate in GATES if rows[gate]["state"] == "waiting"]
    needs_approval = rules_of(change).delivery.needs_approval
    if not waiting and not needs_approval:
        return None
    workspace = task_workspace(state)
    found = diff(workspace, workspace.start, most_bytes=SHOWN_BYTES)
    spent = spent_of(deps.database(), state["task"]["request_id"])
    details: Json = {
        "tree": change.tree,
        "branch": workspace.branch,
        "start": workspace.start,
        "files": [vars(one) for one in found.changes],
        "diff": found.patch,
        "diff_is_cut": found.is_cut,
        "gates": gates_told(rows),
        "waits_for": waiting,
        "usd": float(spent.usd),
        "model_calls": spent.calls,
    }
    question = " ".join([*waiting, f"Shall the change on {workspace.branch} be delivered?"])
    return {
        "kind": "review" if waiting else "approve",
        "question": question,
        "choices": ["yes", "no"],
        "details": details,
    }


def changed_since(state: State) -> str:
    """Why nobody can approve any more what the gates saw; "" where it is still what there is."""
    workspace = task_workspace(state)
    if change_of_task(state).tree == state["evidence"]["tree"]:
        return ""
    return f"{workspace.branch} was changed after the gates had looked at it."


def accept_waiting(state: State, fence: Fence, deps: Deps, why: str, who: str) -> None:
    """The person looked where a gate needs one: their answer is kept for this tree, and the gate judged again."""
    change = change_of_task(state)
    rows = rows_of_task(state, change, deps)
    for gate in GATES:
        waits = [one for one in rows[gate]["findings"] if one["rule"].endswith(WAITS) and not one["accepted_by"]]
        for one in waits:
            accept_finding(deps.database(), change.tree, one["id"], who, why, deps.now())
        if waits:
            look(gate, state, fence, deps)
