"""Options that several commands share."""

from enum import StrEnum
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
