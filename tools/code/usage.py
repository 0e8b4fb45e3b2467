"""How many processes a command has and how much memory they fill together, seen from outside of its box."""

import os
from dataclasses import dataclass
from pathlib import Path

from tools.code.limits import MB, Bound, Limits

PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """A process and all below it."""

    pids: tuple[int, ...]

    def broken_bound(self, limits: Limits) -> Bound | None:
        """Which bound is passed; what forked processes share is counted once, by the slower count, where it matters."""
        if len(self.pids) - 1 > limits.processes:
            return "processes"
        most = limits.memory_mb * MB
        if sum(map(_resident, self.pids)) > most and sum(map(_proportional, self.pids)) > most:
            return "memory"
        return None


def usage_below(top: int, most: int) -> Usage:
    """`top` and the processes below it; the walk ends once there are more than `most`."""
    found = [top]
    waiting = [top]
    while waiting and len(found) - 1 <= most:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return Usage(tuple(found))


def _children(pid: int) -> list[int]:
    """Children of all threads of a process; empty once it is gone."""
    found: list[int] = []
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found


def _resident(pid: int) -> int:
    try:
        return int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _proportional(pid: int) -> int:
    """Resident bytes, shared pages divided among those that share them."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        return _resident(pid)
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
