"""Databases for tests: one embedded server a test session, a fresh database a test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest
from command import Magnus

from checkpoints.database import Database, open_database
from checkpoints.engine import database_url, stop
from graph.settings import Settings

NUMBERS = count()
MEMORY = "/dev/shm"
ROOM_BYTES = 1_000_000_000


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder with a short path, in memory where there is room: most of a first start is waiting for the disk."""
    is_roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with TemporaryDirectory(prefix="magnus-", dir=MEMORY if is_roomy else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def server_settings(scratch: Path) -> Iterator[Settings]:
    settings = Settings(data_dir=scratch / "shared")
    database_url(settings)
    yield settings
    stop(settings)


@pytest.fixture(scope="session")
def template(server_settings: Settings) -> str:
    """The name of a database that has our tables and is never connected to again."""
    open_database(server_settings).close()
    return "magnus"


@pytest.fixture
def settings(server_settings: Settings, template: str) -> Iterator[Settings]:
    """Settings of a fresh database with all tables."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        yield settings


@pytest.fixture
def empty_settings(server_settings: Settings) -> Iterator[Settings]:
    """Settings of a database without any table."""
    with fresh_database(server_settings, "TEMPLATE template0") as settings:
        yield settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()


@contextmanager
def fresh_database(server: Settings, how: str) -> Iterator[Settings]:
    """A database made `how` says, dropped at the end whoever is still connected."""
    url, name = database_url(server), f"test_{next(NUMBERS)}"
    with closing(psycopg2.connect(url, dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} {how}")
        yield Settings(data_dir=server.data_dir, database_url=url.replace("/magnus?", f"/{name}?"))
        connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def magnus(settings: Settings, tmp_path: Path) -> Magnus:
    """The `magnus` command on a fresh database, started in an empty folder."""
    return Magnus({"MAGNUS_DATABASE_URL": str(settings.database_url)}, tmp_path)
