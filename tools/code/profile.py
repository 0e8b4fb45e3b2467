"""What a box shows of this machine: a read-only system, the folders it is given, and nothing else."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from graph.errors import BadInput
from tools.code.limits import MB, Limits

HOME = "/tmp/home"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "USER": "box",
    "TERM": "dumb",
}
"""All that a command finds in its environment beside what it is given."""

APART = (
    "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--uid", "1000", "--gid", "1000", "--hostname", "box", "--cap-drop", "ALL", "--new-session", "--die-with-parent",
)  # fmt: skip
SHORTCUTS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM = (
    "/etc/alternatives", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/mime.types", "/etc/protocols", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
)  # fmt: skip
NAMES = {name: Path(__file__).with_name("etc") / f"{name}.txt" for name in ("passwd", "group", "hosts")}
NEEDED = {"--block-fd", "--json-status-fd", "--remount-ro", "--unshare-cgroup-try", "--die-with-parent"}


@dataclass(frozen=True)
class Folders:
    """The folders a box is given; `mounts` says where one of them lies inside, if not where it lies outside."""

    writable: tuple[Path, ...] = ()
    read_only: tuple[Path, ...] = ()
    mounts: Mapping[Path, Path] = field(default_factory=dict)

    def inside(self, outside: Path) -> Path:
        """Where a folder is found in the box."""
        return self.mounts.get(outside, outside)


@cache
def flags(program: str) -> frozenset[str]:
    """The options this bubblewrap knows; older ones lack the size of a tmpfs and the end of user namespaces."""
    done = subprocess.run([program, "--help"], env={}, capture_output=True, text=True, check=False, timeout=10)
    return frozenset(word for word in (done.stdout + done.stderr).split() if word.startswith("--"))


def box_words(
    program: str, folders: Folders, cwd: Path, environment: Mapping[str, str], limits: Limits, has_network: bool
) -> list[str]:
    """The command line of bubblewrap up to the command itself."""
    known = flags(program)
    words = [program, *APART]
    words += [] if has_network else ["--unshare-net"]
    words += ["--disable-userns"] if "--disable-userns" in known else []
    words += _system(has_network)
    words += _devices(known, limits)
    words += _folders(folders)
    # Without the last one root's own box may write /proc/sys/kernel/core_pattern, and so run a program outside.
    words += ["--remount-ro", "/", "--remount-ro", "/dev", "--remount-ro", "/proc"]
    for name, value in {**ENVIRONMENT, **environment}.items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", str(cwd)]


def _system(has_network: bool) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in SHORTCUTS:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))
    for path in (*SYSTEM, *(("/etc/resolv.conf",) if has_network else ())):
        yield from ("--ro-bind-try", path, path)
    for name, file in NAMES.items():
        yield from ("--ro-bind", str(file), f"/etc/{name}")


def _devices(known: frozenset[str], limits: Limits) -> list[str]:
    """Everything that lives in memory gets a size, since the bound on memory sees only processes."""
    size = ["--size", str(limits.memory_mb * MB)] if "--size" in known else []
    home = ["--perms", "1777", *size, "--tmpfs", "/tmp", "--dir", HOME]
    return ["--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", "/dev/shm", *home]


def _folders(folders: Folders) -> Iterator[str]:
    """Outer folders first, so that what lies in them is mounted over them."""
    given = [(folder, "--bind") for folder in folders.writable]
    given += [(folder, "--ro-bind") for folder in folders.read_only]
    for folder, way in sorted(given, key=lambda one: len(folders.inside(one[0]).parts)):
        inside = folders.inside(folder)
        yield from (way, str(folder), str(inside))
        if way == "--bind":
            yield from _git_is_read_only(folder, inside)


def _git_is_read_only(folder: Path, inside: Path) -> Iterable[str]:
    """A command that could write there would choose what the next git outside of the box runs.

    Where there is no `.git` an empty folder is put in its place, which git passes by.
    """
    git, covered = folder / ".git", str(inside / ".git")
    if git.is_symlink():
        raise BadInput(f"{git} is a symbolic link, and a command there could change what it means: make it a folder.")
    return ("--ro-bind", str(git), covered) if git.exists() else ("--tmpfs", covered, "--remount-ro", covered)
