"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graph.errors import BadInput


class Source(StrEnum):
    """Where numbers come from."""

    sample = "sample"
    stored = "stored"


Data = Annotated[
    Source | None,
    typer.Option(help="Where numbers come from; without it MAGNUS_DATA, else sample. A thread keeps its source."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.is_dir():
        raise BadInput(f"There is no folder {path}: name the one your git repository is in with --project.")
    return path


Project = Annotated[
    Path | None,
    typer.Option(callback=_folder, resolve_path=True, help="The git repository that coding agents work on."),
]
WithUncommitted = Annotated[
    bool, typer.Option("--with-uncommitted", help="Take along what is not committed in the project.")
]
Phased = Annotated[
    bool | None,
    typer.Option(
        "--phased/--no-phases", help="Break the goal into phases, or do not; without it the size of the goal decides."
    ),
]
NoModel = Annotated[bool, typer.Option("--no-model", help="Ask no model, even where there is one.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Approve the delivery if the project wants it approved; never a finding.")
]
Budget = Annotated[
    float | None,
    typer.Option(min=0, help="The most this may cost in US dollars; without it MAGNUS_BUDGET_USD, else 2."),
]
