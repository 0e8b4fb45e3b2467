"""The keys of a thread's state that belong to work on code, beside those of every request."""

from typing import Annotated

from graph.state import Json, State


def handed(left: list[Json], right: list[Json]) -> list[Json]:
    """Handoffs of one request: a newer request drops those of the one before, and one that comes twice counts once."""
    request_id = right[-1]["request_id"] if right else None
    kept = {(one["stage"], one["agent"]): one for one in left if request_id in (None, one["request_id"])}
    return list((kept | {(one["stage"], one["agent"]): one for one in right}).values())


def handoffs_in(state: "Work") -> list[Json]:
    """Those of the request that is at work; the state may still hold what one before it left."""
    return [one for one in state.get("handoffs", []) if one["request_id"] == state["task"]["request_id"]]


class Work(State, total=False):
    """Plain values, as everywhere in the state; what is large is kept beside it under a digest."""

    plan: Json
    """Written by planner: stages of agents, warnings. Read by coordinator, the edges, specialist and hand_over."""
    workspace: Json
    """Written by planner, and by coordinator after a rollback: the worktree. Read by specialist and hand_over."""
    stage: int
    """Written by coordinator: the stage that is next, or past the last. Read by the edges and specialist."""
    handoffs: Annotated[list[Json], handed]
    """Written by specialist: a reference for each agent that is done. Read by coordinator, specialist, hand_over."""
    agent: str
    """Given by the edge that sends an agent: which one. Read by specialist, and never kept."""
