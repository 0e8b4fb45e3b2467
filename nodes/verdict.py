"""Reads the evidence of all five gates on the newest commit of the task, and says whether it may be delivered."""

from langchain_core.runnables import RunnableConfig

from checkpoints.evidence import log_of
from checkpoints.fence import required
from graph.state import Json, State
from tools.checks.at_work import change_of_task, rows_of_task, task_workspace
from tools.checks.rules import rules_of
from tools.checks.verdict import GATES
from tools.deps import Deps


def verdict(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Passed, waiting, or failed; a change that failed goes back with the evidence as long as tries are left."""
    from tools.agents.rework import evidence_kept, failures_in, reworked
    from tools.agents.staff import registry_for

    required(config)
    change = change_of_task(state)
    rows = rows_of_task(state, change, deps)
    before = _before(state)
    found: Json = {
        "request_id": state["task"]["request_id"],
        "attempt": before.get("attempt", 0) + 1,
        "state": _state_of(rows),
        "evidence": {gate: row["id"] for gate, row in rows.items()},
    }
    if found["state"] != "failed":
        return {"verdict": found}
    found["failures"] = failures_in(rows)
    is_repeated = found["failures"] == before.get("failures")
    if found["attempt"] > state["plan"].get("attempts", rules_of(change).gates.attempts):
        return {"verdict": found}
    logs = {one["log"]: log_of(deps.database(), one["log"]) for row in rows.values() for one in row["commands"]}
    digest = evidence_kept(deps.database(), state["task"]["thread_id"], rows, logs)
    registry = registry_for(task_workspace(state), deps.settings())
    return {"verdict": {**found, "state": "again"}, "plan": reworked(state["plan"], registry, is_repeated, digest)}


def _before(state: State) -> Json:
    """The verdict that sent this change back; another one was about something else, and its attempts do not count."""
    earlier = state.get("verdict") or {}
    is_this = earlier.get("request_id") == state["task"]["request_id"]
    return earlier if is_this and earlier["state"] == "again" else {}


def _state_of(rows: dict[str, Json]) -> str:
    """A gate without evidence on this tree is one that failed."""
    states = {rows[gate]["state"] if gate in rows else "failed" for gate in GATES}
    return "failed" if "failed" in states else "waiting" if "waiting" in states else "passed"
