"""The tree that a folder would be committed as, computed without touching the folder or its index."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.errors import BadInput
from tools.code.git import WORKING, Git
from tools.code.names import WORK

NO_FILTER = ("unspecified", "unset")
HALF_WRITTEN = f"--exclude={WORK}{'[0-9a-f]' * 16}"
"""A file of ours whose writer was killed before it got its name."""


@dataclass(frozen=True)
class Snapshot:
    """The tree of a folder with everything uncommitted, untracked files included and ignored ones not.

    `left_out` are changed files that cannot be taken as they are: those of a filter, which is not run, and folders
    that are repositories of their own. `index` is the index file that belongs to the tree.
    """

    tree: str
    left_out: list[str]
    index: Path


@contextmanager
def snapshot(git: Git) -> Iterator[Snapshot]:
    """The snapshot of the folder of `git`; its index file lives as long as the context."""
    with TemporaryDirectory(prefix="magnus-index-") as scratch:
        index = Path(scratch) / "index"
        apart = replace(git, index=index)
        _copy_index(git, index)
        gone, changed = _changes(apart)
        nested = [name for name in changed if name.endswith("/")]
        files = [name for name in changed if not name.endswith("/")]
        filtered = _filtered(apart, files)
        _update(apart, "--force-remove", gone)
        _update(apart, "--add", [name for name in files if name not in filtered])
        yield Snapshot(apart.line("write-tree", bounds=WORKING), sorted([*filtered, *nested]), index)


def tree_of(git: Git) -> str:
    """The hash of that tree alone."""
    with snapshot(git) as found:
        return found.tree


def _copy_index(git: Git, copy: Path) -> None:
    """The copy keeps the time of its original, by which git knows which files it cannot take for unchanged."""
    own = Path(git.line("rev-parse", "--path-format=absolute", "--git-path", "index"))
    if own.exists():
        shutil.copy2(own, copy)
    else:
        git_here = replace(git, index=copy)
        git_here.run("read-tree", "HEAD", bounds=WORKING)
    if replace(git, index=copy).fields("ls-files", "--unmerged", "-z"):
        raise BadInput(f"{git.folder} is in the middle of a merge: finish it, or give it up, first.")


def _changes(git: Git) -> tuple[list[str], list[str]]:
    """Files that are gone, and files that are new or look different. Submodules are not looked into."""
    found = git.fields("diff-files", "--name-status", "-z", "--no-renames", "--ignore-submodules=all", bounds=WORKING)
    pairs = list(zip(found[::2], found[1::2], strict=True))
    new = git.fields("ls-files", "--others", "--exclude-standard", HALF_WRITTEN, "-z", bounds=WORKING)
    return [name for how, name in pairs if how == "D"], [*(name for how, name in pairs if how != "D"), *new]


def _filtered(git: Git, files: list[str]) -> set[str]:
    """Files that their .gitattributes would send through a filter."""
    if not files:
        return set()
    found = git.fields("check-attr", "-z", "--stdin", "filter", given=_listed(files), bounds=WORKING)
    return {name for name, value in zip(found[::3], found[2::3], strict=True) if value not in NO_FILTER}


def _update(git: Git, how: str, files: list[str]) -> None:
    if files:
        git.run("update-index", how, "--replace", "-z", "--stdin", given=_listed(files), bounds=WORKING)


def _listed(files: list[str]) -> bytes:
    return b"".join(os.fsencode(name) + b"\0" for name in files)
