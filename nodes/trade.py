"""Carries out a trading request at the desk of its thread; needs no model."""

from checkpoints.artifacts import keep
from graph.state import State
from tools.answering import Asked, answer
from tools.deps import Deps
from tools.desk import desk_of


def trade(state: State, deps: Deps) -> State:
    """The answer of the trading tools; what this thread has gathered is kept only where the request made sense."""
    task, route = state["task"], state["route"]
    said = [task["prompt"], (task.get("task") or {}).get("target"), state.get("answer")]
    asked = Asked(". ".join(filter(None, said)), route["slots"], state.get("criteria") or {})
    found = answer(route["task_type"], asked, desk_of(deps, state["source"]))
    if found.error:
        steps = [found.next_step] if found.next_step else []
        return {"outcome": {"status": "failure", "errors": [found.error], "next_steps": steps, "bad_input": True}}
    digest = keep(deps.database(), task["thread_id"], found.result)
    outcome = {"status": "success", "artifact": digest, "warnings": found.result["warnings"]}
    return {"criteria": dict(found.criteria), "outcome": outcome}
