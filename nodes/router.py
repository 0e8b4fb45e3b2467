"""Decides what a request is: its task type, its slots, and who would work on it."""

from graph.state import Json, State
from tools.routing.chosen import chosen
from tools.routing.router import route
from tools.routing.slots import parse_slots

ANSWERED = ("find_opportunities", "assess_risk", "market_data")
"""Task types that a node of this version carries out; every other one is named and politely left."""


def router(state: State) -> State:
    """The route; with it the outcome, where nobody can do the work yet."""
    decided = _decide(state)
    task_type = decided["task_type"]
    unsure = not decided["decided"] and state.get("answer") is None
    if unsure or task_type in ANSWERED:
        return {"route": decided | {"offered": _offered(decided)}}
    return {
        "route": decided,
        "outcome": {"status": "failure", "errors": [_why_not(task_type)], "next_steps": [EXAMPLE]},
    }


EXAMPLE = "magnus 'Find me high-premium opportunities under $30'"


def _decide(state: State) -> Json:
    task, answer = state["task"], state.get("answer")
    prompt = task["prompt"] or ""
    if asked := task.get("task"):
        return {**chosen(asked["action"], asked["details"], f"{prompt} {asked['target']}", "request")}
    earlier = "find_opportunities" if state.get("criteria") else None
    if answer is None:
        return {**route(prompt, earlier)}
    picked = answer.strip().lower().replace(" ", "_")
    if picked in state["route"]["offered"]:
        return {**chosen(picked, parse_slots(prompt), prompt, "user")}
    return {**route(f"{prompt}. {answer}", earlier)}


def _offered(route: Json) -> list[str]:
    """The task types a person is asked to choose from, likeliest first."""
    likely = [route["task_type"], *route["alternatives"]]
    return [task_type for task_type in dict.fromkeys(likely) if task_type != "unknown"][:3]


def _why_not(task_type: str) -> str:
    if task_type == "unknown":
        return (
            "That is nothing Magnus does: it finds and checks option trades, and it works on the code that helps "
            "with them. It never places an order."
        )
    return f"Magnus reads this as {task_type.replace('_', ' ')}, which this version cannot do yet."
