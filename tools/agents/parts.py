"""What the state remembers of an agent that worked apart from the others, until its work is merged."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.code.worktrees import Workspace

Json = dict[str, Any]


def with_part(part: Workspace, start: str) -> Json:
    """What a reference to a handoff has more where the work lies in a worktree of its own, begun at this commit."""
    return {"part": {"key": part.key, "folder": str(part.folder), "branch": part.branch, "start": start}}


def is_apart(reference: Mapping[str, Any]) -> bool:
    """Whether the work behind a handoff is still in a worktree of its own."""
    return "part" in reference


def tip_of(reference: Json) -> str:
    """The newest commit of an agent that works apart."""
    return str(reference["commit"] or reference["part"]["start"])


def part_of(reference: Json, workspace: Workspace) -> Workspace:
    """Its worktree."""
    part = reference["part"]
    own = {"key": part["key"], "folder": Path(part["folder"]), "branch": part["branch"], "start": part["start"]}
    return replace(workspace, agent=reference["agent"], part_of=workspace.key, **own)


def joined(reference: Json, **changes: str) -> Json:
    """The reference once nothing lies apart any more."""
    return {name: value for name, value in reference.items() if name != "part"} | changes
