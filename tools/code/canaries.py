"""Runs inside the box of the self-test and prints, as a JSON list, what it could do there and should not.

It is started by its path with the bare interpreter, so it knows the standard library only.
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

PROC = Path("/proc")
MOST_PROCESSES = 4
READ_ONLY = ("/", "/usr", "/etc", "/dev", "/proc/sys/kernel")
HOST_SETTINGS = ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger")


def leaks(told: dict[str, Any]) -> Iterator[str]:
    """One part of a sentence for each wall that is missing."""
    if _works(Path(told["file"]).read_bytes):
        yield "it can read files outside of its folders"
    if _works(_connect, socket.AF_INET, ("127.0.0.1", told["port"])):
        yield "it can reach the network of this machine"
    if any(_works(_connect, socket.AF_UNIX, address) for address in told["sockets"]):
        yield "it can reach the sockets of this machine, such as the database's"
    if names := sorted(_names_in_environments() - set(told["names"])):
        yield f"it can read the environment outside ({names[0]})"
    if len(list(PROC.glob("[0-9]*"))) > MOST_PROCESSES:
        yield "it can see other processes"
    for folder in (*READ_ONLY, told["git"]):
        if _works(_leave_a_trace, Path(folder, ".magnus-canary")):
            yield f"it can write to {'.git' if folder == told['git'] else folder}"
    for file in HOST_SETTINGS:
        if _works(_open_to_write, file):
            yield f"it can write to {file}"
    if not {"CapEff:\t0000000000000000", "NoNewPrivs:\t1"} <= set(Path("/proc/self/status").read_text().splitlines()):
        yield "it keeps capabilities"


def _works(attempt: Callable[..., object], *given: object) -> bool:
    try:
        attempt(*given)
    except OSError:
        return False
    return True


def _leave_a_trace(path: Path) -> None:
    path.touch(exist_ok=False)
    path.unlink()


def _open_to_write(file: str) -> None:
    os.close(os.open(file, os.O_WRONLY))


def _connect(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(1)
        caller.connect(address)


def _names_in_environments() -> set[str]:
    """The names set in every environment it can read, its own among them."""
    found = set(os.environ)
    for file in PROC.glob("[0-9]*/environ"):
        with suppress(OSError):
            found |= {
                pair.partition(b"=")[0].decode(errors="replace") for pair in file.read_bytes().split(b"\0") if pair
            }
    return found


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    Path(given["written"]).write_text("written", encoding="utf-8")
    sys.stdout.write(json.dumps(list(leaks(given))))
