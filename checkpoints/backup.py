"""Backups: Postgres's own tools over our database."""

import os
import subprocess
from pathlib import Path

from checkpoints.binaries import binary
from checkpoints.database import Database
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


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run([binary(tool), *arguments], capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = said[0].removeprefix(f"{tool}: ").removeprefix("error: ") if said else f"{tool} failed"
        raise (BadInput if tool == "pg_restore" else Unavailable)(f"{reason}. Nothing was changed.")
