"""Runs a request at a terminal: accepts it, shows each step as it ends, prints the answer."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from uuid import uuid4

import typer
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from apps.cli.answers import print_json, show_response
from apps.cli.person import person
from apps.cli.signals import draining
from apps.cli.tidying import sweep_leftovers
from checkpoints.budget import add_usd
from checkpoints.leases import refuse_if_busy
from checkpoints.runs import Run, accept, runs_of
from checkpoints.saver import outages_told
from graph.compiled import DurableGraph
from graph.errors import BadInput
from graph.history import damage_of
from graph.master import open_graph
from graph.progress import question_of, response_of, steps
from graph.protocol import Request
from graph.state import Json
from graph.unfinished import APPROVED
from tools.work_text import printable

DONE, NO, BAD_INPUT, WAITING, PARTIAL = 0, 1, 2, 3, 4
EXIT_CODES = {"success": DONE, "failure": NO, "waiting": WAITING, "partial": PARTIAL}


@dataclass(frozen=True)
class Desk:
    """The graph, open for one command or one conversation."""

    graph: DurableGraph

    def accept(self, request: Request, thread_id: str | None = None) -> Run:
        """Write the request down; from here on it is never lost, and its thread is told first.

        Raises Busy, and keeps nothing, where another process runs the thread.
        """
        database = self.graph.deps.database()
        earlier = self.runs(thread_id) if thread_id else []
        if thread_id:
            refuse_if_busy(database, thread_id, self.graph.deps.settings().lease_s)
        source = earlier[0].source if earlier else request.data or self.graph.deps.settings().data
        task = request.model_dump(mode="json")
        run = accept(database, task, thread_id or str(uuid4()), source, self.graph.deps.now())
        typer.echo(f"thread {run.thread_id}", err=True)
        return run

    def runs(self, thread_id: str) -> list[Run]:
        """The requests of a thread, oldest first; raises BadInput where there is no such thread."""
        if runs := runs_of(self.graph.deps.database(), thread_id):
            return runs
        raise BadInput(f"There is no thread {thread_id}: `magnus threads` lists them.")

    def answer(self, run: Run) -> Json | None:
        """What came of a request so far; None where it was closed without an answer, or cannot be read any more."""
        is_readable = not run.is_finished and damage_of(self.graph, run.thread_id) is None
        return response_of(self.graph, run) if is_readable else run.response

    def allow_more(self, run: Run, usd: float) -> None:
        """Add to the budget of a request that is not over; raises Busy, and adds nothing, where somebody runs it."""
        if run.is_finished:
            return
        database = self.graph.deps.database()
        refuse_if_busy(database, run.thread_id, self.graph.deps.settings().lease_s)
        add_usd(database, run.request_id, Decimal(str(usd)))

    def carry_out(
        self, run: Run, answer: str | Json | None = None, as_json: bool = False, is_approved: bool = False
    ) -> int:
        """Run to the end or to the next question, and print what came of it; returns the exit code.

        A delivery that only has to be approved may be approved beforehand; what a gate wants looked at may not.
        """
        try:
            self._follow(run, self._signed(run, answer))
            if is_approved and (question := self.asked(run)) and question["kind"] == "approve":
                yes = {"approved": True, "why": "--yes", "who": person(), "tree": question["details"]["tree"]}
                self._follow(run, yes)
        except (KeyboardInterrupt, GraphDrained):
            typer.echo(_stopped(run), err=True)
            return PARTIAL
        sweep_leftovers(self.graph.deps.database())
        response = response_of(self.graph, run)
        (print_json if as_json else show_response)(response)
        return _exit_code(response)

    def asked(self, run: Run) -> Json | None:
        """The question this request has open, if it is the newest of its thread."""
        return question_of(self.graph, run.thread_id) if response_of(self.graph, run)["status"] == "waiting" else None

    def _signed(self, run: Run, answer: str | Json | None) -> str | Json | None:
        """Words on a delivery with the name of who says them."""
        question = self.asked(run) if isinstance(answer, str) else None
        is_about_delivery = question is not None and question["kind"] in APPROVED
        return {"said": answer, "who": person()} if is_about_delivery else answer

    def _follow(self, run: Run, answer: str | Json | None) -> None:
        began, control = monotonic(), RunControl()
        with draining(control, _stopped(run), PARTIAL):
            for node in steps(self.graph, run, answer, control, _tell):
                typer.echo(f"  {node:<16} {monotonic() - began:5.2f} s", err=True)
                began = monotonic()


def _tell(line: str) -> None:
    """A thing an agent does, at the moment it does it."""
    typer.echo(f"    {printable(line)}", err=True)


def _stopped(run: Run) -> str:
    return f"\nStopped. Go on with: magnus resume {run.thread_id}"


def _exit_code(response: Json) -> int:
    """A trade that breaks a limit, or a system with something wrong, is a plain answer, and the answer is no."""
    if response["bad_input"]:
        return BAD_INPUT
    result = response["result"]
    is_no = result.get("valid") is False or result.get("healthy") is False
    return NO if is_no else EXIT_CODES[response["status"]]


@contextmanager
def desk() -> Iterator[Desk]:
    """The real graph on the real database."""
    gc.freeze()
    gc.enable()
    with outages_told(), open_graph() as graph:
        yield Desk(graph)
