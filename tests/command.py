"""The installed `magnus` command, run as a process of its own."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

COMMAND = Path(sys.executable).with_name("magnus")
WARM = Path(__file__).with_name("warm.py")
TIMEOUT_S = 60


class Magnus:
    """Runs `magnus WORDS` with an environment of its own and waits for it.

    Its processes have imported the command already (see warm.py), unless `is_cold`.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, is_cold: bool = False) -> None:
        self.environment = {**os.environ, **environment}
        self.folder = folder
        self.is_cold = is_cold

    def __call__(
        self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **(env or {})}
        with TemporaryFile("w+") as given, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            given.write(stdin)
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            if self.is_cold:
                code = subprocess.run(
                    [COMMAND, *words], stdin=given, stdout=out, stderr=err, timeout=TIMEOUT_S, check=False,
                    cwd=self.folder, env=environment,
                ).returncode  # fmt: skip
            else:
                with Warm([str(COMMAND), *words], self.folder, environment, streams) as process:
                    code = process.wait(TIMEOUT_S)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, code, out.read(), err.read())

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The running process, a cold one, its output in pipes."""
        return subprocess.Popen(
            [COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )


class Warm:
    """A process of warm.py that runs one command, or another program of Python; it is ended with the block."""

    def __init__(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], streams: Sequence[int]
    ) -> None:
        request = {"words": list(words), "folder": str(folder), "environment": dict(environment)}
        ours, theirs = os.pipe()
        self.told = os.fdopen(ours)
        socket.send_fds(_forge(), [json.dumps(request).encode()], [*streams, theirs])
        os.close(theirs)
        self.pid = int(self.told.readline())
        self.code: int | None = None

    def wait(self, timeout_s: float) -> int:
        """Its exit code, negative where a signal ended it."""
        if not select.select([self.told], [], [], timeout_s)[0]:
            raise TimeoutError(f"the command is not over after {timeout_s} s")
        self.code = int(self.told.readline())
        return self.code

    def kill(self) -> None:
        """End it, unless it is over already."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.code is None:
            self.kill()
        self.told.close()


@cache
def _forge() -> socket.socket:
    """The socket of a process that has imported the command, one for each process that runs tests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen([sys.executable, "-P", WARM], stdin=theirs, stdout=subprocess.DEVNULL)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    assert ours.recv(10) == b"warm"
    return ours
