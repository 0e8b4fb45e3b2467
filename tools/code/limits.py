"""How much one command may take, and what is left of it when it is over."""

from dataclasses import dataclass
from typing import Literal

Bound = Literal["time", "memory", "processes"]

MB = 1_048_576
KB = 1024
OPEN_FILES = 4096


@dataclass(frozen=True)
class Limits:
    """The bounds of one command; memory counts all its processes together, file size each file by itself."""

    timeout_s: float = 120
    memory_mb: int = 4096
    processes: int = 512
    file_mb: int = 1024
    output_kb: int = 1024

    def prefix(self, program: str) -> list[str]:
        """The words of `prlimit` before a command: what the kernel bounds for each process of it.

        RLIMIT_DATA and not RLIMIT_AS: node and Go reserve far more addresses than they ever fill.
        """
        return [
            program,
            f"--data={self.memory_mb * MB}",
            f"--fsize={self.file_mb * MB}",
            f"--nproc={self.processes}",
            f"--nofile={OPEN_FILES}",
            "--core=0",
            "--",
        ]

    def sentence(self, bound: Bound) -> str:
        """What a person or a model reads when that bound fired."""
        said = {
            "time": f"it ran longer than {self.timeout_s:g} s",
            "memory": f"it used more than {self.memory_mb} MB of memory",
            "processes": f"it had more than {self.processes} processes",
        }
        return f"The command was stopped: {said[bound]}."


@dataclass(frozen=True)
class Ran:
    """One command that is over: nothing of it runs any more.

    `stopped_by` names the bound that ended it, whose sentence stands at the end of `log`; `is_truncated` says that the
    middle of stdout or stderr was left out; `is_boxed` is False where MAGNUS_SANDBOX=off ran it without a sandbox.
    """

    argv: tuple[str, ...]
    exit_code: int
    seconds: float
    stdout: str
    stderr: str
    is_truncated: bool = False
    stopped_by: Bound | None = None
    note: str = ""
    is_boxed: bool = True

    @property
    def is_timed_out(self) -> bool:
        return self.stopped_by == "time"

    @property
    def log(self) -> str:
        """Both streams and the note of a bound that fired, as one text."""
        return "\n".join(part.rstrip("\n") for part in (self.stdout, self.stderr, self.note) if part)
