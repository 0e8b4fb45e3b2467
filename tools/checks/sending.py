"""A judged change is sent to its person and put on record, in one way for every door."""

from checkpoints.deliveries import Approval, record_delivery
from checkpoints.effects import Effects
from graph.state import Json, State
from tools.checks.at_work import subject_of_task, task_workspace
from tools.checks.change import Change
from tools.checks.rules import rules_of
from tools.checks.verdict import GATES
from tools.code.delivering import Delivered, deliver


def send_change(
    state: State, change: Change, rows: dict[str, Json], effects: Effects, approval: Approval | None
) -> Delivered:
    """Deliver the change of a task as its project's rules say, once, and record on which evidence and whose word.

    Raises what `tools.code.delivering.deliver` and `checkpoints.deliveries.record_delivery` raise.
    """
    sent = deliver(effects, task_workspace(state), rules_of(change).delivery.mode, change.tree)
    record_delivery(
        effects.database,
        effects.place.key(change.tree),
        subject_of_task(state, change),
        what=state["route"]["task_type"],
        mode=sent.mode,
        branch=sent.into,
        evidence_ids=[rows[gate]["id"] for gate in GATES],
        now=effects.now(),
        commit=sent.commit,
        approval=approval,
        fence=effects.fence,
    )
    return sent
