"""`magnus approve` and `magnus reject`: a person's word on a change that waits for it, or that gates refused."""

from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.options import Json
from apps.cli.threads import ThreadId
from graph.errors import BadInput

if TYPE_CHECKING:
    from apps.cli.running import Desk
    from checkpoints.runs import Run


def approve(
    thread: ThreadId,
    why: Annotated[str, typer.Option(help="Why it is right; kept with your name.")] = "",
    emergency: Annotated[
        str | None, typer.Option(help="Deliver although gates refused it, for this reason; only at a terminal.")
    ] = None,
    json: Json = False,
) -> None:
    """Approve the change that a thread asks about: it is delivered.

    Example: magnus approve THREAD

    Example: magnus approve THREAD --emergency "The market opens in an hour."
    """
    from apps.cli.running import desk

    with desk() as at:
        run = at.runs(thread)[-1]
        if emergency is None:
            raise typer.Exit(_answer(at, run, True, why, json))
        from apps.cli.emergency import go_past_gates

        go_past_gates(at, run, emergency)


def reject(
    thread: ThreadId,
    why: Annotated[str, typer.Option(help="What is wrong with it; kept with your name.")],
    json: Json = False,
) -> None:
    """Reject the change that a thread asks about: nothing is delivered, its branch stays. The exit code is 1.

    Example: magnus reject THREAD --why "The table lost a column."
    """
    from apps.cli.running import desk

    if not why.strip():
        raise BadInput('Say why: magnus reject THREAD --why "...".')
    with desk() as at:
        raise typer.Exit(_answer(at, at.runs(thread)[-1], False, why, json))


def _answer(at: "Desk", run: "Run", is_approved: bool, why: str, as_json: bool) -> int:
    """Answer the open question of a thread, for the tree it is about and no other."""
    from apps.cli.person import person
    from graph.unfinished import APPROVED

    question, thread = at.asked(run), run.thread_id
    if question is None:
        raise BadInput(f"Thread {thread} asks nothing: `magnus show {thread}` tells how it stands.")
    if question["kind"] not in APPROVED:
        raise BadInput(f'Thread {thread} asks something else: answer with `magnus resume {thread} "..."`.')
    typer.echo(f"thread {thread}", err=True)
    tree = question["details"]["tree"]
    return at.carry_out(run, {"approved": is_approved, "why": why.strip(), "who": person(), "tree": tree}, as_json)
