"""A company or a sector that a sentence names."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Entity:
    """A ticker or a sector at tokens `start` to `end` (exclusive)."""

    start: int
    end: int
    kind: Literal["symbol", "sector"]
    name: str
    rejected: bool = False
    dropped: bool = False
