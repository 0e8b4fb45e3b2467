"""Opens one name after another below a folder and never leaves it, whatever is swapped meanwhile.

A check of the resolved path before opening would lose the race, so the kernel checks while it opens: `openat2` where it
is there, and a walk of O_NOFOLLOW steps elsewhere. Both refuse every symbolic link, also one that stays inside.
"""

import ctypes
import errno
import os
import stat
import sys
from functools import cache
from typing import Literal

Way = Literal["openat2", "walk"]

OPENAT2 = 437
"""The number of the call on every processor Linux has added calls for since 2019."""
NO_MAGICLINKS, NO_SYMLINKS, BENEATH = 0x02, 0x04, 0x08
TRIES = 32
"""openat2 answers EAGAIN where a rename elsewhere made it unsure."""
STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class _How(ctypes.Structure):
    """`struct open_how` of linux/openat2.h."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_beneath(root: int, names: tuple[str, ...], flags: int, way: Way | None = None) -> int:
    """A descriptor of what lies below the open folder `root`; raises OSError, ELOOP for a symbolic link on the way."""
    opened = _opened_at_once if (way or best_way()) == "openat2" else _walked
    return opened(root, names, flags | os.O_CLOEXEC)


@cache
def best_way() -> Way:
    """How this kernel is best asked; a filter for calls may hide openat2 as well."""
    if not sys.platform.startswith("linux"):
        return "walk"
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(_opened_at_once(here, (), os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EPERM, errno.EINVAL):
            return "walk"
        raise
    else:
        return "openat2"
    finally:
        os.close(here)


def _opened_at_once(root: int, names: tuple[str, ...], flags: int) -> int:
    path = "/".join(names) or "."
    how = _How(flags, 0, BENEATH | NO_SYMLINKS | NO_MAGICLINKS)
    call = ctypes.CDLL(None, use_errno=True).syscall
    for _ in range(TRIES):
        found: int = call(
            ctypes.c_long(OPENAT2), ctypes.c_long(root), ctypes.c_char_p(os.fsencode(path)), ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )  # fmt: skip
        if found >= 0:
            return found
        if (code := ctypes.get_errno()) not in (errno.EAGAIN, errno.EINTR):
            break
    raise OSError(code, os.strerror(code), path)


def _walked(root: int, names: tuple[str, ...], flags: int) -> int:
    folder = os.dup(root)
    try:
        for name in names[:-1]:
            deeper = _step(folder, name, STEP)
            os.close(folder)
            folder = deeper
        return _step(folder, names[-1] if names else ".", flags | os.O_NOFOLLOW)
    finally:
        os.close(folder)


def _step(folder: int, name: str, flags: int) -> int:
    """Linux says ENOTDIR, and not ELOOP, of a link that should have been a folder."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise
