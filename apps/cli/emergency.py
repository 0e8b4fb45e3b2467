"""Past a red gate in an emergency: by a person at a terminal, who is shown what they go past."""

from typing import cast

import typer
from langgraph.runtime import RunControl

from apps.cli.person import is_at_a_terminal, person
from apps.cli.running import Desk
from apps.cli.work import show_gates
from checkpoints.deliveries import Approval
from checkpoints.fence import required
from checkpoints.runs import Run
from graph.errors import BadInput
from graph.state import State
from tools.checks.emergency import deliver_past_gates, red_gates
from tools.code.delivering import Moved
from tools.work_text import where_delivered


def go_past_gates(at: Desk, run: Run, reason: str) -> None:
    """Deliver what the newest request of a thread came to although gates refused it; who and why is kept for good."""
    if not (is_at_a_terminal() and (run.request.get("requester") or "user") == "user"):
        raise BadInput("Only a person at a terminal goes past a gate: type this command there yourself.")
    if not reason.strip():
        raise BadInput('Say what the emergency is: magnus approve THREAD --emergency "...".')
    if run.status != "failed":
        raise BadInput(f"Thread {run.thread_id} has nothing that gates refused: `magnus show {run.thread_id}`.")
    graph = at.graph
    with graph.leased({"configurable": {"thread_id": run.thread_id}}, RunControl()) as config:
        state = cast(State, graph.get_state(config).values)
        if not state.get("workspace") or state["workspace"]["request_id"] != run.request_id:
            raise BadInput(f"Thread {run.thread_id} changed nothing, so there is nothing to deliver.")
        show_gates(red_gates(state, graph.deps))
        approval = Approval(person(), graph.deps.now(), emergency=reason.strip())
        try:
            sent = deliver_past_gates(state, required(config), graph.deps, approval)
        except Moved as error:
            branch = state["workspace"]["branch"]
            raise BadInput(f"{error} Nothing was delivered: `git merge {branch}` brings the two together.") from error
    typer.echo(where_delivered(vars(sent)))
    typer.echo(f"Kept: {approval.who} went past the gates, since: {approval.emergency}", err=True)
