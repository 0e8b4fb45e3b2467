"""The to-do list of a request: the tasks its planner named, and which of them are done."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.handoffs import handoffs_in

Json = dict[str, Any]


def todo_in(handoffs: Sequence[Json]) -> list[Json]:
    """Each task of the newest planner with its title, its owner, and whether that one has handed over since.

    Who was ended is not done, nor is work that still lies apart from that of the task.
    """
    places = [place for place, one in enumerate(handoffs) if one.get("tasks")]
    if not places:
        return []
    later = handoffs[places[-1] + 1 :]
    finished = {one["agent"] for one in later if not one["ended"] and "part" not in one}
    return [{**task, "done": task["owner"] in finished} for task in handoffs[places[-1]]["tasks"]]


def todo_of(state: Mapping[str, Any]) -> list[Json]:
    """The list of the newest request of a thread; [] where no planner named a task in it."""
    return todo_in(handoffs_in(state)) if state.get("task") else []
