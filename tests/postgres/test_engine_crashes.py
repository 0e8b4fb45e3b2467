import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest

from checkpoints.engine import database_url, server_pid, stop
from checkpoints.processes import is_alive, wait_until_gone
from graph.settings import Settings

OPEN = """
import sys
from pathlib import Path
from checkpoints.engine import database_url
from graph.settings import Settings
database_url(Settings(data_dir=Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def server(scratch: Path) -> Iterator[Settings]:
    with TemporaryDirectory(dir=scratch) as folder:
        settings = Settings(data_dir=Path(folder))
        database_url(settings)
        yield settings
        stop(settings)


@pytest.fixture
def fresh(scratch: Path) -> Iterator[Path]:
    with TemporaryDirectory(dir=scratch) as folder:
        yield Path(folder)
        stop(Settings(data_dir=Path(folder)))


@pytest.fixture
def settings(server: Settings) -> Iterator[Settings]:
    """A running server with one committed row."""
    execute(database_url(server), "CREATE TABLE step AS SELECT 37 AS number")
    yield server
    execute(database_url(server), "DROP TABLE step")


def execute(url: str, statement: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def committed(settings: Settings) -> int:
    with closing(psycopg2.connect(database_url(settings))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT number FROM step")
        return int(cursor.fetchall()[0][0])


def kill_postmaster(settings: Settings) -> int:
    pid = server_pid(settings)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone([pid], 10)
    return pid


def test_a_killed_postmaster_is_replaced_and_what_was_committed_is_there(settings: Settings) -> None:
    killed = kill_postmaster(settings)
    assert server_pid(settings) is None
    assert committed(settings) == 37
    assert server_pid(settings) not in (None, killed)


def test_a_backend_that_outlives_its_postmaster_does_not_keep_the_next_one_away(settings: Settings) -> None:
    with closing(psycopg2.connect(database_url(settings))) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        kill_postmaster(settings)
        assert is_alive(backend)
        assert committed(settings) == 37
        assert not is_alive(backend)


def test_a_process_id_that_a_stranger_has_got_meanwhile_is_not_taken_for_the_server(settings: Settings) -> None:
    folder = settings.data_dir / "postgres"
    kill_postmaster(settings)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        for file in (folder / "data" / "postmaster.pid", folder / ".s.PGSQL.5432.lock"):
            first, rest = file.read_text().split("\n", 1)
            assert first.isdigit()
            file.write_text(f"{stranger.pid}\n{rest}")
        assert server_pid(settings) is None
        stop(settings)
        assert committed(settings) == 37
        assert stranger.poll() is None
        stranger.kill()


def test_a_server_whose_socket_was_removed_gets_a_new_one(settings: Settings) -> None:
    settings.data_dir.joinpath("postgres", ".s.PGSQL.5432").unlink()
    assert committed(settings) == 37


def test_a_stopped_server_starts_again_with_its_data(settings: Settings) -> None:
    stop(settings)
    assert server_pid(settings) is None
    stop(settings)
    assert committed(settings) == 37


def test_a_client_killed_in_its_transaction_leaves_no_trace(settings: Settings, root: Path) -> None:
    url, before = database_url(settings), server_pid(settings)
    hold = (
        "import psycopg2, sys, time; c = psycopg2.connect(sys.argv[1]);"
        "c.cursor().execute('UPDATE step SET number = 0'); print('held', flush=True); time.sleep(60)"
    )
    client = subprocess.Popen([sys.executable, "-c", hold, url], stdout=subprocess.PIPE, text=True, cwd=root)
    assert client.stdout is not None
    assert client.stdout.readline() == "held\n"
    client.kill()
    client.communicate()
    assert committed(settings) == 37
    assert server_pid(settings) == before
    execute(url, "SET lock_timeout = '5s'; UPDATE step SET number = 38")


def test_a_starter_killed_while_the_directory_is_made_leaves_nothing_in_the_way(fresh: Path, root: Path) -> None:
    settings = Settings(data_dir=fresh)
    starter = subprocess.Popen([sys.executable, "-c", OPEN, str(fresh)], cwd=root)
    while not [*fresh.glob("postgres/data.new-*/PG_VERSION")]:
        assert starter.poll() is None
        time.sleep(0.005)
    starter.kill()
    starter.wait()
    assert not fresh.joinpath("postgres", "data").exists()
    with closing(psycopg2.connect(database_url(settings))) as connection:
        assert connection.info.dbname == "magnus"


def test_a_starter_killed_right_after_the_launch_leaves_a_server_that_is_found_or_replaced(
    fresh: Path, root: Path
) -> None:
    settings = Settings(data_dir=fresh)
    starter = subprocess.Popen([sys.executable, "-c", OPEN, str(fresh)], cwd=root)
    while not fresh.joinpath("postgres", "server.log").exists():
        assert starter.poll() is None
        time.sleep(0.001)
    starter.kill()
    starter.wait()
    with closing(psycopg2.connect(database_url(settings))) as connection:
        assert connection.info.dbname == "magnus"
