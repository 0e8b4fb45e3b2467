"""The queries that the rules of a project declare, asked on a scratch Postgres made of its schema."""

from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import BadInput, Unavailable
from tools.checks.change import Change
from tools.checks.findings import Finding
from tools.checks.stand import Stand
from tools.code.beneath import Beneath
from tools.code.scratch_postgres import QueryResult, Scratch, run_queries
from tools.code.scratch_postgres_files import found_schema, is_file, known

PATIENCE_S = 20.0
"""How long a query may take where only its answer counts; the fifth gate looks at the time."""
LARGEST = 200_000


@dataclass
class Asked:
    """The answers by the name of each query; `trouble` says why there are none."""

    results: dict[str, QueryResult] = field(default_factory=dict)
    trouble: str = ""
    is_schema_broken: bool = False


def concerns_queries(stand: Stand) -> bool:
    """Whether a change touches what the declared queries run on."""
    queries = stand.rules.integration.queries
    named = {f"{stand.change.prefix}{name}" for name in stand.rules.integration.schema_files}
    named |= {f"{stand.change.prefix}{one.sql.strip()}" for one in queries if is_file(one.sql)}
    touched = {path for one in stand.change.files for path in (one.path, one.old_path)}
    is_sql = any(path.endswith(".sql") for path in touched)
    return bool(queries) and (bool(named & touched) or is_sql)


def ask_tree(stand: Stand, tree: str, limit_s: float = PATIENCE_S) -> Asked:
    """Every declared query on the schema of a tree."""
    folder = project_folder(stand, tree)
    queries = {one.name: text_of(folder, one.sql) for one in stand.rules.integration.queries}
    if missing := [name for name, text in queries.items() if not text.strip()]:
        return Asked(trouble=f"The query {missing[0]} is empty, or its file is not there.", is_schema_broken=True)
    named = stand.rules.integration.schema_files
    if named and (gone := known(folder, named)[1]):
        return Asked(trouble=f"{gone[0]}, of which the database is made, is not there.", is_schema_broken=True)
    schema = named or found_schema(folder)
    try:
        results = run_queries(Scratch(stand.sandbox, folder, schema), list(queries.values()), limit_s)
    except BadInput as error:
        return Asked(trouble=str(error), is_schema_broken=True)
    except Unavailable as error:
        return Asked(trouble=str(error))
    return Asked(dict(zip(queries, results, strict=True)))


def check_queries(stand: Stand) -> tuple[list[Finding], str]:
    """Findings for queries that do not work on the change, and why nobody could look, or ""."""
    new = ask_tree(stand, stand.change.tree)
    if new.trouble and not new.is_schema_broken:
        return [], new.trouble
    if not new.trouble and not any(one.error and not one.is_late for one in new.results.values()):
        return [], ""
    base = ask_tree(stand, stand.change.base)
    if new.trouble:
        is_old = base.trouble == new.trouble
        return [_finding(stand.change, f"The database cannot be made: {_first(new.trouble)}.", is_old)], ""
    return [
        _finding(stand.change, f"The query {name} does not work: {_first(one.error)}.", _is_old(base, name))
        for name, one in new.results.items()
        if one.error and not one.is_late
    ], ""


def _first(said: str) -> str:
    """What Postgres says before it shows the place."""
    return said.strip().splitlines()[0].rstrip(".")


def _is_old(base: Asked, name: str) -> bool:
    return bool(base.trouble) or bool(base.results[name].error)


def _finding(change: Change, told: str, is_old: bool) -> Finding:
    if is_old:
        return Finding("", 0, "fails-on-the-base-too", f"{told} So it was on the base.", "low", fails=False)
    path = next((one.path for one in change.files if one.path.endswith(".sql")), "")
    return Finding(path, 0, "query", told, "critical")


def project_folder(stand: Stand, tree: str) -> Path:
    """Where the files of the project lie in a tree."""
    folder = stand.folder(tree) / stand.change.prefix
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def text_of(folder: Path, sql: str) -> str:
    """A query as it is written, or what its file holds."""
    if not is_file(sql):
        return sql
    try:
        return Beneath(folder).read(sql.strip(), LARGEST).decode(errors="replace")
    except BadInput:
        return ""
