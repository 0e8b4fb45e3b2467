"""Backups: Postgres's own tools over our database. One of an older Magnus is upgraded, one of a newer is refused."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from checkpoints.binaries import binary
from checkpoints.database import Database
from checkpoints.schema import prepare
from checkpoints.tables import SCHEMA_VERSION, VERSION_TABLE, metadata
from graph.errors import BadInput, Unavailable

VERSION = re.compile(rf"^COPY [\w.]*{VERSION_TABLE} \(version_num\) FROM stdin;\n(\w+)$", re.MULTILINE)
FIRST = """
SET client_min_messages = warning;
BEGIN;
DROP TABLE IF EXISTS {tables};
DO $$ DECLARE ours regprocedure; BEGIN
    FOR ours IN SELECT oid FROM pg_proc WHERE starts_with(proname, 'magnus_') AND pg_function_is_visible(oid) LOOP
        EXECUTE 'DROP FUNCTION ' || ours;
    END LOOP;
END $$;
"""
"""A backup drops what it brings, but it does not know what later versions added, which would be in their way."""


def back_up(database: Database, file: Path) -> int:
    """Write the whole database to `file`, in one piece or not at all; returns its size in bytes."""
    if not file.absolute().parent.is_dir():
        raise BadInput(f"There is no folder {file.absolute().parent} to write {file.name} into.")
    part = file.with_name(f".{file.name}.part")
    try:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={database.url}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(database: Database, file: Path) -> None:
    """Put a backup in the place of everything in the database, in one transaction; an older one is then upgraded.

    Raises BadInput where it is no backup of Magnus, is damaged, or is of a newer version; nothing is changed then.
    """
    if not file.is_file():
        raise BadInput(f"There is no backup {file}.")
    _refuse_newer(file)
    database.close()
    _replace_everything(database.url, file)
    prepare(database.url, database.engine)


def _refuse_newer(file: Path) -> None:
    found = VERSION.search(_run("pg_restore", "--data-only", f"--table={VERSION_TABLE}", "--file=-", str(file)))
    if found is None:
        raise BadInput(f"{file} is no backup of Magnus: it has no table {VERSION_TABLE}. Nothing was changed.")
    if (version := found.group(1)) > SCHEMA_VERSION:
        raise BadInput(
            f"{file} was written by a newer Magnus (schema {version}, and this one knows {SCHEMA_VERSION}): "
            "install the newer version. Nothing was changed."
        )


def _replace_everything(url: str, file: Path) -> None:
    command = [str(binary("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
    with TemporaryFile() as said:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as psql:
            is_whole = psql.stdin is not None and _told_all(file, psql.stdin, said)
        if psql.returncode or not is_whole:
            raise BadInput(f"{_reason(said)}. Nothing was changed.")


def _told_all(file: Path, into: IO[bytes], said: IO[bytes]) -> bool:
    """Whether the server was told everything. It undoes what it did unless it hears the last word, which comes only
    after the whole backup; it hangs up at the first thing that does not work."""
    try:
        into.write(FIRST.format(tables=", ".join([*metadata.tables, VERSION_TABLE])).encode())
        is_whole = _pour(file, into, said)
        into.write(b"COMMIT;\n" if is_whole else b"ROLLBACK;\n")
        into.flush()
    except BrokenPipeError:
        return False
    finally:
        with suppress(BrokenPipeError):
            into.close()
    return is_whole


def _pour(file: Path, into: IO[bytes], said: IO[bytes]) -> bool:
    """Whether all statements of the backup could be read and handed on."""
    command = [str(binary("pg_restore")), "--clean", "--if-exists", "--no-owner", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as dump:
        if dump.stdout is not None:
            shutil.copyfileobj(dump.stdout, into)
    return dump.returncode == 0


def _reason(said: IO[bytes]) -> str:
    """The first thing that either program complained about."""
    said.seek(0)
    first = said.readline().decode(errors="replace").strip()
    return re.sub(r"^\w+(?::<stdin>:\d+)?: (?:error|ERROR): +", "", first).rstrip(".") or "psql did not say why"


def _run(tool: str, *arguments: str) -> str:
    done = subprocess.run([binary(tool), *arguments], capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = said[0].removeprefix(f"{tool}: ").removeprefix("error: ") if said else f"{tool} failed"
        raise (BadInput if tool == "pg_restore" else Unavailable)(f"{reason}. Nothing was changed.")
    return done.stdout
