"""Looks for option trades with the trading tools; needs no model."""

from checkpoints.artifacts import keep
from graph.errors import BadInput
from graph.state import State
from tools.deps import Deps
from tools.wheel import find_opportunities, merge_slots


def trade(state: State, deps: Deps) -> State:
    """The opportunities for what this thread has asked so far; the criteria are kept only when they made sense."""
    criteria, notes = merge_slots(state.get("criteria") or {}, state["route"]["slots"])
    try:
        result = find_opportunities(deps.market(state["source"]), criteria, deps.settings())
    except BadInput as error:
        return {"outcome": {"status": "failure", "errors": [str(error)], "bad_input": True}}
    digest = keep(deps.database(), state["task"]["thread_id"], result)
    outcome = {"status": "success", "artifact": digest, "warnings": [*notes, *result["warnings"]]}
    return {"criteria": criteria, "outcome": outcome}
