"""How far each phase has come: what the pages of a feature folder are written from, beside the plan."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["open", "in progress", "complete", "failed", "blocked"]


@dataclass(frozen=True)
class Standing:
    """One phase: its status, what was done and found, the handoff it left, if any, and its iterations one by one."""

    status: Status = "open"
    progress: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()
    handoff: str = ""
    runs: tuple[str, ...] = ()
