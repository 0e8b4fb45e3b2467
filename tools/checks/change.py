"""A change: two git trees and what differs between them, line by line."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from graph.errors import BadInput
from tools.code.diffs import RENAMES
from tools.code.git import PLAIN, WORKING, Git, making_objects_in
from tools.code.repository import find_repository, git_of
from tools.code.snapshot import tree_of

FILE = b"diff --git "
HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
LARGEST_BLOB = 4_000_000


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs: `how` is A, M, D, R or T; `path` is the new name, and of a deleted file its last one.

    `added` are line numbers of the new text, `removed` of the old; both are empty where it is no text.
    """

    path: str
    how: str
    old_path: str
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()

    @property
    def is_python(self) -> bool:
        return self.path.endswith((".py", ".pyi"))

    @property
    def is_there(self) -> bool:
        """Whether the new tree has it."""
        return self.how != "D"


@dataclass(frozen=True)
class Change:
    """A change of a project. `base` and `tree` are hashes of git trees, `root` is where the person's checkout lies.

    `prefix` is the folder of the project in its repository, with a slash at its end, or "".
    """

    git: Git = field(repr=False)
    root: Path
    base: str
    tree: str
    prefix: str = ""

    @cached_property
    def files(self) -> tuple[ChangedFile, ...]:
        """Every file that differs, by its path from the top of the repository."""
        return tuple(_files(self.git, self.base, self.tree))

    @property
    def python(self) -> tuple[ChangedFile, ...]:
        """The Python files that are new or different."""
        return tuple(one for one in self.files if one.is_python and one.is_there)

    @property
    def lines(self) -> int:
        """Lines added and removed."""
        return sum(len(one.added) + len(one.removed) for one in self.files)

    def text(self, path: str, tree: str | None = None) -> str | None:
        """What a file holds in a tree, the new one if nothing else is said; None where it is not there or no text."""
        found = self.git.run("cat-file", "blob", f"{tree or self.tree}:{path}", may_end=(0, 128))
        if found.status != 0 or found.is_cut or len(found.out) > LARGEST_BLOB or b"\0" in found.out:
            return None
        return found.out.decode(errors="replace")

    def old_text(self, file: ChangedFile) -> str | None:
        """What a changed file held before."""
        return None if file.how == "A" else self.text(file.old_path, self.base)

    def paths(self, tree: str | None = None) -> list[str]:
        """Every file of a tree."""
        return self.git.fields("ls-tree", "-r", "-z", "--name-only", tree or self.tree, bounds=WORKING)


def change_of(
    project: Path,
    base: str | None = None,
    with_worktree: bool = False,
    *,
    head: str = "HEAD",
    objects: Path | None = None,
) -> Change:
    """The change of a checkout: `head` against `base`, which is the merge base with its upstream, else the commit
    before `head`.

    `with_worktree` takes what is not committed in the place of `head`. The checkout is only read; with `objects` the
    repository is too, and git's objects of what is not committed go into that folder. Raises BadInput where there is
    nothing to compare with.
    """
    repository = find_repository(project)
    git = git_of(repository)
    if objects:
        git = making_objects_in(git, objects)
    before = _tree(git, base) if base else _default_base(git, head)
    after = tree_of(git) if with_worktree else _tree(git, head)
    return Change(git, repository.root, before, after, repository.prefix)


def _tree(git: Git, revision: str) -> str:
    found = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}", may_end=(0, 1, 128))
    if found.status != 0:
        raise BadInput(f"There is no revision {revision} in {git.folder}: `git log` shows what there is.")
    return found.out.decode().strip()


def _default_base(git: Git, head: str) -> str:
    """Where the branch left its upstream; without one the commit before the newest, and before the first nothing."""
    upstream = git.run("merge-base", "--end-of-options", head, "@{upstream}", may_end=(0, 1, 128))
    if upstream.status == 0:
        return _tree(git, upstream.out.decode().strip())
    before = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{head}~1")
    if git.run(*before, may_end=(0, 1, 128)).status == 0:
        return _tree(git, f"{head}~1")
    return git.line("hash-object", "-t", "tree", "--stdin", given=b"")


def _files(git: Git, base: str, tree: str) -> Iterator[ChangedFile]:
    """The list of files and their hunks come in the same order, so that no name has to be read from a patch.

    A file that became a link, or a link a file, has two parts in the patch: the old one's end and the new one's start.
    """
    shown = (*PLAIN, *RENAMES, base, tree)
    fields = iter(git.fields("diff-tree", "-r", "-z", "--name-status", *shown, bounds=WORKING))
    names = []
    for how in fields:
        old = next(fields)
        names.append((how[0], old, next(fields) if how[0] in "RC" else old))
    patches = git.run("diff-tree", "-r", "-p", "-U0", *shown, bounds=WORKING)
    if patches.is_cut:
        raise BadInput("The change is too large to be judged: give a --base nearer to it.")
    hunks = _hunks(patches.out)
    for how, old, new in names:
        added, removed = next(hunks)
        if how == "T":
            added, _ = next(hunks)
        yield ChangedFile(_readable(new), how, _readable(old), added, removed)


def _hunks(patch: bytes) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """For each file of a patch without context: the lines that are new, and those that are gone."""
    added: set[int] = set()
    removed: set[int] = set()
    is_first = True
    for line in patch.split(b"\n"):
        if line.startswith(FILE):
            if not is_first:
                yield frozenset(added), frozenset(removed)
            is_first, added, removed = False, set(), set()
        elif found := HUNK.match(line):
            removed |= _span(found[1], found[2])
            added |= _span(found[3], found[4])
    if not is_first:
        yield frozenset(added), frozenset(removed)


def _span(first: bytes, count: bytes | None) -> set[int]:
    start = int(first)
    return set(range(start, start + (1 if count is None else int(count))))


def _readable(path: str) -> str:
    return os.fsencode(path).decode(errors="surrogateescape")
