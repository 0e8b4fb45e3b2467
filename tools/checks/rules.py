"""The settings that judge a change: `.magnus.toml` of the project, always as the base of the change has it."""

import tomllib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import BadInput
from tools.checks.change import Change

FILE = ".magnus.toml"


class Frozen(BaseModel):
    """A part of the rules; a word it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Project(Frozen):
    """How the project is run: its Python ("" finds it), and the command of its tests ("" is pytest)."""

    python: str = ""
    tests: str = ""


class Gates(Frozen):
    """What passes. `may_skip` names gates that pass where they cannot look; patterns are those of .gitignore."""

    min_diff_coverage: float = Field(default=80, ge=0, le=100)
    min_score: float = Field(default=90, ge=0, le=100)
    may_skip: tuple[Literal["tests", "integration", "performance"], ...] = ()
    critical_paths: tuple[str, ...] = ()
    major_lines: int = Field(default=200, ge=1)
    major_files: int = Field(default=10, ge=1)
    mutants: int = Field(default=20, ge=0, le=500)
    attempts: int = Field(default=3, ge=1, le=10)
    timeout_s: float = Field(default=600, gt=0, le=7200)


class Query(Frozen):
    """A query that has to work on the project's schema, in `query_s` seconds of the limits."""

    name: str
    sql: str


class Integration(Frozen):
    """What has to work end to end: commands, Streamlit pages, queries on a scratch Postgres with these files."""

    commands: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    schema_files: tuple[str, ...] = ()


class Performance(Frozen):
    """Commands that are timed before and after, and limits; a slowdown counts beyond `tolerance_pct` and the noise."""

    benchmarks: tuple[str, ...] = ()
    runs: int = Field(default=7, ge=3, le=50)
    tolerance_pct: float = Field(default=10, ge=0, le=1000)
    query_s: float = Field(default=1, gt=0)
    page_s: float = Field(default=3, gt=0)
    memory_mb: float | None = Field(default=None, gt=0)


class Delivery(Frozen):
    """How a change reaches its person: a branch that stays, a merge into theirs, or a patch."""

    mode: Literal["branch", "merge", "patch"] = "branch"
    needs_approval: bool = False


class Rules(Frozen):
    """Everything `.magnus.toml` may say."""

    project: Project = Project()
    gates: Gates = Gates()
    integration: Integration = Integration()
    performance: Performance = Performance()
    delivery: Delivery = Delivery()


def rules_of(change: Change) -> Rules:
    """The rules of the base tree, so that no change decides how it is judged; raises BadInput where they are broken."""
    text = change.text(f"{change.prefix}{FILE}", change.base)
    try:
        return Rules.model_validate(tomllib.loads(text or ""))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{FILE} of the base cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{FILE} of the base: {place}: {first['msg']}.") from error
