"""Queries that found their rows by an index and read whole tables now, on the project's schema and without its data.

SQLite says it by itself. Postgres is asked with sequential scans switched off, so that it takes an index wherever one
can be used, however few rows there are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from graph.errors import BadInput, Unavailable
from tools.checks.declared_queries import project_folder
from tools.checks.errand import ErrandFailed, send
from tools.checks.findings import Finding, Json
from tools.checks.sql_in_code import Query, Sql, spelled, sql_of, statements
from tools.checks.stand import Stand
from tools.code.limits import Ran
from tools.code.scratch_postgres import Scratch, ask
from tools.code.scratch_postgres_files import found_schema, known, text_of

MOST = 60
ALIKE = 0.6
SHOWN = 80
ASKING = (
    "\\pset format unaligned\n\\pset tuples_only on\nSET enable_seqscan = off;\nEXPLAIN (GENERIC_PLAN, FORMAT JSON) "
)
LIMIT_S = 5.0


@dataclass(frozen=True)
class Way:
    """How one statement finds its rows: tables read whole, and those found by an index, with its columns."""

    scanned: frozenset[str]
    searched: Mapping[str, frozenset[str]]


@dataclass
class Looked:
    """What came of it; `trouble` says why nobody could look."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    pairs: int = 0
    trouble: str = ""


Pair = tuple[Query, Query]
Ways = list[Way | None]


def lost_indexes(stand: Stand) -> Looked:
    """Findings for the queries of the code that are changed, or all where the schema is."""
    change, looked = stand.change, Looked()
    if not any(one.is_python or one.old_path.endswith((".py", ".sql")) for one in change.files):
        return looked
    old, new = (_whole(stand, tree) for tree in (change.base, change.tree))
    pairs = _pairs(old, new, {one.path: one.old_path for one in change.files})[:MOST]
    if not pairs or not old.schema:
        return looked
    looked.pairs = len(pairs)
    ask_both = _sqlite if new.is_sqlite or old.is_sqlite else _postgres
    try:
        before, now = ask_both(stand, pairs, old, new, looked)
    except (BadInput, Unavailable) as error:
        looked.trouble = str(error)
        return looked
    except ErrandFailed as error:
        looked.trouble = f"{error}."
        looked.commands.append(error.ran)
        return looked
    for (_, query), was, is_now in zip(pairs, before, now, strict=True):
        looked.findings += _lost(query, was, is_now) if was and is_now else []
    return looked


def _files(stand: Stand, tree: str) -> Sequence[str]:
    folder = project_folder(stand, tree)
    named = stand.rules.integration.schema_files
    return known(folder, named)[0] if named else found_schema(folder)


def _whole(stand: Stand, tree: str) -> Sql:
    """The SQL in code and the schema of the SQL files before what code makes."""
    folder = project_folder(stand, tree)
    files = [one for name in _files(stand, tree) for one in statements(text_of(folder, name))]
    found = sql_of(stand.change, tree)
    return replace(found, schema=(*files, *found.schema))


def _pairs(old: Sql, new: Sql, renamed: Mapping[str, str]) -> list[Pair]:
    """The queries with what they were: at the same place, else the most similar of the same file."""
    found, left = [], dict(old.queries)
    strangers = []
    for place, query in new.queries.items():
        before = left.pop(place.replace(query.path, renamed.get(query.path, query.path), 1), None)
        if before is None:
            strangers.append(query)
        else:
            found.append((before, query))
    for query in strangers:
        near = [one for one in left.values() if one.path == renamed.get(query.path, query.path)]
        best = max(near, key=lambda one: _likeness(one, query), default=None)
        if best is not None and _likeness(best, query) >= ALIKE:
            found.append((left.pop(best.place), query))
    is_same = old.schema == new.schema
    return [(before, now) for before, now in found if not is_same or before.sql.split() != now.sql.split()]


def _likeness(one: Query, other: Query) -> float:
    return SequenceMatcher(None, one.sql, other.sql, autojunk=False).ratio()


def _sqlite(stand: Stand, pairs: list[Pair], old: Sql, new: Sql, looked: Looked) -> tuple[Ways, Ways]:
    both = {
        name: {"schema": sql.schema, "queries": [spelled(pair[place].sql, numbered=False) for pair in pairs]}
        for place, (name, sql) in enumerate((("base", old), ("now", new)))
    }
    told, ran = send(stand, "explain", {"trees": both}, what="The queries", python=stand.own_python)
    looked.commands.append(ran)
    looked.versions["sqlite"] = str(told["sqlite"])
    before, now = ([_way_of(one) for one in told["trees"][name]] for name in ("base", "now"))
    return before, now


def _way_of(told: Json) -> Way | None:
    if "error" in told:
        return None
    searched = {table: frozenset(columns) for table, columns in told["searched"].items()}
    return Way(frozenset(told["scanned"]), searched)


def _postgres(stand: Stand, pairs: list[Pair], old: Sql, new: Sql, looked: Looked) -> tuple[Ways, Ways]:
    found: list[Ways] = []
    for place, tree, sql in ((0, stand.change.base, old), (1, stand.change.tree, new)):
        scratch = Scratch(
            stand.sandbox, project_folder(stand, tree), _files(stand, tree), [f"{one};" for one in _in_code(stand, sql)]
        )
        words = [f"{ASKING}{spelled(pair[place].sql, numbered=True)};" for pair in pairs]
        found.append([_planned(one.output) for one in ask(scratch, "script", words, LIMIT_S).results])
    return found[0], found[1]


def _in_code(stand: Stand, sql: Sql) -> list[str]:
    """What only the code makes; the files load by themselves."""
    texts = {
        one
        for tree in (stand.change.base, stand.change.tree)
        for name in _files(stand, tree)
        for one in statements(text_of(project_folder(stand, tree), name))
    }
    return [one for one in sql.schema if one not in texts]


def _planned(output: str) -> Way | None:
    """The way of a plan of PostgreSQL."""
    start = output.find("[")
    try:
        plan = json.loads(output[start : output.rfind("]") + 1])[0]["Plan"]
    except (ValueError, KeyError, IndexError):
        return None
    scanned, searched = set(), {}
    for node in _nodes(plan):
        if table := node.get("Relation Name"):
            condition = node.get("Index Cond") or node.get("Recheck Cond")
            if condition:
                searched[table] = frozenset(re.findall(r"\w+", str(condition)))
            else:
                scanned.add(str(table))
    return Way(frozenset(scanned), searched)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _lost(query: Query, was: Way, now: Way) -> Iterator[Finding]:
    """Tables that were found by a column the query still speaks of, and are read from end to end now."""
    words = set(re.findall(r"\w+", query.sql.lower()))
    for table, columns in was.searched.items():
        column = next((one for one in sorted(columns) if one.lower() in words), "")
        if column and table in now.scanned and table not in now.searched:
            short = " ".join(query.sql.split())[:SHOWN]
            told = f"`{short}` found rows of {table} by an index on {column} and reads the whole table now."
            yield Finding(query.path, query.line, "slower-query", told, is_acceptable=True)
