"""`magnus "PROMPT"`: one request, from the sentence to the answer."""

from typing import Annotated, Any
from uuid import uuid4

import typer

from apps.cli.options import Budget, Data, Json, NoModel, Phased, Project, WithUncommitted, Yes


def ask(
    prompt: Annotated[str, typer.Argument(help="What you want, in plain words.")],
    thread: Annotated[
        str | None, typer.Option(help="Go on in this thread: the sentence refines what was asked.")
    ] = None,
    data: Data = None,
    project: Project = None,
    with_uncommitted: WithUncommitted = False,
    phased: Phased = None,
    no_model: NoModel = False,
    budget: Budget = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Carry out one request.

    Example: magnus 'Find me high-premium opportunities under $30'

    Example: magnus ask "now only under .25 delta" --thread THREAD

    Example: magnus "Fix the bug: dashboard crashes when premium is None" --project DIR

    Example: magnus "Implement complete auth system with JWT" --phased --project DIR
    """
    from apps.cli.running import desk
    from graph.protocol import read_request

    given: dict[str, Any] = {"request_id": str(uuid4()), "prompt": prompt, "data": data, "budget_usd": budget}
    given |= {"project": project and str(project), "with_uncommitted": with_uncommitted, "no_model": no_model}
    given |= {"phased": phased}
    request = read_request(given)
    with desk() as at:
        run = at.accept(request, thread)
        raise typer.Exit(at.carry_out(run, as_json=json, is_approved=yes))
