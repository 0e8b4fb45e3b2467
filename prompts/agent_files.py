"""Agent files on a disk: which there are, and the text of one, whatever lies there under that name."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts.agent import Level
from prompts.front_matter import UnusableFile
from prompts.plain_text import CONTROL, INVISIBLE, plain

MOST_BYTES = 1_000_000
MOST_FILES = 2_000
MOST_DEPTH = 8
PASSED_OVER = {".git", ".venv", "venv", "node_modules", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of agent files and whose it is; no file of it may lie outside `root`, where one is given."""

    folder: Path
    level: Level
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A file that cannot be used, and why."""

    file: Path
    message: str

    def __str__(self) -> str:
        return f"{shown(self.file)} {self.message}."


@dataclass(frozen=True, slots=True)
class AgentText:
    """What a file says, with `\\n` line ends and without control characters."""

    text: str
    problems: tuple[str, ...] = ()


def shown(path: Path) -> str:
    """A path as it can be printed, also where its name is no text or would steer a terminal."""
    return CONTROL.sub("?", os.fsencode(path).decode("utf-8", "replace"))


def agent_paths(folder: Path, flaws: list[Flaw]) -> Iterator[Path]:
    """The Markdown files below a folder in a fixed order; links to folders are not followed."""
    count = 0
    for place, folders, names in os.walk(folder, onerror=lambda error: flaws.append(_unreadable(error, folder))):
        folders[:] = sorted(_entered(Path(place), folders, folder, flaws))
        for name in sorted(names):
            if name.lower().endswith(".md"):
                count += 1
                if count > MOST_FILES:
                    flaws.append(Flaw(folder, f"holds more than {MOST_FILES:,} Markdown files; the rest was not read"))
                    return
                yield Path(place, name)


def _entered(place: Path, names: list[str], folder: Path, flaws: list[Flaw]) -> Iterator[str]:
    for name in names:
        if (place / name).is_symlink():
            flaws.append(Flaw(place / name, "is a link to a folder, which is not followed"))
        elif name not in PASSED_OVER and len(place.relative_to(folder).parts) < MOST_DEPTH:
            yield name


def _unreadable(error: OSError, folder: Path) -> Flaw:
    return Flaw(Path(os.fsdecode(error.filename or folder)), f"cannot be listed: {error.strerror}")


def read_agent_text(path: Path, root: Path | None = None) -> AgentText:
    """The text of one file; raises UnusableFile with the reason where it has none that could be an agent."""
    raw = _bytes_of(_within(path, root))
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableFile("is a binary file")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnusableFile(f"is not UTF-8: byte {error.start + 1:,} is 0x{raw[error.start]:02x}") from error
    return _cleaned(text)


def _within(path: Path, root: Path | None) -> Path:
    """Where a path leads; a repository must not show a file of the user to a model by a link to it."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UnusableFile("is a link that leads nowhere, or in a circle") from error
    if root is not None and not real.is_relative_to(root.resolve()):
        raise UnusableFile("is a link to a place outside its folder, which is not read")
    return real


def _bytes_of(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnusableFile("is no regular file")
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnusableFile(f"cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise UnusableFile(f"is larger than {MOST_BYTES:,} bytes")
    return raw


def _cleaned(text: str) -> AgentText:
    problems = []
    if text.startswith("\ufeff"):
        problems.append("begins with a byte order mark")
        text = text[1:]
    if "\r" in text:
        problems.append("has Windows line ends")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if CONTROL.search(text):
        problems.append("has control characters, which were left out")
    if INVISIBLE.search(text):
        problems.append("has invisible characters, which were left out")
    return AgentText(plain(text), tuple(problems))
