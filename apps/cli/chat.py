"""`magnus chat`: a conversation in one thread."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from apps.cli.options import Budget, Data, NoModel, Project, WithUncommitted, Yes
from graph.errors import MagnusError

if TYPE_CHECKING:
    from apps.cli.running import Desk

LEAVING = ("exit", "quit", "bye")
GOING_ON = ("resume", "go on", "continue")


def chat(
    thread: Annotated[str | None, typer.Option(help="Go on with this thread.")] = None,
    data: Data = None,
    project: Project = None,
    with_uncommitted: WithUncommitted = False,
    no_model: NoModel = False,
    budget: Budget = None,
    yes: Yes = False,
) -> None:
    """Talk with Magnus: each line refines or answers the one before. Ctrl-C stops a run, `resume` goes on with it,
    Ctrl-D leaves.

    Example: magnus chat --data sample
    """
    import readline  # noqa: F401  (gives input() a history)

    from apps.cli.running import desk

    options: dict[str, Any] = {"data": data, "project": project and str(project), "with_uncommitted": with_uncommitted}
    options |= {"no_model": no_model, "budget_usd": budget}
    with desk() as at:
        while line := _next_line():
            try:
                thread = _turn(at, line, thread, options, yes)
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


def _turn(at: "Desk", line: str, thread: str | None, options: dict[str, Any], is_approved: bool) -> str:
    """One line of the person: the answer to an open question, or a new request; returns the thread it went to.

    What stopped for want of money or a model asks nothing: it goes on with a word for that, and any other is a request.
    """
    from graph.progress import question_of
    from graph.protocol import read_request

    newest = at.runs(thread)[-1] if thread else None
    if newest and question_of(at.graph, newest.thread_id):
        run, answer = newest, line
    elif newest and not newest.is_finished and line.lower() in GOING_ON:
        run, answer = newest, None
    else:
        request = read_request({"request_id": str(uuid4()), "prompt": line, **options})
        run, answer = at.accept(request, thread), None
    at.carry_out(run, answer, is_approved=is_approved)
    return run.thread_id
