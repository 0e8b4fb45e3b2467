"""What an agent gets from a scratch Postgres on its bench: the plan of a statement, or what psql prints."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tools.agents.bench import Bench
from tools.code.scratch_postgres import Asked, Kind, QueryResult, Scratch, ask
from tools.code.scratch_postgres_files import found_schema, known
from tools.code.scratch_postgres_plan import told

Json = dict[str, Any]
LONGEST_STATEMENT_S = 120
LONGEST_ARGV = 300
FEW_ROWS = 1000


@dataclass(frozen=True)
class Wanted:
    """What a scratch database is to be made of: files of the project, then files or SQL; as things were `before`?"""

    schema: Sequence[str] = ()
    seed: Sequence[str] = ()
    before: bool = False
    timeout_s: int = 30


def explained(bench: Bench, statement: str, wanted: Wanted) -> tuple[str, Json]:
    """The plan of one statement in words, and what the log keeps of it."""
    asked, head = _asked(bench, "plan", statement, wanted)
    result = asked.results[0]
    if not result.error:
        head.insert(1, f"{(result.seconds or 0) * 1000:.2f} ms, the middle of {result.runs} warm runs")
        head.append(told(result.plan))
    return _answer(result, head), _facts("explain analyze", result, asked, wanted)


def answered(bench: Bench, sql: str, wanted: Wanted) -> tuple[str, Json]:
    """What psql prints for some SQL, and what the log keeps of it."""
    asked, head = _asked(bench, "script", sql, wanted)
    result = asked.results[0]
    return _answer(result, [*head, result.output.rstrip()]), _facts("psql", result, asked, wanted)


def _asked(bench: Bench, kind: Kind, sql: str, wanted: Wanted) -> tuple[Asked, list[str]]:
    """The database asked, and the lines that say what it was made of."""
    limit_s = max(1, min(wanted.timeout_s, LONGEST_STATEMENT_S))
    with _scratch(bench, wanted) as (scratch, missing):
        asked = ask(scratch, kind, [sql], limit_s)
    failed = bool(asked.results[0].error)
    head = [f"exit code {int(failed)}", f"schema: {', '.join(scratch.schema) or 'none'}; {_tables(asked)}"]
    head += [f"{name} was not there before this task and is left out." for name in missing]
    return asked, [*head, *asked.notes]


@contextmanager
def _scratch(bench: Bench, wanted: Wanted) -> Iterator[tuple[Scratch, Sequence[str]]]:
    """What the database is made of, and the named files that were not there before; seeds are those of now."""
    if not wanted.before:
        yield Scratch(bench.sandbox, bench.root, wanted.schema or found_schema(bench.root), wanted.seed), ()
        return
    with bench.before() as folder:
        there, missing = known(folder, wanted.schema)
        schema = there if wanted.schema else found_schema(folder)
        yield Scratch(bench.sandbox, folder, schema, wanted.seed, bench.root), missing


def _tables(asked: Asked) -> str:
    rows = ", ".join(f"{name} {count}" for name, count in asked.tables.items()) or "no table"
    few = max(asked.tables.values(), default=0) < FEW_ROWS
    return f"rows: {rows}{'; a plan on so few proves nothing, so give `seeds`' if few else ''}"


def _answer(result: QueryResult, lines: Sequence[str]) -> str:
    return "\n".join(line for line in (*lines, result.error and f"ERROR: {result.error}") if line)


def _facts(program: str, result: QueryResult, asked: Asked, wanted: Wanted) -> Json:
    """The log's part: a statement that fails or takes too long has exit code 1."""
    argv = " ".join(f"{program} {result.statement}".split())[:LONGEST_ARGV]
    stopped_by = "time" if result.is_late else None
    facts = {"argv": argv, "before": wanted.before, "exit_code": int(bool(result.error)), "stopped_by": stopped_by}
    return facts | {"is_boxed": asked.is_boxed, "seconds": result.seconds}
