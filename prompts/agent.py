"""One agent as its file describes it."""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

Level = Literal["builtin", "project", "user"]
Kind = Literal["specialist", "runtime"]
Priority = Literal["critical", "high", "medium", "low"]
Writes = Literal["nothing", "tests", "all"]

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
WRITES: tuple[Writes, ...] = get_args(Writes)


@dataclass(frozen=True, slots=True)
class Agent:
    """A role with a prompt and tools; `given` says which fields its file names, `refused` what it asked in vain."""

    name: str
    description: str
    prompt: str
    file: Path
    level: Level
    tools: tuple[str, ...]
    writes: Writes = "nothing"
    kind: Kind = "specialist"
    model: str | None = None
    max_turns: int | None = None
    capabilities: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    mandatory: bool = False
    priority: Priority = "medium"
    version: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    replaces: Path | None = None
    refused: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Under which the registry knows it."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """One spelling for `Code Reviewer`, `code-reviewer` and `code_reviewer`.

    >>> key_of("code-reviewer"), key_of("C++ Pro"), key_of("../../etc")
    ('code_reviewer', 'cpp_pro', 'etc')
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("+", "p").replace("#", "sharp")
    return re.sub(r"[\W_]+", "_", plain).strip("_")
