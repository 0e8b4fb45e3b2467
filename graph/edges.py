"""Where a request goes next: pure functions of the state."""

from typing import Literal

from graph.state import State

OPERATED = ("check_health", "sync_data", "manage_alert")
"""Task types that are about Magnus itself, and not about a trade."""


def after_intake(state: State) -> Literal["router", "respond"]:
    """A request that was answered before, or cannot be read, needs no router."""
    return "respond" if state.get("response") or state.get("outcome") else "router"


def after_router(state: State) -> Literal["clarify", "trade", "operate", "learn"]:
    """Work for a node of ours, a question to the person, or an outcome that only has to be told."""
    if state.get("outcome"):
        return "learn"
    if not state["route"]["decided"] and state.get("answer") is None:
        return "clarify"
    return "operate" if state["route"]["task_type"] in OPERATED else "trade"


def after_clarify(state: State) -> Literal["router", "learn"]:
    """Back with the answer; straight on where nobody could be asked."""
    return "learn" if state.get("outcome") else "router"
