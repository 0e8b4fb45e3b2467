"""The folder of an embedded server: its data directory, socket and log; making it, starting and stopping its server."""

import os
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from checkpoints import sockets
from checkpoints.binaries import MAJOR, Runner, binary
from checkpoints.processes import end_leftovers, serves
from graph.errors import Unavailable

ROLE = DATABASE = "magnus"
LOG_BYTES = 4_000_000
LEAST_FREE_BYTES = 1_000_000
"""With less, the server cannot even write into its log why it does not start."""
INITDB_TIMEOUT_S = 120

ENCODING = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
LOCAL_ONLY = ("--auth-local=trust", "--auth-host=reject")
"""The socket's folder is the lock: 0700. Peer authentication would fail for a user without a name in the container."""

DEFAULTS = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    # posix segments vanish when systemd ends the user's last session (RemoveIPC), and /dev/shm is small in containers
    "dynamic_shared_memory_type": "mmap",
    # statements may hold what a person typed: their errors are told to the client, not to the log
    "log_min_messages": "log",
    "log_checkpoints": "off",
}
"""Written into postgresql.conf once, for a person to change; fsync and synchronous_commit stay on, their default."""


@dataclass(frozen=True)
class Cluster:
    """One embedded server; `folder` is absolute and holds everything of it."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data directory in PostgreSQL's sense."""
        return self.folder / "data"

    @property
    def name(self) -> str:
        """What the server's processes are called: the same by whatever path the data directory is reached."""
        found = self.data.stat()
        return f"magnus-{found.st_dev:x}-{found.st_ino:016x}"

    @property
    def log(self) -> Path:
        """What the server says, the newest last."""
        return self.folder / "server.log"

    def make(self, runner: Runner) -> None:
        """Make the data directory, whole or not at all: a killed attempt leaves a draft that the next one removes."""
        for draft in self.folder.glob("data.new-*"):
            shutil.rmtree(draft, ignore_errors=True)
        draft = self.folder / f"data.new-{secrets.token_hex(4)}"
        settings = [f"--set={name}={value}" for name, value in DEFAULTS.items()]
        options = (f"--pgdata={draft}", f"--username={ROLE}", "--no-instructions", *ENCODING, *LOCAL_ONLY, *settings)
        done = subprocess.run(
            [*runner.prefix, str(binary("initdb")), *options],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=server_environment(),
            cwd="/",
            timeout=INITDB_TIMEOUT_S,
        )
        if done.returncode:
            raise failure(self.folder, "could not be made", done.stderr)
        draft.rename(self.data)
        _sync(self.folder)

    def check_version(self) -> None:
        """Raise Unavailable where another PostgreSQL made the data directory."""
        version = self.data.joinpath("PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise Unavailable(
                f"The database in {self.data} was made by PostgreSQL {version} and Magnus brings {MAJOR}: "
                "set MAGNUS_DATA_DIR to another folder, or move this one away."
            )

    def launch(self, runner: Runner) -> int:
        """Start the server, detached from this process and its terminal; returns its process id at once."""
        place = sockets.choose_place(self.folder)
        self._clear_remains(place, runner)
        command = [*runner.prefix, str(binary("postgres")), "-D", str(self.data), *_options(place, self.name)]
        with self.log.open("ab") as log:
            # the shell in between makes the server nobody's child, so that it leaves no zombie when it is killed
            started = subprocess.run(
                ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                check=True,
                env=server_environment(),
                cwd="/",
            )
        return int(started.stdout)

    def postmaster(self) -> tuple[int | None, str]:
        """The server's process id, None where it does not run, and its state: starting, ready, stopping or unknown."""
        try:
            lines = self.data.joinpath("postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None, "unknown"
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        state = lines[7].strip() if len(lines) > 7 else "unknown"
        return (pid, state) if pid and serves(pid, self.name) else (None, state)

    def trim_log(self) -> None:
        """Empty the log once it is too long; the server appends, so it goes on at the new end."""
        if self.log_size() > LOG_BYTES:
            os.truncate(self.log, 0)

    def log_size(self) -> int:
        """The bytes of the log so far."""
        return self.log.stat().st_size if self.log.exists() else 0

    def said_since(self, offset: int) -> str:
        """What the server wrote into its log after its first `offset` bytes."""
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _clear_remains(self, place: Path, runner: Runner) -> None:
        """Remove what a killed server left: PostgreSQL keeps away when a stranger has got its old process id."""
        end_leftovers(self.name)
        for file in (self.data / "postmaster.pid", place / sockets.FILE, place / f"{sockets.FILE}.lock"):
            file.unlink(missing_ok=True)
        if self.data.stat().st_uid != runner.owner:
            for path in (*self.data.rglob("*"), self.data):
                os.chown(path, runner.owner, -1, follow_symlinks=False)


def server_environment() -> dict[str, str]:
    """What the server programs see of the environment: none of the PG variables a person may have set."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def failure(folder: Path, what: str, said: str) -> Unavailable:
    """The error for a database that `what`, with the first reason among the lines the server programs said."""
    if "No space left" in said or "quota exceeded" in said or shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        return full_disk(folder)
    complaint = re.search(r"(?:FATAL|PANIC|error): +(.+)", said)
    reason = complaint[1] if complaint else (said.strip().splitlines() or ["it gave no reason"])[-1]
    return Unavailable(f"The database in {folder} {what}: {reason.strip().rstrip('.')}.")


def full_disk(folder: Path) -> Unavailable:
    """The error for a folder that takes no more bytes."""
    return Unavailable(
        f"The disk that holds {folder} is full: make room, or set MAGNUS_DATA_DIR to a folder on another disk."
    )


def _options(place: Path, name: str) -> list[str]:
    quoted = '"' + str(place).replace('"', '""') + '"'
    options = {
        "cluster_name": name,
        "listen_addresses": "",
        "port": str(sockets.PORT),
        "unix_socket_directories": quoted,
        "unix_socket_permissions": "0700",
    }
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def _sync(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
