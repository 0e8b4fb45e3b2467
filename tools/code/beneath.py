"""Files of a workspace, read and changed without ever leaving it: each refusal is one sentence that says what to do."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from graph.errors import BadInput
from tools.code.names import WORK, is_git_name, parts, shown
from tools.code.opening import Way, open_beneath

FOLDER = os.O_RDONLY | os.O_DIRECTORY
NOT_WORKSPACES = (Path("/proc"), Path("/sys"), Path("/dev"))
SENTENCES = {
    errno.ENOENT: "{} is not there.",
    errno.ELOOP: "{} is or lies behind a symbolic link: name the file it leads to.",
    errno.EXDEV: "{} leads out of the workspace.",
    errno.ENOTDIR: "{} is or lies below a file, and a folder was expected.",
    errno.EISDIR: "{} is a folder.",
    errno.EACCES: "{} cannot be opened: no permission.",
    errno.EPERM: "{} cannot be changed: no permission.",
    errno.ENAMETOOLONG: "The name {} is too long.",
    errno.ENXIO: "{} is no regular file.",
    errno.ENOTEMPTY: "{} is a folder with something in it: delete what is in it first.",
    errno.EEXIST: "{} is there already.",
    errno.ENOSPC: "{} cannot be written: the disk is full.",
    errno.EINVAL: "{} cannot be moved into itself.",
    errno.EROFS: "{} cannot be written: the workspace is read-only.",
}


Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class Entry:
    """One thing in a folder."""

    path: str
    kind: Kind
    size: int


@dataclass(frozen=True)
class Beneath:
    """The files beneath `root`, by their paths from there; every method raises BadInput where it cannot answer."""

    root: Path
    way: Way | None = None

    def read(self, path: str, most: int) -> bytes:
        """What is in a regular file of at most `most` bytes."""
        with self._opened(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY) as file:
            found = os.fstat(file)
            _check_regular(path, found)
            if found.st_size > most:
                raise BadInput(f"{shown(path)} has {found.st_size} bytes, and {most} is the most.")
            with os.fdopen(os.dup(file), "rb") as stream:
                data = stream.read(most + 1)
        if len(data) > most:
            raise BadInput(f"{shown(path)} grew past {most} bytes while it was read.")
        return data

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place, whole or not at all, with the folders it needs; True where it is new.

        The old file is replaced, not opened: another name of it, which may lie outside, keeps the old content.
        """
        names = _names(path)
        with self._folder(path, names[:-1], is_made=True) as folder, _told(path):
            old = _look(folder, names[-1])
            if old is not None:
                _check_regular(path, old)
            _replace(folder, names[-1], data, stat.S_IMODE(old.st_mode) if old else None)
        return old is None

    def delete(self, path: str) -> None:
        """Take away a file, a link or an empty folder."""
        names = _names(path)
        with self._folder(path, names[:-1]) as folder, _told(path):
            found = os.stat(names[-1], dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                os.rmdir(names[-1], dir_fd=folder)
            else:
                os.unlink(names[-1], dir_fd=folder)

    def move(self, path: str, to: str) -> None:
        """Give a file or a folder another name; what already has that name stays, and the move is refused."""
        old, new = _names(path), _names(to)
        with (
            self._folder(path, old[:-1]) as source,
            self._folder(to, new[:-1], is_made=True) as target,
            _told(to),
        ):
            found = _look(source, old[-1])
            if found is None:
                raise BadInput(f"{shown(path)} is not there.")
            if not stat.S_ISDIR(found.st_mode):
                _check_regular(path, found)
            if _look(target, new[-1]) is not None:
                raise BadInput(f"{shown(to)} is there already: delete it first, or choose another name.")
            os.rename(old[-1], new[-1], src_dir_fd=source, dst_dir_fd=target)

    def entries(self, path: str = "") -> list[Entry]:
        """What lies in a folder, by name; what belongs to git is not shown."""
        names = parts(path)
        with self._folder(path, names) as folder, _told(path), os.scandir(folder) as found:
            seen = [_entry("/".join((*names, one.name)), one) for one in found if _is_shown(one.name)]
        return sorted(seen, key=lambda one: os.fsencode(one.path))

    @contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[int]:
        """A descriptor, for as long as it is needed."""
        names = parts(path)
        with self._top() as root:
            with _told(path):
                found = open_beneath(root, names, flags, self.way)
            try:
                yield found
            finally:
                os.close(found)

    @contextmanager
    def _folder(self, path: str, names: tuple[str, ...], is_made: bool = False) -> Iterator[int]:
        with self._top() as root:
            with _told(path):
                found = self._make(root, names) if is_made else open_beneath(root, names, FOLDER, self.way)
            try:
                yield found
            finally:
                os.close(found)

    def _make(self, root: int, names: tuple[str, ...]) -> int:
        """Open a folder; those that are missing are made, each in a parent that is already held open."""
        try:
            return open_beneath(root, names, FOLDER, self.way)
        except FileNotFoundError:
            parent = self._make(root, names[:-1])
        try:
            with suppress(FileExistsError):
                os.mkdir(names[-1], 0o777, dir_fd=parent)
            return open_beneath(parent, names[-1:], FOLDER, self.way)
        finally:
            os.close(parent)

    @contextmanager
    def _top(self) -> Iterator[int]:
        if any(map(self.root.resolve().is_relative_to, NOT_WORKSPACES)):
            raise BadInput(f"{self.root} is no place for a workspace.")
        try:
            root = os.open(self.root, FOLDER | os.O_CLOEXEC)
        except OSError as error:
            raise BadInput(f"The workspace {self.root} cannot be opened: {(error.strerror or '').lower()}.") from error
        try:
            yield root
        finally:
            os.close(root)


def _names(path: str) -> tuple[str, ...]:
    names = parts(path)
    if not names:
        raise BadInput("This is the workspace itself: name a file in it.")
    return names


@contextmanager
def _told(path: str) -> Iterator[None]:
    """An expected refusal of the system, in a sentence; anything else is a bug."""
    try:
        yield
    except OSError as error:
        sentence = SENTENCES.get(error.errno or 0)
        if sentence is None:
            raise
        raise BadInput(sentence.format(shown(path) or "The workspace")) from error


def _look(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _check_regular(path: str, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise BadInput(f"{shown(path)} is a folder.")
    if stat.S_ISLNK(found.st_mode):
        raise BadInput(f"{shown(path)} is a symbolic link: name the file it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"{shown(path)} is no regular file.")


def _replace(folder: int, name: str, data: bytes, mode: int | None) -> None:
    """Write beside the file and rename; a new file gets the mode any program would give it."""
    work = f"{WORK}{secrets.token_hex(8)}"
    made = os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        with os.fdopen(made, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode & 0o777)
            _fill(file, data)
        os.rename(work, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(work, dir_fd=folder)
        raise


def _fill(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _is_shown(name: str) -> bool:
    return not is_git_name(name) and not name.startswith(WORK)


def _entry(path: str, found: "os.DirEntry[str]") -> Entry:
    if found.is_symlink():
        return Entry(path, "link", 0)
    if found.is_dir(follow_symlinks=False):
        return Entry(path, "folder", 0)
    if found.is_file(follow_symlinks=False):
        with suppress(FileNotFoundError):
            return Entry(path, "file", found.stat(follow_symlinks=False).st_size)
    return Entry(path, "other", 0)
