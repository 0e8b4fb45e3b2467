"""A control group for one command, where this machine lets us make one: the kernel counts for all processes together.

Root needs it most, since RLIMIT_NPROC does not hold for root: a fork bomb grew to 27,000 processes before it was seen.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from tools.code.limits import MB, Limits

PREFIX = "magnus-box-"
CONTROLLERS = ("pids", "memory")
MOST_FILES = {"pids": ("pids.max",), "memory": ("memory.max", "memory.limit_in_bytes")}
OUT_OF_MEMORY = ("memory.events", "memory.oom_control")
"""Version 2 first, then version 1; the same word in both says how many processes the kernel ended."""


class ControlGroup:
    """The folders of one command, one a controller, or one for all; none where none can be made."""

    def __init__(self, limits: Limits) -> None:
        self._folders = _make(limits)

    def join(self, pid: int) -> None:
        """Put a process in; what it starts from then on is in as well."""
        for folder in self._folders:
            with suppress(OSError):
                (folder / "cgroup.procs").write_text(str(pid), encoding="ascii")

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the kernel ended a process of it for want of memory."""
        for file in (folder / name for folder in self._folders for name in OUT_OF_MEMORY):
            with suppress(OSError):
                lines = map(str.split, file.read_text(encoding="ascii").splitlines())
                if any(words[0] == "oom_kill" and int(words[1]) for words in lines):
                    return True
        return False

    def remove(self) -> None:
        """Take the folders away, once nothing lives in them."""
        for folder in self._folders:
            with suppress(OSError):
                folder.rmdir()
        self._folders = []


@cache
def homes() -> dict[str, Path]:
    """For each controller the folder in which we may make groups; a controller is missing where there is none."""
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
        mounted = Path("/proc/mounts").read_text(encoding="utf-8")
    except OSError:
        return {}
    found = {controller: home_of(controller, groups, mounted) for controller in CONTROLLERS}
    for home in set(found.values()) - {None}:
        _sweep(home)
    return {controller: home for controller, home in found.items() if home}


def _make(limits: Limits) -> list[Path]:
    most = {"pids": limits.processes + 1, "memory": limits.memory_mb * MB}
    name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    made: list[Path] = []
    for controller, home in homes().items():
        folder = home / name
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            made += [] if folder in made else [folder]
            _bound(folder, MOST_FILES[controller], most[controller])
    return made


def _bound(folder: Path, names: tuple[str, ...], most: int) -> None:
    for file in (folder / name for name in names):
        if file.exists():
            file.write_text(str(most), encoding="ascii")


def home_of(controller: str, groups: str, mounted: str) -> Path | None:
    """The nearest folder at or above our own group where this controller is handed on, and that we may write to."""
    for own, top, version in _own_groups(controller, groups.splitlines(), mounted.splitlines()):
        for folder in (own, *own.parents):
            if not folder.is_relative_to(top):
                break
            if folder.is_dir() and os.access(folder, os.W_OK) and (version == 1 or _hands_on(folder, controller)):
                return folder
    return None


def _hands_on(folder: Path, controller: str) -> bool:
    try:
        return controller in (folder / "cgroup.subtree_control").read_text(encoding="ascii").split()
    except OSError:
        return False


def _own_groups(controller: str, groups: list[str], mounted: list[str]) -> Iterator[tuple[Path, Path, int]]:
    """Our own group, the top of its hierarchy, and the version, wherever this controller may be."""
    for line in groups:
        _, names, own = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        for top in _tops(mounted, controller if names else ""):
            yield Path(f"{top}{own}"), Path(top), 1 if names else 2


def _tops(mounted: list[str], controller: str) -> Iterator[str]:
    for _, place, kind, options, *_ in map(str.split, mounted):
        if kind == ("cgroup" if controller else "cgroup2") and (not controller or controller in options.split(",")):
            yield place


def _sweep(home: Path | None) -> None:
    """Empty groups of a Magnus that was killed."""
    for folder in home.glob(f"{PREFIX}*-*") if home else ():
        if not Path("/proc", folder.name.split("-")[2]).exists():
            with suppress(OSError):
                folder.rmdir()
