"""A project as a planner needs to know it: its folders and files, and the technologies its files name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from graph.errors import BadInput, MagnusError
from tools.code.beneath import Beneath
from tools.code.names import shown
from tools.code.repository import find_repository, git_of
from tools.code.scan import files_below
from tools.phases.stack import Found, stack_of

MOST_FILES = 20_000
MOST_FOLDERS = 120
MOST_NAMES = 15
LONGEST = 12_000
OURS = (".specs/", ".magnus/")
HIDDEN = re.compile(r"(^|/)\.(?!github/)[^/]+/")
"""Folders of programs and not of the project, where no git says what is whose."""


@dataclass(frozen=True)
class Project:
    """What was seen: one line a folder, and each technology with the file that names it."""

    structure: str
    stack: list[Found]

    @property
    def stack_text(self) -> str:
        """The technologies, one a line."""
        return "\n".join(f"{found.what} ({found.where})" for found in self.stack) or "Nothing that a file names."


def look_at(root: Path) -> Project:
    """The project in a folder, read and never run; raises BadInput where there is no such folder."""
    if not root.is_dir():
        raise BadInput(f"There is no folder {root}: name the one of your project with --project.")
    place = Beneath(root)
    found = _of_git(root)
    paths = [path for path in (_of_disk(place) if found is None else found) if not path.startswith(OURS)]
    kept = paths[:MOST_FILES]
    return Project(structure_of(kept, is_cut=len(kept) < len(paths)), stack_of(place, kept))


def structure_of(paths: Sequence[str], is_cut: bool = False) -> str:
    """One line a folder with the names of its first files, the flattest first; as much as a planner can use.

    >>> print(structure_of(["app.py", "tests/test_app.py"]))
    ./: app.py
    tests/: test_app.py
    """
    by_folder = sorted((path.rpartition("/")[0], path.rpartition("/")[2]) for path in paths)
    lines = [_line(folder, [name for _, name in group]) for folder, group in groupby(by_folder, lambda pair: pair[0])]
    lines.sort(key=lambda line: line.partition(": ")[0].count("/"))
    kept = list(_fitting(lines[:MOST_FOLDERS]))
    more = [f"and {len(lines) - len(kept)} more folders"] if len(kept) < len(lines) else []
    uncounted = [f"The project has more than {MOST_FILES} files; the others were not looked at."] if is_cut else []
    return "\n".join([*kept, *more, *uncounted]) or "The folder is empty."


def _of_git(root: Path) -> list[str] | None:
    """What git keeps or would take in below a folder; None where nothing of it can be asked of git."""
    try:
        repository = find_repository(root)
        listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        paths = git_of(repository).fields(*listed)
    except MagnusError:
        return None
    below = repository.prefix
    return sorted(path.removeprefix(below) for path in paths if path.startswith(below))


def _of_disk(place: Beneath) -> list[str]:
    below = (one.path for one in files_below(place) if one.kind == "file")
    return list(islice((path for path in below if not HIDDEN.search(path)), MOST_FILES + 1))


def _line(folder: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{shown(folder) or '.'}/: {', '.join(map(shown, names[:MOST_NAMES]))}{more}"


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    letters = 0
    for line in lines:
        letters += len(line) + 1
        if letters > LONGEST:
            return
        yield line
