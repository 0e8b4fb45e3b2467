"""The feature folder on disk: there as a whole or not at all, and what a person changed in it is left as it is."""

import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from graph.errors import BadInput
from tools.code.beneath import Beneath
from tools.code.names import WORK
from tools.phases.pages import LOG, PLAN, Pages
from tools.work_text import printable

SPECS = ".specs"
PART = f"{WORK}plan-"
"""How a folder is called while it is filled."""
ABANDONED_S = 3600
LONGEST_NAME = 48
LARGEST_LOG = 50_000_000
WROTE = re.compile(r"^\S+ wrote (?P<path>.+) \(sha256 (?P<digest>[0-9a-f]{64})\)$", re.MULTILINE)
BELOW_A_PHASE = "AGENT-PROMPT.md"


@dataclass(frozen=True)
class Written:
    """What came of writing: files that are new or have changed, and those a person changed, which stay."""

    changed: list[str]
    kept: list[str]


def feature_of(goal: str) -> str:
    """The name of the folder of a goal.

    >>> feature_of("Implement complete auth system with JWT!")
    'implement-complete-auth-system-with-jwt'
    """
    plain = unicodedata.normalize("NFKD", goal).encode("ascii", "ignore").decode().lower()
    words, name = re.findall(r"[a-z0-9]+", plain), ""
    for word in words:
        if len(longer := f"{name}-{word}".lstrip("-")) > LONGEST_NAME:
            break
        name = longer
    return name or f"goal-{sha256(goal.encode(errors='replace')).hexdigest()[:8]}"


def place_of(goal: str, project: Path) -> Path:
    """Where the folder of a goal is, where nobody names one; raises BadInput where that is outside the project."""
    specs = project.resolve() / SPECS
    if specs.resolve() != specs or (specs.exists() and not specs.is_dir()):
        raise BadInput(f"{specs} is a link or a file: name another folder with --dir.")
    return specs / feature_of(goal)


def refuse_taken(folder: Path) -> None:
    """Raise BadInput where something is in the place of a new folder."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput(f"{folder} is a link or a file: name another folder with --dir.")
    if (folder / PLAN).exists():
        ways = f"`magnus phases {folder}` carries it out, or name another folder with --dir."
        raise BadInput(f"{folder} has a plan already: {ways}")
    if folder.is_dir() and next(folder.iterdir(), None):
        raise BadInput(f"{folder} is not empty: name another folder with --dir.")


def make_folder(folder: Path, pages: Pages, told: Sequence[str], now: datetime) -> Written:
    """A new feature folder; it takes its name when it is complete, so that a kill leaves none rather than half of one.

    `told` goes to planning.log before the list of files. Raises BadInput where the place is taken or closed.
    """
    refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        with _part(folder.parent) as part:
            _fill(part, pages, told, now)
            part.rename(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    return Written(sorted(pages), [])


def update_folder(folder: Path, pages: Pages, told: Sequence[str], now: datetime) -> Written:
    """Bring a feature folder up to date; a file that is not as it was last written stays, and is named.

    Writing the same pages again changes nothing. planning.log remembers by digests what was written.
    """
    place = Beneath(folder)
    log = _read(place, LOG) or ""
    before = digests_of(log)
    found = {path: _read(place, path) for path in pages}
    kept = [path for path, text in found.items() if _is_anothers(text, pages[path], before.get(path))]
    changed = [path for path, text in found.items() if text != pages[path] and path not in kept]
    for path in changed:
        place.write(path, pages[path].encode())
    _make_runs(folder, pages)
    stamp = now.isoformat(timespec="seconds")
    lines = [*_told(told, stamp), *_wrote({path: pages[path] for path in changed}, stamp)]
    if lines:
        place.write(LOG, (log + "".join(f"{line}\n" for line in lines)).encode())
    return Written(changed, kept)


def digests_of(log: str) -> dict[str, str]:
    """The digest of each file as it was last written, by the log."""
    return {found["path"]: found["digest"] for found in WROTE.finditer(log)}


def log_of(folder: Path) -> str:
    """The planning.log of a folder; empty where there is none."""
    return _read(Beneath(folder), LOG) or "" if folder.is_dir() else ""


def log_says(folder: Path, words: str) -> bool:
    """Whether a line of the folder's log is these words, behind its time."""
    return any(line.partition(" ")[2] == words for line in log_of(folder).splitlines())


def _is_anothers(text: str | None, wanted: str, digest: str | None) -> bool:
    """Whether somebody else wrote what is there; a file that is gone is simply written again."""
    return text is not None and text != wanted and _digest(text) != digest


def _fill(part: Path, pages: Pages, told: Sequence[str], now: datetime) -> None:
    place, stamp = Beneath(part), now.isoformat(timespec="seconds")
    for path, text in pages.items():
        place.write(path, text.encode())
    _make_runs(part, pages)
    lines = [*_told(told, stamp), *_wrote(pages, stamp)]
    place.write(LOG, "".join(f"{line}\n" for line in lines).encode())


def _make_runs(folder: Path, pages: Pages) -> None:
    """The folder of each phase in which its iterations are recorded."""
    for path in pages:
        if path.endswith(f"/{BELOW_A_PHASE}"):
            (folder / path).parent.joinpath("runs").mkdir(exist_ok=True)


def _told(told: Sequence[str], stamp: str) -> Iterator[str]:
    """Each text behind the time, its further lines indented, so that none of them looks like one of ours."""
    for text in told:
        first, *rest = printable(text).splitlines() or [""]
        yield f"{stamp} {first}"
        yield from (f"    {line}" for line in rest)


def _wrote(pages: Mapping[str, str], stamp: str) -> Iterator[str]:
    for path, text in sorted(pages.items()):
        yield f"{stamp} wrote {path} (sha256 {_digest(text)})"


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()


def _read(place: Beneath, path: str) -> str | None:
    """A text of the folder; None where there is none. Bytes that are no UTF-8 are kept as they are."""
    try:
        return place.read(path, LARGEST_LOG).decode(errors="surrogateescape")
    except BadInput:
        if (place.root / path).exists():
            raise
        return None


@contextmanager
def _part(parent: Path) -> Iterator[Path]:
    """A folder beside the one to be; gone again where it did not get its name."""
    part = parent / f"{PART}{secrets.token_hex(8)}"
    part.mkdir()
    try:
        yield part
    finally:
        if part.exists():
            shutil.rmtree(part)


def _sweep(parent: Path) -> None:
    """Take away what a killed process left behind here; a young one may still be at work."""
    for left in parent.glob(f"{PART}*"):
        if not left.is_symlink() and left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left)
