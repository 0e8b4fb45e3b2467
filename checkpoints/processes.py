"""Which server processes belong to a cluster, and how they are ended."""

import os
import signal
import subprocess
import time
from pathlib import Path

PROC = Path("/proc")


def is_alive(pid: int) -> bool:
    """True while the process runs; one that has ended and waits for its parent is not alive."""
    try:
        os.kill(pid, 0)
        return not _is_zombie(pid)
    except (ProcessLookupError, PermissionError):
        return False


def serves(pid: int, cluster_name: str) -> bool:
    """True where `pid` is a PostgreSQL process of that cluster and not a stranger who got an old number.

    PostgreSQL has the name of its cluster on the command line of every process, and that can be read without a right
    over the process: root in a container may not ask for the working directory of another user's.
    """
    command, name = _command(pid), cluster_name.encode()
    return command.startswith(b"postgres: " + name) or b"cluster_name=" + name in command


def end_leftovers(cluster_name: str, patience_s: float = 5) -> None:
    """End the backends that outlived their postmaster: a new one refuses to start beside them."""
    leftovers = [int(entry.name) for entry in PROC.glob("[1-9]*") if serves(int(entry.name), cluster_name)]
    for pid in leftovers:
        _signal(pid, signal.SIGKILL)
    wait_until_gone(leftovers, patience_s)


def end_server(postmaster: int, patience_s: float) -> bool:
    """Shut the server down fast, then, where that takes longer than `patience_s`, at once; True when it is gone."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        _signal(postmaster, how)
        if wait_until_gone([postmaster], patience_s):
            return True
    return False


def wait_until_gone(pids: list[int], patience_s: float) -> bool:
    """True as soon as none of them is alive, False when `patience_s` are over."""
    deadline = time.monotonic() + patience_s
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _command(pid: int) -> bytes:
    try:
        return PROC.joinpath(str(pid), "cmdline").read_bytes()
    except OSError:
        if PROC.joinpath("self").exists():
            return b""
        ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(ps, capture_output=True, check=False).stdout


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _is_zombie(pid: int) -> bool:
    try:
        return PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
