"""Backups and pruning: Postgres's own tools over our database."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import text

from checkpoints.binaries import binary
from checkpoints.database import Database
from checkpoints.runs import finished_threads
from checkpoints.saver import open_saver
from graph.errors import BadInput, Unavailable


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
    """Put a backup in the place of everything in the database, in one transaction."""
    if not file.is_file():
        raise BadInput(f"There is no backup {file}.")
    _run("pg_restore", "--list", str(file))
    database.close()
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run("pg_restore", *options, f"--dbname={database.url}", str(file))


def prune(database: Database) -> tuple[int, int, int]:
    """Keep only the last checkpoint of finished threads; returns threads pruned, bytes before, bytes after."""
    threads, before = finished_threads(database), checkpoint_bytes(database)
    with open_saver(database) as saver:
        saver.prune(threads, strategy="keep_latest")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            connection.execute(text(f"VACUUM FULL {table}"))
    return len(threads), before, checkpoint_bytes(database)


def checkpoint_bytes(database: Database) -> int:
    """What LangGraph's checkpoints take on disk, indexes included."""
    sizes = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(CAST(:names AS text[])) AS name"
    with database.begin() as connection:
        names = ["checkpoints", "checkpoint_blobs", "checkpoint_writes"]
        return int(connection.execute(text(sizes), {"names": names}).scalar_one())


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run([binary(tool), *arguments], capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = said[0].removeprefix(f"{tool}: ").removeprefix("error: ") if said else f"{tool} failed"
        raise (BadInput if tool == "pg_restore" else Unavailable)(f"{reason}. Nothing was changed.")
