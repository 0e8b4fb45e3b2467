"""Bringing a database up to the tables this version knows, once, whoever comes first."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

import checkpoints.budget_tables
import checkpoints.evidence_tables
import checkpoints.position_tables  # noqa: F401  (they add their tables to the metadata)
from checkpoints.tables import (
    LANGGRAPH_TABLES,
    LANGGRAPH_VERSION,
    SCHEMA_VERSION,
    TRADING_TABLES,
    VERSION_TABLE,
    metadata,
)
from graph.errors import Unavailable

LOCK = 0x4D61676E7573
"""The advisory lock under which tables are made: the word Magnus in ASCII."""

LOCK_TIMEOUT_S = 120

MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(url: str, engine: Engine, adopt: bool = False) -> None:
    """Make or upgrade the tables; raises Unavailable where the database is somebody else's or from a newer Magnus.

    `adopt` is a person's yes to putting our tables beside tables that are theirs; theirs are never altered.
    """
    with engine.connect() as connection:
        if _is_current(connection):
            return
    with _alone(engine):
        with engine.begin() as connection:
            if schema_version(connection) != SCHEMA_VERSION:
                _refuse_strangers(connection, adopt)
                _upgrade(connection)
        _set_up_langgraph(url)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold the advisory lock. It is asked for again and again, not waited for inside Postgres: a waiting statement
    has a snapshot, and LangGraph's CREATE INDEX CONCURRENTLY would wait for that snapshot for ever."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar():
            if time.monotonic() > deadline:
                raise Unavailable("Another process has been upgrading this database for two minutes: try again later.")
            time.sleep(0.05)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})


def schema_version(connection: Connection) -> str | None:
    """The revision of this database, or None where Magnus has made no tables yet."""
    if not _tables(connection, [VERSION_TABLE]):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return version


def _is_current(connection: Connection) -> bool:
    version = schema_version(connection)
    if version is not None and version > SCHEMA_VERSION:
        raise Unavailable(
            f"This database was made by a newer Magnus (schema {version}, and this one knows {SCHEMA_VERSION}): "
            "install the newer version, or set MAGNUS_DATABASE_URL to another database. Nothing was changed."
        )
    return version == SCHEMA_VERSION and _langgraph_version(connection) >= LANGGRAPH_VERSION


def _langgraph_version(connection: Connection) -> int:
    if not _tables(connection, ["checkpoint_migrations"]):
        return -1
    version: int = connection.execute(text("SELECT coalesce(max(v), -1) FROM checkpoint_migrations")).scalar_one()
    return version


def _refuse_strangers(connection: Connection, adopt: bool) -> None:
    if schema_version(connection) is not None:
        return
    if clash := _tables(connection, [*metadata.tables]):
        raise Unavailable(
            f"This database already holds {_listed(clash)}, which Magnus did not make and will not alter: "
            "set MAGNUS_DATABASE_URL to another database. Nothing was changed."
        )
    if theirs := _tables(connection, [*TRADING_TABLES, *LANGGRAPH_TABLES]):
        if adopt:
            return
        raise Unavailable(
            f"This database already holds {_listed(theirs)}, which Magnus did not make. Say `magnus db upgrade --yes` "
            "to let it add its own tables beside them, or set MAGNUS_DATABASE_URL to another database. "
            "Nothing was changed."
        )


def _tables(connection: Connection, names: list[str]) -> list[str]:
    query = text("SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL")
    return list(connection.execute(query, {"names": names}).scalars())


def _listed(names: list[str]) -> str:
    return f"the table{'s' if len(names) > 1 else ''} {', '.join(sorted(names))}"


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "head")


def _set_up_langgraph(url: str) -> None:
    from checkpoints.saver import set_up

    set_up(url)
