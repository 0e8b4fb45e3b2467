"""Where the server's socket lies: beside its data, or in a short private folder where that path is too long."""

import os
import stat
import sys
import tempfile
from pathlib import Path

import platformdirs

from graph.errors import Unavailable

PORT = 5432
FILE = f".s.PGSQL.{PORT}"
LONGEST = 103 if sys.platform == "darwin" else 107
RECORD = "socket-folder"


def known_place(folder: Path) -> Path | None:
    """The folder of the socket of the server in `folder`, or None where no private one is known yet."""
    try:
        place = folder if _fits(folder) else Path(folder.joinpath(RECORD).read_text())
    except OSError:
        return None
    return place if _is_private(place) else None


def choose_place(folder: Path) -> Path:
    """The folder of the socket, made and recorded in `folder` where it is not known yet."""
    if place := known_place(folder):
        return place
    place = _make_place(folder)
    draft = folder / f"{RECORD}.new"
    draft.write_text(str(place))
    draft.replace(folder / RECORD)
    return place


def forget_place(folder: Path) -> None:
    """Remove the socket's folder where it is one that `choose_place` made; the server must have been stopped."""
    if (place := known_place(folder)) not in (None, folder):
        folder.joinpath(RECORD).unlink()
        for file in (place / FILE, place / f"{FILE}.lock"):
            file.unlink(missing_ok=True)
        place.rmdir()


def _make_place(folder: Path) -> Path:
    for base in (platformdirs.user_runtime_dir(), tempfile.gettempdir(), "/tmp"):
        if _fits(Path(base) / "magnus-12345678") and _is_safe(Path(base)):
            return Path(tempfile.mkdtemp(prefix="magnus-", dir=base))
    raise Unavailable(
        f"The path {folder} is too long for the database's socket, and there is no folder with a short path for it: "
        "set MAGNUS_DATA_DIR to a folder with a shorter path."
    )


def _fits(folder: Path) -> bool:
    """A socket's address has 107 bytes, and a database URL takes commas and colons in a host for separators."""
    return len(os.fsencode(folder / FILE)) <= LONGEST and not {",", ":"} & {*str(folder)}


def _is_safe(base: Path) -> bool:
    """Nobody else can rename what we make in there."""
    try:
        found = base.stat()
    except OSError:
        return False
    is_closed = not found.st_mode & 0o022 or bool(found.st_mode & stat.S_ISVTX)
    return is_closed and found.st_uid in (0, os.geteuid()) and os.access(base, os.W_OK | os.X_OK)


def _is_private(place: Path) -> bool:
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
