"""Postgres for everybody: the person's own server where one is set, else an embedded one, started when it is needed."""

import errno
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg2

from checkpoints import sockets
from checkpoints.address import reachable
from checkpoints.binaries import Runner, runner
from checkpoints.cluster import DATABASE, ROLE, Cluster, failure, full_disk
from checkpoints.processes import end_server, is_alive
from graph.errors import Unavailable
from graph.settings import Settings

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15
ANSWER_TIMEOUT_S = 5
POLL_S = 0.01

Answer = Literal["ready", "no database", "unreachable", "not now"]


def database_url(settings: Settings) -> str:
    """A `postgresql://` URL that answers; the embedded server is started where it does not run."""
    if settings.database_url:
        return reachable(settings.database_url)
    cluster = _cluster(settings)
    place = sockets.known_place(cluster.folder)
    if place and _ask(url := _url(place)) == "ready":
        with suppress(OSError):
            cluster.trim_log()
        return url
    with _alone(cluster.folder):
        return _start(cluster)


def stop(settings: Settings) -> None:
    """Shut the embedded server down where it runs; its clients lose their connections, nothing committed is lost."""
    cluster = _cluster(settings)
    if not cluster.folder.is_dir():
        return
    with _alone(cluster.folder):
        pid, _ = cluster.postmaster()
        if pid and not end_server(pid, STOP_TIMEOUT_S):
            raise Unavailable(f"The database server, process {pid}, does not stop: end it by hand.")
        sockets.forget_place(cluster.folder)


def server_pid(settings: Settings) -> int | None:
    """The process id of the embedded server, or None where it does not run."""
    return _cluster(settings).postmaster()[0]


def _cluster(settings: Settings) -> Cluster:
    return Cluster(settings.data_dir.joinpath("postgres").resolve())


def _url(place: Path) -> str:
    """The port is there because PGPORT would change the socket's name."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(place))}&port={sockets.PORT}"


def _start(cluster: Cluster) -> str:
    """Whatever the state of the folder, a running server in the end; the caller holds the lock."""
    url = _url(sockets.choose_place(cluster.folder))
    if _ask(url) == "ready":
        return url
    user = runner(cluster.folder)
    if not cluster.data.exists():
        cluster.make(user)
    cluster.check_version()
    _wait_until_ready(cluster, user, url)
    return url


def _wait_until_ready(cluster: Cluster, user: Runner, url: str) -> None:
    cluster.trim_log()
    launched, heard = None, cluster.log_size()
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        pid, state = cluster.postmaster()
        if pid is None and launched is None:
            launched = cluster.launch(user)
        elif pid is None and launched and not is_alive(launched):
            raise failure(cluster.folder, "does not start", cluster.said_since(heard))
        elif pid and state == "ready" and _is_open(url, pid):
            return
        time.sleep(POLL_S)
    raise Unavailable(
        f"The database in {cluster.folder} is not ready after {START_TIMEOUT_S} s: it may be recovering after a crash, "
        f"or have no connection left, so try again in a minute; its log is {cluster.log}."
    )


def _is_open(url: str, pid: int) -> bool:
    """True where the database answers; a server whose socket has been removed is stopped, to be started again."""
    match _ask(url):
        case "ready":
            return True
        case "no database":
            _create_database(url)
        case "unreachable":
            end_server(pid, STOP_TIMEOUT_S)
    return False


def _ask(url: str) -> Answer:
    try:
        with closing(psycopg2.connect(url, connect_timeout=ANSWER_TIMEOUT_S)) as connection:
            connection.autocommit = True
            connection.cursor().execute("SELECT 1")
            return "ready"
    except psycopg2.OperationalError as error:
        return _meaning(str(error))


def _meaning(refusal: str) -> Answer:
    if f'database "{DATABASE}" does not exist' in refusal:
        return "no database"
    is_unreachable = "No such file or directory" in refusal or "Connection refused" in refusal
    return "unreachable" if is_unreachable else "not now"


def _create_database(url: str) -> None:
    with closing(psycopg2.connect(url, dbname="postgres", connect_timeout=ANSWER_TIMEOUT_S)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {DATABASE}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one process at a time makes, starts or stops its server. A killed holder lets go."""
    try:
        _make_private(folder)
        with folder.joinpath("lock").open("a") as lock:
            _acquire(lock.fileno(), folder)
            yield
    except OSError as error:
        raise _unusable(folder, error) from error
    except psycopg2.Error as error:
        raise failure(folder, "does not work", str(error)) from error
    except subprocess.SubprocessError as error:
        raise failure(folder, "does not start", str(error)) from error


def _make_private(folder: Path) -> None:
    """Make the folder and the parents it lacks, each for their owner only; parents that exist stay as they are."""
    for parent in reversed((folder, *folder.parents)):
        if not parent.is_dir():
            parent.mkdir(mode=0o700, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise Unavailable(
            f"The database in {folder} belongs to user {found.st_uid} and this is user {os.geteuid()}: "
            "run Magnus as that user, or set MAGNUS_DATA_DIR to another folder."
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def _acquire(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_S)
    raise Unavailable(f"Another process has been starting the database in {folder} for too long: try again later.")


def _unusable(folder: Path, error: OSError) -> Unavailable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk(folder)
    reason = os.strerror(error.errno) if error.errno else str(error)
    return Unavailable(
        f"The data directory {folder} cannot be used ({reason.lower()}): "
        "set MAGNUS_DATA_DIR to a folder that you can write to."
    )
