"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Source(StrEnum):
    """Where numbers come from."""

    sample = "sample"
    stored = "stored"


Data = Annotated[
    Source | None,
    typer.Option(help="Where numbers come from; without it MAGNUS_DATA, else sample. A thread keeps its source."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
Project = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, resolve_path=True, help="The git repository that coding agents work on."
    ),
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Ask no model, even where there is one.")]
Budget = Annotated[
    float | None,
    typer.Option(min=0, help="The most this may cost in US dollars; without it MAGNUS_BUDGET_USD, else 2."),
]
