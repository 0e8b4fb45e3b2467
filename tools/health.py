"""The state of the system as plain data: for a sentence, a command, a dashboard or a monitor. It only reads."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime

from checkpoints.database import Database
from graph.errors import MagnusError
from graph.settings import Settings
from tools.condition import Json
from tools.ledger import stored_parts, unknown_parts
from tools.left_behind import worktrees_left
from tools.surroundings import disk, model, sandbox


def system_health(
    database: Callable[[], Database],
    settings: Settings,
    now: datetime,
    besides: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Json:
    """Every part with its condition, one sentence, its figures, their source and time; a database that is gone is told.

    `besides` is the id of a request that is not counted: the one that asks.
    """
    try:
        stored = [*stored_parts(database(), now, besides), *worktrees_left(database(), now)]
    except MagnusError as error:
        stored = unknown_parts(str(error), now)
    parts = [*stored, sandbox(settings, now, environ), disk(settings, now), model(settings, now, environ)]
    wrong = [part["name"] for part in parts if part["condition"] == "wrong"]
    return {
        "source": "system",
        "as_of": now.isoformat(),
        "healthy": not wrong,
        "wrong": wrong,
        "notes": [part["name"] for part in parts if part["condition"] == "note"],
        "parts": parts,
        "warnings": [],
    }
