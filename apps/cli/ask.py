"""`magnus "PROMPT"`: one request, from the sentence to the answer."""

from typing import Annotated
from uuid import uuid4

import typer

from apps.cli.options import Budget, Data, Json, NoModel, Project


def ask(
    prompt: Annotated[str, typer.Argument(help="What you want, in plain words.")],
    thread: Annotated[
        str | None, typer.Option(help="Go on in this thread: the sentence refines what was asked.")
    ] = None,
    data: Data = None,
    project: Project = None,
    no_model: NoModel = False,
    budget: Budget = None,
    json: Json = False,
) -> None:
    """Carry out one request.

    Example: magnus 'Find me high-premium opportunities under $30'

    Example: magnus ask "now only under .25 delta" --thread THREAD
    """
    from apps.cli.running import desk
    from graph.protocol import read_request

    given = {"request_id": str(uuid4()), "prompt": prompt, "data": data, "no_model": no_model, "budget_usd": budget}
    request = read_request(given | {"project": project and str(project)})
    with desk() as at:
        run = at.accept(request, thread)
        raise typer.Exit(at.carry_out(run, as_json=json))
