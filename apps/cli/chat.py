"""`magnus chat`: a conversation in one thread."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from apps.cli.options import Budget, Data, NoModel, Project
from graph.errors import MagnusError

if TYPE_CHECKING:
    from apps.cli.running import Desk

LEAVING = ("exit", "quit", "bye")


def chat(
    thread: Annotated[str | None, typer.Option(help="Go on with this thread.")] = None,
    data: Data = None,
    project: Project = None,
    no_model: NoModel = False,
    budget: Budget = None,
) -> None:
    """Talk with Magnus: each line refines or answers the one before. Ctrl-C stops a run, Ctrl-D leaves.

    Example: magnus chat --data sample
    """
    import readline  # noqa: F401  (gives input() a history)

    from apps.cli.running import desk

    options = {"data": data, "project": project and str(project), "no_model": no_model, "budget_usd": budget}
    with desk() as at:
        while line := _next_line():
            try:
                thread = _turn(at, line, thread, options)
            except MagnusError as error:
                typer.echo(str(error), err=True)


def _next_line() -> str | None:
    """The next line that says something, or None at the end of the conversation."""
    while True:
        try:
            line = input("magnus> ").strip()
        except (EOFError, KeyboardInterrupt):
            return None
        if line.lower() in LEAVING:
            return None
        if line:
            return line


def _turn(at: "Desk", line: str, thread: str | None, options: dict[str, Any]) -> str:
    """One line of the person: the answer to an open question, or a new request; returns the thread it went to."""
    from graph.progress import question_of
    from graph.protocol import read_request

    if thread and question_of(at.graph, thread):
        run, answer = at.runs(thread)[-1], line
    else:
        request = read_request({"request_id": str(uuid4()), "prompt": line, **options})
        run, answer = at.accept(request, thread), None
    at.carry_out(run, answer)
    return run.thread_id
