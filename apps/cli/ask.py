"""`magnus "PROMPT"`: one request, from the sentence to the answer."""

from typing import Annotated
from uuid import uuid4

import typer

from apps.cli.options import Data, Json


def ask(
    prompt: Annotated[str, typer.Argument(help="What you want, in plain words.")],
    thread: Annotated[
        str | None, typer.Option(help="Go on in this thread: the sentence refines what was asked.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Carry out one request.

    Example: magnus 'Find me high-premium opportunities under $30'

    Example: magnus ask "now only under .25 delta" --thread THREAD
    """
    from apps.cli.running import desk
    from graph.protocol import read_request

    request = read_request({"request_id": str(uuid4()), "prompt": prompt, "data": data})
    with desk() as at:
        run = at.accept(request, thread)
        raise typer.Exit(at.carry_out(run, as_json=json))
