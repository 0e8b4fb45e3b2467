"""Which SQL files of a project make its database, and in which order."""

import re
from collections.abc import Sequence
from pathlib import Path

from graph.errors import BadInput
from tools.code.beneath import Beneath
from tools.code.names import parts
from tools.code.scan import files_below

FOLDERS = {"db", "database", "sql", "schema", "schemas", "ddl", "migrate", "migration", "migrations"}
NOT_SCHEMA = re.compile(r"seed|fixture|sample|down|rollback|revert|test|benchmark", re.IGNORECASE)
WHOLE = re.compile(r"schema|structure|create_tables|^init", re.IGNORECASE)
DEFINES = re.compile(rb"\b(?:CREATE|ALTER)\s", re.IGNORECASE)
IS_FILE = re.compile(r"\S+\.sql", re.IGNORECASE)
EXTENSION = re.compile(r'\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w-]+)', re.IGNORECASE)
NAME = r'(\w+|"[^"\n]+")'
ROLE = re.compile(rf"\b(?:OWNER\s+TO|(?:GRANT|REVOKE)\b[^;]*?\b(?:TO|FROM)|FOR\s+ROLE)\s+{NAME}", re.IGNORECASE)
MADE_ROLE = re.compile(rf"\bCREATE\s+(?:ROLE|USER)\s+(?:IF\s+NOT\s+EXISTS\s+)?{NAME}", re.IGNORECASE)
WAY_BACK = re.compile(r"^--\s*(?:\+goose\s+down|migrate:down|!downs)\b", re.IGNORECASE | re.MULTILINE)
"""Where a migration tool's file begins to undo what it has done."""
LARGEST = 2_000_000
MOST_FILES = 500
NOTHING = "No SQL file that makes tables was found: name some in `schema_files`, or give CREATE statements in `seeds`."


def found_schema(folder: Path) -> tuple[str, ...]:
    """The files that make the database: whole schemas first, then migrations and their like by number and name."""
    place = Beneath(folder)
    likely = [
        one.path for one in files_below(place) if one.kind == "file" and one.size <= LARGEST and _may_be(one.path)
    ]
    return tuple(
        sorted((path for path in likely[:MOST_FILES] if DEFINES.search(place.read(path, LARGEST))), key=_order)
    )


def known(folder: Path, files: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those of the files that are in the folder, and those that are not."""
    place = Beneath(folder)
    there = [path for path in files if _is_there(place, path)]
    return there, [path for path in files if path not in there]


def is_file(seed: str) -> bool:
    """Whether a seed is the path of a file and no SQL by itself.

    >>> is_file("tests/seed.sql"), is_file("INSERT INTO t VALUES (1)")
    (True, False)
    """
    return IS_FILE.fullmatch(seed.strip()) is not None


def text_of(folder: Path, path: str) -> str:
    """What a file holds; nothing for one so large that it is data."""
    try:
        return Beneath(folder).read(path, LARGEST).decode(errors="surrogateescape")
    except BadInput:
        return ""


def forth(text: str) -> str:
    """A migration without the part that takes it back.

    >>> forth("CREATE TABLE t ();\\n-- migrate:down\\nDROP TABLE t;")
    'CREATE TABLE t ();\\n'
    """
    back = WAY_BACK.search(text)
    return text[: back.start()] if back else text


def extensions_in(text: str) -> list[str]:
    """The extensions that some SQL asks for."""
    return list(dict.fromkeys(EXTENSION.findall(text)))


def roles_in(text: str) -> list[str]:
    """The roles, as they are written, that some SQL takes for granted.

    >>> roles_in("ALTER TABLE t OWNER TO app; CREATE ROLE ro; GRANT SELECT ON t TO ro;")
    ['app']
    """
    return sorted({*ROLE.findall(text)} - {*MADE_ROLE.findall(text)})


def _may_be(path: str) -> bool:
    *folders, name = path.split("/")
    if not name.lower().endswith(".sql") or NOT_SCHEMA.search(path):
        return False
    return bool(WHOLE.search(name)) or any(folder.lower() in FOLDERS for folder in folders)


def _order(path: str) -> tuple[bool, int, list[tuple[int, str]]]:
    """Schemas before what changes them, and 2 before 10.

    >>> sorted(["migrations/V10__b.sql", "migrations/V2__a.sql", "db/schema.sql"], key=_order)
    ['db/schema.sql', 'migrations/V2__a.sql', 'migrations/V10__b.sql']
    """
    is_whole = bool(WHOLE.search(path.rpartition("/")[2]))
    pieces = [(int(piece or 0), "") if piece.isdigit() else (0, piece) for piece in re.split(r"(\d+)", path)]
    return not is_whole, path.count("/") if is_whole else 0, pieces


def _is_there(place: Beneath, path: str) -> bool:
    try:
        *folders, name = parts(path)
        found = {one.path.rpartition("/")[2]: one.kind for one in place.entries("/".join(folders))}
    except (BadInput, ValueError):
        return False
    return found.get(name) == "file"
