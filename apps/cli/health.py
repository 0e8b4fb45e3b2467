"""`magnus health`: the state of the system, and exit code 1 where something is wrong."""

from contextlib import ExitStack
from datetime import UTC, datetime

import typer

from apps.cli.options import Json


def health(json: Json = False) -> None:
    """Look at the database, the work in it, feeds, sandbox, disk and model; exit 1 where one of them is wrong.

    Example: magnus health

    Example: magnus health --json
    """
    from apps.cli.answers import print_json
    from apps.cli.health_tables import show_health
    from checkpoints.database import opened
    from graph.settings import load_settings
    from tools.health import system_health

    settings, now = load_settings(), datetime.now(UTC)
    with ExitStack() as stack:
        result = system_health(lambda: stack.enter_context(opened(settings)), settings, now)
    if json:
        print_json(result)
    else:
        show_health(result, now)
    raise typer.Exit(not result["healthy"])
