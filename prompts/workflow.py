"""One workflow as its file describes it: stages of agents, what each delivers, and what a change has to pass."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["specialist", "runtime"]
Level = Literal["builtin", "project"]

GATES = ("syntax", "tests", "integration", "review", "performance")
SUBJECTS = (
    "database",
    "docstrings",
    "documenting",
    "fixing",
    "measuring",
    "notifying",
    "reviewing",
    "slowness",
    "ui",
)
"""What `mentions` knows by one word; anything else is a phrase in quotes."""


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a stage calls: one agent by name, or whoever answers to a trigger; `when` are clauses that all hold."""

    agent: str = ""
    trigger: str = ""
    when: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stage:
    """Agents that work side by side, and what they have to leave; `after` names the stage before it, "" the last."""

    name: str
    calls: tuple[Call, ...]
    delivers: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """How one task type is worked on. `gates` are those that a change has to pass before it is delivered.

    `attempts` is how often a refused change goes back; None leaves that to the rules of the project. Nobody joins a
    `closed` one and no project changes it.
    """

    task_type: str
    description: str
    stages: tuple[Stage, ...]
    file: Path
    changes_code: bool
    gates: tuple[str, ...] = ()
    attempts: int | None = None
    kind: Kind = "specialist"
    closed: bool = False
    level: Level = "builtin"
