import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import psycopg2
import pytest
from sqlalchemy import create_engine, text

from checkpoints.binaries import NOBODY, binary
from checkpoints.engine import database_url, server_pid, stop
from checkpoints.processes import end_server
from graph.settings import Settings

OPEN = """
import sys
from pathlib import Path
from checkpoints.engine import database_url, server_pid
from graph.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]))
print(database_url(settings), server_pid(settings))
"""
SWITCH = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
SWITCHES = (SWITCH, (*SWITCH, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"))


@pytest.fixture(scope="module")
def running(scratch: Path) -> Iterator[Settings]:
    """A running server under a short path with the signs that are hard in a URL."""
    with TemporaryDirectory(dir=scratch) as folder:
        settings = Settings(data_dir=Path(folder, "a b%41+ü"))
        database_url(settings)
        yield settings
        stop(settings)


@pytest.fixture
def fresh(scratch: Path) -> Iterator[Settings]:
    """An empty data directory under a short path."""
    with TemporaryDirectory(dir=scratch) as folder:
        settings = Settings(data_dir=Path(folder))
        yield settings
        stop(settings)


def start_process(data_dir: Path, root: Path, *prefix: str) -> subprocess.Popen[str]:
    words = [*prefix, sys.executable, "-c", OPEN, str(data_dir)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)


def can_run_python(prefix: tuple[str, ...]) -> bool:
    program = "import sqlalchemy, checkpoints"
    return subprocess.run([*prefix, sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def ask(url: str, question: str) -> str:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_client_library_takes_the_url(running: Settings) -> None:
    url = database_url(running)
    assert ask(url, "SELECT current_database() || current_user") == "magnusmagnus"
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 40 + 2").fetchone() == (42,)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as alchemy:
        assert alchemy.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar() is True
    engine.dispose()
    dumped = subprocess.run([binary("pg_dump"), url], capture_output=True, text=True, check=True)
    assert "PostgreSQL database dump complete" in dumped.stdout


def test_the_url_given_as_a_setting_comes_back_in_libpqs_form(running: Settings) -> None:
    url = database_url(running)
    given = Settings(database_url=url.replace("postgresql://", "postgresql+psycopg2://"))
    assert database_url(given) == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("autovacuum", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("max_connections", "100"),
    ],
)
def test_the_server_is_durable_and_local(running: Settings, name: str, value: str) -> None:
    assert ask(database_url(running), f"SHOW {name}") == value


def test_text_is_sorted_and_folded_by_unicode_without_a_system_locale(running: Settings) -> None:
    provider = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
    assert ask(database_url(running), provider) == "bC.UTF-8"
    assert ask(database_url(running), "SELECT upper('zürich')") == "ZÜRICH"


def test_variables_of_postgres_in_the_environment_change_nothing(
    running: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = server_pid(running)
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere.invalid", "PGDATABASE": "x", "PGUSER": "x"}.items():
        monkeypatch.setenv(name, value)
    assert ask(database_url(running), "SELECT current_user") == "magnus"
    assert server_pid(running) == before


def test_a_running_server_is_found_without_the_lock_and_without_any_program(
    running: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with running.data_dir.joinpath("postgres", "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert database_url(running).startswith("postgresql://magnus@/magnus?host=")


def test_a_log_that_has_grown_is_emptied_under_the_running_server(running: Settings) -> None:
    log = running.data_dir / "postgres" / "server.log"
    with log.open("ab") as file:
        file.write(b"x" * 5_000_000)
    url = database_url(running)
    assert log.stat().st_size == 0
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url, dbname="nowhere")
    assert b"nowhere" in log.read_bytes()
    assert log.stat().st_size < 1000


def test_the_folders_are_private_and_no_parents_permissions_are_touched(fresh: Settings) -> None:
    parent = fresh.data_dir / "shared"
    parent.mkdir()
    parent.chmod(0o755)
    settings = Settings(data_dir=parent / "new" / "magnus")
    umask = os.umask(0)
    try:
        database_url(settings)
    finally:
        os.umask(umask)
        stop(settings)
    made = settings.data_dir / "postgres"
    assert mode(parent) == 0o755
    assert [mode(path) for path in (made / "data", made, *made.parents[:2])] == [0o700] * 4


def test_a_folder_that_was_opened_to_others_is_closed_again(running: Settings) -> None:
    folder = running.data_dir / "postgres"
    folder.chmod(0o755)
    database_url(running)
    assert mode(folder) == 0o700


def test_a_server_outlives_the_process_that_started_it(fresh: Settings, root: Path) -> None:
    starter = start_process(fresh.data_dir, root)
    url, pid = starter.communicate(timeout=60)[0].split()
    assert server_pid(fresh) == int(pid)
    assert os.getsid(int(pid)) not in (os.getsid(0), starter.pid)
    assert ask(url, "SELECT 1") == "1"


def test_eight_processes_at_once_on_an_empty_directory_share_one_server(fresh: Settings, root: Path) -> None:
    started = [start_process(fresh.data_dir, root) for _ in range(8)]
    answers = [process.communicate(timeout=90) for process in started]
    assert [process.returncode for process in started] == [0] * 8, answers
    assert {said for said, _ in answers} == {f"{database_url(fresh)} {server_pid(fresh)}\n"}


def test_a_home_of_150_characters_gets_a_private_socket_elsewhere_that_every_process_finds(
    fresh: Settings, root: Path
) -> None:
    home = fresh.data_dir / ("h" * (150 - len(str(fresh.data_dir)) - 1)) / ".local" / "share" / "magnus"
    settings = Settings(data_dir=home)
    try:
        url = database_url(settings)
        place = Path(home.joinpath("postgres", "socket-folder").read_text())
        assert ask(url, "SELECT 1") == "1"
        assert mode(place) == 0o700
        found = start_process(home, root).communicate(timeout=60)[0]
        assert found == f"{url} {server_pid(settings)}\n"
    finally:
        stop(settings)
    assert not place.exists()


def test_a_socket_folder_that_others_may_enter_is_not_used_again(fresh: Settings) -> None:
    settings = Settings(data_dir=fresh.data_dir / ("h" * 120))
    record = settings.data_dir / "postgres" / "socket-folder"
    try:
        database_url(settings)
        old, pid = Path(record.read_text()), server_pid(settings)
        old.chmod(0o755)
        url = database_url(settings)
        assert Path(record.read_text()) != old
        assert (ask(url, "SELECT 1"), server_pid(settings) == pid) == ("1", False)
        old.rmdir()
    finally:
        stop(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_the_server_as_itself(scratch: Path, root: Path) -> None:
    with TemporaryDirectory(dir=scratch) as home:
        scratch.chmod(0o711)
        os.chown(home, NOBODY, NOBODY)
        switch = next((words for words in SWITCHES if can_run_python(words)), None)
        if switch is None:
            pytest.skip("another user can neither read this Python nor be given the right to")
        user = start_process(Path(home), root, *switch)
        said, complaint = user.communicate(timeout=60)
        assert user.returncode == 0, complaint
        pid = int(said.split()[1])
        server = Path("/proc", str(pid))
        assert server.stat().st_uid == NOBODY
        assert server.joinpath("uid_map").read_text() == Path("/proc/self/uid_map").read_text()
        assert end_server(pid, patience_s=10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another way")
def test_root_without_user_namespaces_keeps_its_database(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    url = database_url(fresh)
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 37 AS step")
    stop(fresh)
    refused = fresh.data_dir / "bin" / "unshare"
    refused.parent.mkdir()
    shutil.copy(shutil.which("false") or "/bin/false", refused)
    monkeypatch.setenv("PATH", str(refused.parent), prepend=os.pathsep)
    assert ask(database_url(fresh), "SELECT step FROM kept") == "37"
    assert (fresh.data_dir / "postgres" / "data").stat().st_uid == 65534
    stop(fresh)
    monkeypatch.undo()
    assert ask(database_url(fresh), "SELECT step FROM kept") == "37"
