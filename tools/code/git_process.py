"""A program run with an end to its time and to what it may say."""

import os
import selectors
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile

CHUNK = 65_536
MOST_COMPLAINTS = 8_192


@dataclass(frozen=True)
class Captured:
    """What a program said. `status` is None where it was stopped: out of time, or `is_cut` because it said too much."""

    status: int | None
    out: bytes
    complaint: str
    is_cut: bool


@dataclass(frozen=True)
class Bounds:
    """How long a program may run, and how much of its output is kept."""

    seconds: float
    out_bytes: int


def capture(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    bounds: Bounds,
    given: bytes = b"",
    held: int | None = None,
) -> Captured:
    """Run a program to its end or to its bounds, with `given` as its input.

    `held` is an open file that the program keeps open too: a lock on it lasts until the program has ended, even if
    this process is killed before.
    """
    with TemporaryFile() as stdin:
        stdin.write(given)
        stdin.seek(0)
        with Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=stdin,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=() if held is None else (held,),
            start_new_session=True,
        ) as process:
            try:
                with selectors.DefaultSelector() as selector:
                    return _read(process, bounds, _Pieces(process, selector, bounds.out_bytes))
            finally:
                _end(process)


def _read(process: "Popen[bytes]", bounds: Bounds, pieces: "_Pieces") -> Captured:
    deadline = time.monotonic() + bounds.seconds
    while pieces.are_coming and not pieces.is_cut and (left := deadline - time.monotonic()) > 0:
        pieces.take(left)
    status = None
    if not pieces.are_coming:
        while (status := process.poll()) is None and time.monotonic() < deadline:
            time.sleep(0.001)
    out = bytes(pieces.out[: bounds.out_bytes])
    return Captured(status, out, pieces.complaint.decode(errors="replace").strip(), pieces.is_cut)


def _end(process: "Popen[bytes]") -> None:
    """Nothing of the program is left: it was started as the leader of its own group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


class _Pieces:
    """Both streams of a program, read as they come."""

    def __init__(self, process: "Popen[bytes]", selector: selectors.BaseSelector, most: int) -> None:
        self.out, self.complaint, self.most = bytearray(), bytearray(), most
        self.selector = selector
        assert process.stdout and process.stderr
        self.selector.register(process.stdout, selectors.EVENT_READ, self.out)
        self.selector.register(process.stderr, selectors.EVENT_READ, self.complaint)

    @property
    def are_coming(self) -> bool:
        return bool(self.selector.get_map())

    @property
    def is_cut(self) -> bool:
        return len(self.out) > self.most

    def take(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            piece = os.read(key.fd, CHUNK)
            key.data.extend(piece)
            if not piece:
                self.selector.unregister(key.fileobj)
        del self.complaint[MOST_COMPLAINTS:]
