"""Carries one accepted request through the graph, from wherever it stands."""

from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import RunControl
from langgraph.types import Command, StateSnapshot

from checkpoints.runs import Run, find_run, park
from graph.compiled import DurableGraph
from graph.errors import BadInput, MagnusError
from graph.history import damage_of
from graph.protocol import Response
from graph.state import Json
from graph.unfinished import cut_off, stopped, waiting

Tell = Callable[[str], None]


class Damaged(MagnusError):
    """A thread whose newest step cannot be used; it is parked until somebody goes back to a good one."""


class Parked(MagnusError):
    """A run that killed its worker too often to be tried once more unasked."""


def steps(
    graph: DurableGraph, run: Run, answer: str | Json | None, control: RunControl, tell: Tell | None = None
) -> Iterator[str]:
    """The name of each node as it ends, until the request is answered or a person has to be asked.

    Steps that a killed process left undone come first; then the request itself, where it never got in. `answer` is
    what the person said to the open question; a budget or a model that was missing needs none, it is looked at again.
    `tell` gets a line for each thing an agent does. Raises GraphDrained at the next step boundary once `control` asks
    for it, and BadInput for an approval that nobody asks for any more. What is to be done is decided under the lease:
    anything read before it may be somebody's unfinished work.
    """
    with graph.leased({"configurable": {"thread_id": run.thread_id}}, control) as config:
        _refuse_unfit(graph, run)
        snapshot = graph.get_state(config)
        if _asks(snapshot, run):
            if (going_on := _resumed(snapshot, answer)) is not None:
                yield from _stream(graph, going_on, config, control, tell)
            return
        if isinstance(answer, dict):
            raise BadInput(f"Thread {run.thread_id} asks nothing any more: `magnus show {run.thread_id}` tells why.")
        if snapshot.created_at and not snapshot.interrupts:
            yield from _stream(graph, None, config, control, tell)
        if not _is_settled(graph, run, config):
            yield from _stream(graph, {"request": run.request}, config, control, tell)


def response_of(graph: DurableGraph, run: Run) -> Json:
    """The kept answer; where there is none yet, the question that is open, or what is missing and how to go on."""
    kept = find_run(graph.deps.database(), run.request_id)
    if kept and kept.response:
        return kept.response
    return _unfinished(graph, run).model_dump(mode="json")


def question_of(graph: DurableGraph, thread_id: str) -> Json | None:
    """What a thread asks its person: kind, question, choices, details; None where only money or a model is missing."""
    return next((one.value for one in _snapshot(graph, thread_id).interrupts if not _is_stop(one.value)), None)


def _unfinished(graph: DurableGraph, run: Run) -> Response:
    if question := question_of(graph, run.thread_id):
        return waiting(run, question, graph.deps)
    snapshot = _snapshot(graph, run.thread_id)
    if _asks(snapshot, run):
        return stopped(run, [one.value for one in snapshot.interrupts], snapshot, graph.deps)
    return cut_off(run, graph.deps)


def _resumed(snapshot: StateSnapshot, answer: str | Json | None) -> Command[Any] | None:
    """What goes on: every agent that waits for money or a model, and whoever asked, if there is an answer."""
    replies: dict[str, Any] = {one.id: True for one in snapshot.interrupts if _is_stop(one.value)}
    if answer is not None:
        replies |= {one.id: answer for one in snapshot.interrupts if not _is_stop(one.value)}
    return Command(resume=replies) if replies else None


def _is_stop(asked: Json) -> bool:
    return bool(asked["kind"] == "budget")


def _refuse_unfit(graph: DurableGraph, run: Run) -> None:
    if damage := damage_of(graph, run.thread_id):
        park(graph.deps.database(), run.request_id, damage)
        raise Damaged(damage)
    kept = find_run(graph.deps.database(), run.request_id)
    if kept and kept.status == "parked":
        why = kept.error or f"it killed its worker {kept.attempts} times."
        raise Parked(f"This run is parked: {why} `magnus resume {run.thread_id} --again` tries it once more.")


def _stream(
    graph: DurableGraph, given: Any, config: RunnableConfig, control: RunControl, tell: Tell | None
) -> Iterator[str]:
    for mode, chunk in graph.stream(given, config, stream_mode=["updates", "custom"], control=control):
        if mode == "updates":
            yield from (node for node in chunk if not node.startswith("__"))
        elif tell and "line" in chunk:
            tell(chunk["line"])


def _asks(snapshot: StateSnapshot, run: Run) -> bool:
    return bool(snapshot.interrupts) and _task_of(snapshot) == run.request_id


def _is_settled(graph: DurableGraph, run: Run, config: RunnableConfig) -> bool:
    kept = find_run(graph.deps.database(), run.request_id)
    return bool(kept and kept.is_finished) or _asks(graph.get_state(config), run)


def _task_of(snapshot: StateSnapshot) -> str | None:
    task: Json = snapshot.values.get("task") or {}
    return task.get("request_id")


def _snapshot(graph: DurableGraph, thread_id: str) -> StateSnapshot:
    return graph.get_state({"configurable": {"thread_id": thread_id}})
