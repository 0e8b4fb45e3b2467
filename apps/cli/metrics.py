"""`magnus metrics`: how much was done, how well, and at what cost."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from apps.cli.options import Json


def metrics(
    since: Annotated[
        str | None, typer.Option(help="24h, 7d, 2w, a day such as 2026-11-02, yesterday or monday; else all there is.")
    ] = None,
    json: Json = False,
) -> None:
    """Count requests, models, agents, gates and deliveries, with every emergency; times of day are New York's.

    Example: magnus metrics

    Example: magnus metrics --since 7d --json
    """
    from apps.cli.answers import print_json
    from apps.cli.metrics_tables import show_metrics
    from checkpoints.database import opened
    from graph.settings import load_settings
    from tools.metrics import metrics as counted
    from tools.metrics import since_in

    now = datetime.now(UTC)
    moment = since_in(since, now) if since is not None else None
    with opened(load_settings()) as database:
        found = counted(database, now, moment)
    if json:
        print_json(found)
    else:
        show_metrics(found)
