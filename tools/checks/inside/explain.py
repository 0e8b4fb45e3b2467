"""Runs in the box: which tables SQLite would read from end to end for each of some statements, and which by an index.

It stands alone. The database is empty and in memory: SQLite chooses by its schema as long as nothing was analysed.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

STEP = re.compile(r"^(SCAN|SEARCH) (?:TABLE )?(\S+)(.*)$")
NEEDS = re.compile(r"current statement uses (\d+)")


def main(job: dict[str, Any]) -> dict[str, Any]:
    """The answer to a job: for each tree the plans of its queries on its schema."""
    told = {name: [plan(one["schema"], query) for query in one["queries"]] for name, one in job["trees"].items()}
    return {"sqlite": sqlite3.sqlite_version, "trees": told}


def plan(schema: list[str], query: str) -> dict[str, Any]:
    """The tables of one statement by how they are read, or why nobody knows."""
    database = sqlite3.connect(":memory:")
    for statement in schema:
        try:
            database.execute(statement)
        except (sqlite3.Error, sqlite3.Warning):
            continue
    try:
        steps = [str(row[3]) for row in explain(database, f"EXPLAIN QUERY PLAN {query}")]
    except (sqlite3.Error, sqlite3.Warning) as error:
        return {"error": str(error)}
    finally:
        database.close()
    found: dict[str, Any] = {"scanned": [], "searched": {}}
    for step in steps:
        match = STEP.match(step)
        if match and match[1] == "SEARCH":
            columns = re.findall(r"(\w+)\s*(?:[=<>]|IS\b)", match[3].partition("(")[2])
            found["searched"].setdefault(match[2], []).extend(columns)
        elif match:
            found["scanned"].append(match[2])
    return found


def explain(database: sqlite3.Connection, words: str) -> list[Any]:
    """The rows of an explanation; what a statement leaves open is nothing."""
    try:
        return database.execute(words).fetchall()
    except sqlite3.ProgrammingError as error:
        match = NEEDS.search(str(error))
        if not match:
            raise
        return database.execute(words, (None,) * int(match[1])).fetchall()
