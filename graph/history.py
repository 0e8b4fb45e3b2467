"""The steps of a thread: list them, find damage, go back to one."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

from checkpoints.runs import find_run, reopen
from checkpoints.steps import Step, drop_step, newest_step, steps_kept
from graph.compiled import DurableGraph
from graph.errors import BadInput
from graph.state import Json, flaw_in

DAMAGE = (ValueError, KeyError, TypeError, AttributeError, EOFError)
"""What reading a damaged row raises: bytes that do not decode, parts that are not there."""

UNREAD = frozenset({"__start__", "intake"})
"""What comes next while a request has not been accepted: its thread may be new, or have lost an earlier one so."""


def history_of(graph: DurableGraph, thread_id: str) -> list[Json]:
    """Every step of a thread, oldest first: its number, when it was kept, what comes next, any flaw."""
    return [_told(graph, thread_id, step) for step in steps_kept(graph.deps.database(), thread_id)]


def damage_of(graph: DurableGraph, thread_id: str) -> str | None:
    """What is wrong with the newest step of a thread and which step is the last good one, in a sentence; else None."""
    newest = newest_step(graph.deps.database(), thread_id)
    flaw = _flaw(graph, thread_id, newest) if newest else None
    if flaw is None:
        return None
    kept = steps_kept(graph.deps.database(), thread_id)
    good = next((step.number for step in reversed(kept[:-1]) if _flaw(graph, thread_id, step) is None), None)
    if good is None:
        return f"Step {kept[-1].number} of thread {thread_id} is damaged ({flaw}), and so are those before it."
    return (
        f"Step {kept[-1].number} of thread {thread_id} is damaged ({flaw}); the last good one is step {good}: "
        f"`magnus rollback {thread_id} --to {good}`."
    )


def roll_back(graph: DurableGraph, thread_id: str, number: int) -> None:
    """Make a step the newest one again and reopen its request; sound steps that came after it stay in the history.

    Raises BadInput for a step that is not kept, is damaged, or comes before the request was accepted.
    """
    kept = {step.number: step for step in steps_kept(graph.deps.database(), thread_id)}
    if (step := kept.get(number)) is None or step.parent_id is None or number < 1:
        numbers = ", ".join(str(one) for one in kept if one >= 1) or "none"
        raise BadInput(f"Thread {thread_id} cannot go back to step {number}; the steps that are kept: {numbers}.")
    if flaw := _flaw(graph, thread_id, step):
        raise BadInput(f"Step {number} of thread {thread_id} is damaged itself ({flaw}): choose an earlier one.")
    values, before = _snapshot(graph, thread_id, step.id).values, _snapshot(graph, thread_id, step.parent_id)
    run = find_run(graph.deps.database(), values["task"]["request_id"])
    if run is None:
        raise BadInput(f"The request of step {number} is not known any more, so nothing can be taken back.")
    for later in kept.values():
        if later.id > step.id and _flaw(graph, thread_id, later):
            drop_step(graph.deps.database(), thread_id, later)
    rollbacks = run.rollbacks + 1
    graph.update_state(_at(thread_id, step.id), {"rollback": rollbacks}, as_node=before.next[0])
    reopen(graph.deps.database(), run.request_id, rollbacks)


def _told(graph: DurableGraph, thread_id: str, step: Step) -> Json:
    flaw = _flaw(graph, thread_id, step)
    told: dict[str, Any] = {"step": step.number, "at": step.at, "next": [], "flaw": flaw}
    return told if flaw else told | {"next": list(_snapshot(graph, thread_id, step.id).next)}


def _flaw(graph: DurableGraph, thread_id: str, step: Step) -> str | None:
    try:
        snapshot = _snapshot(graph, thread_id, step.id)
    except DAMAGE as error:
        return f"it cannot be read: {type(error).__name__}"
    return flaw_in(snapshot.values, is_past_intake=step.number >= 1 and UNREAD.isdisjoint(snapshot.next))


def _snapshot(graph: DurableGraph, thread_id: str, checkpoint_id: str) -> StateSnapshot:
    return graph.get_state(_at(thread_id, checkpoint_id))


def _at(thread_id: str, checkpoint_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}
