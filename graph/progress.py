"""Carries one accepted request through the graph, from wherever it stands."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import RunControl
from langgraph.types import Command, StateSnapshot

from checkpoints.runs import Run, find_run, park
from graph.compiled import DurableGraph
from graph.errors import MagnusError
from graph.history import damage_of
from graph.protocol import Response
from graph.state import Json


class Damaged(MagnusError):
    """A thread whose newest step cannot be used; it is parked until somebody goes back to a good one."""


class Parked(MagnusError):
    """A run that killed its worker too often to be tried once more unasked."""


def steps(graph: DurableGraph, run: Run, answer: str | None, control: RunControl) -> Iterator[str]:
    """The name of each node as it ends, until the request is answered or a person has to be asked.

    Steps that a killed process left undone come first; then the request itself, where it never got in. `answer` is
    what the person said to the open question. Raises GraphDrained at the next step boundary once `control` asks for it.
    What is to be done is decided under the lease: anything read before it may be somebody's unfinished work.
    """
    with graph.leased({"configurable": {"thread_id": run.thread_id}}, control) as config:
        _refuse_unfit(graph, run)
        snapshot = graph.get_state(config)
        if _asks(snapshot, run):
            if answer is not None:
                yield from _stream(graph, Command(resume=answer), config, control)
            return
        if snapshot.created_at and not snapshot.interrupts:
            yield from _stream(graph, None, config, control)
        if not _is_settled(graph, run, config):
            yield from _stream(graph, {"request": run.request}, config, control)


def response_of(graph: DurableGraph, run: Run) -> Json:
    """The kept answer, or a `waiting` response with the question that is open."""
    kept = find_run(graph.deps.database(), run.request_id)
    if kept and kept.response:
        return kept.response
    question = question_of(graph, run.thread_id)
    waiting = Response(
        request_id=UUID(run.request_id),
        agent="magnus",
        status="waiting" if question else "partial",
        result=question or {},
        next_steps=[f"magnus resume {run.thread_id}{' ANSWER' if question else ''}"],
        thread_id=run.thread_id,
        timestamp=graph.deps.now(),
    )
    return waiting.model_dump(mode="json")


def question_of(graph: DurableGraph, thread_id: str) -> Json | None:
    """What a thread asks its person: kind, question, choices, details."""
    interrupts = graph.get_state({"configurable": {"thread_id": thread_id}}).interrupts
    question: Json | None = interrupts[0].value if interrupts else None
    return question


def _refuse_unfit(graph: DurableGraph, run: Run) -> None:
    if damage := damage_of(graph, run.thread_id):
        park(graph.deps.database(), run.request_id, damage)
        raise Damaged(damage)
    kept = find_run(graph.deps.database(), run.request_id)
    if kept and kept.status == "parked":
        why = kept.error or f"it killed its worker {kept.attempts} times."
        raise Parked(f"This run is parked: {why} `magnus resume {run.thread_id} --again` tries it once more.")


def _stream(graph: DurableGraph, given: Any, config: RunnableConfig, control: RunControl) -> Iterator[str]:
    for update in graph.stream(given, config, stream_mode="updates", control=control):
        yield from (node for node in update if not node.startswith("__"))


def _asks(snapshot: StateSnapshot, run: Run) -> bool:
    return bool(snapshot.interrupts) and _task_of(snapshot) == run.request_id


def _is_settled(graph: DurableGraph, run: Run, config: RunnableConfig) -> bool:
    kept = find_run(graph.deps.database(), run.request_id)
    return bool(kept and kept.is_finished) or _asks(graph.get_state(config), run)


def _task_of(snapshot: StateSnapshot) -> str | None:
    task: Json = snapshot.values.get("task") or {}
    return task.get("request_id")
