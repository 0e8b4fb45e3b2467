"""What agents and gates read of a workspace: what changed, who wrote what, and the tree that is there now."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import BadInput
from tools.code.git import PLAIN, Git, GitFailed
from tools.code.git_process import Bounds
from tools.code.snapshot import snapshot, tree_of
from tools.code.worktrees import Workspace, git_in

MOST_PATCH_BYTES = 200_000
RENAMES = ("--find-renames", "-l400")
BLAMED = re.compile(rb"(?P<commit>[0-9a-f]{40,64}) \d+ (?P<line>\d+)( \d+)?")
NOT_YET = re.compile("0+")


@dataclass(frozen=True)
class Change:
    """A file that is not as it was: `how` is A, M, D, R or T; lines are None where it is no text."""

    file: str
    how: str
    added: int | None
    deleted: int | None
    old_file: str = ""


@dataclass(frozen=True)
class Diff:
    """The difference to an older commit, uncommitted work included. `tree` is what was compared."""

    since: str
    tree: str
    changes: tuple[Change, ...]
    patch: str
    is_cut: bool


@dataclass(frozen=True)
class LogEntry:
    """A commit of the history; `date` is iso8601."""

    commit: str
    author: str
    date: str
    subject: str


@dataclass(frozen=True)
class BlamedLine:
    """A line and the commit it comes from, "" where it is not committed yet."""

    line: int
    commit: str
    author: str
    summary: str
    text: str


def changed_files(workspace: Workspace, since: str = "", paths: Sequence[str] = ()) -> tuple[Change, ...]:
    """The files that are not as in `since`, which is the person's commit if nothing else is said."""
    git = git_in(workspace)
    return _changes(git, _commit(git, since or workspace.base), tree_of(git), paths)


def diff(workspace: Workspace, since: str = "", paths: Sequence[str] = (), most_bytes: int = MOST_PATCH_BYTES) -> Diff:
    """The changes since a commit as a list and as a patch, which is cut after so many bytes, at the end of a line."""
    git = git_in(workspace)
    commit = _commit(git, since or workspace.base)
    with snapshot(git) as found:
        changes = _changes(git, commit, found.tree, paths)
        shown = ("-r", "-p", *PLAIN, *RENAMES, commit, found.tree, "--", *_literally(paths))
        patch = git.run("diff-tree", *shown, bounds=Bounds(seconds=30, out_bytes=most_bytes))
    words = patch.out.decode(errors="replace")
    return Diff(commit, found.tree, changes, words.rpartition("\n")[0] if patch.is_cut else words, patch.is_cut)


def log(workspace: Workspace, most: int = 30, since: str = "", paths: Sequence[str] = ()) -> tuple[LogEntry, ...]:
    """The newest commits first; with `since` only those after that commit."""
    git = git_in(workspace)
    span = f"{_commit(git, since)}..{workspace.ref}" if since else workspace.ref
    shown = ("-z", "--format=%H%x00%an%x00%cI%x00%s", "--no-show-signature", "--no-color", f"--max-count={most:d}")
    fields = [_readable(field) for field in git.fields("log", *shown, span, "--", *_literally(paths))]
    return tuple(LogEntry(*fields[at : at + 4]) for at in range(0, len(fields), 4))


def blame(workspace: Workspace, file: str, first: int = 1, count: int = 200) -> tuple[BlamedLine, ...]:
    """Where lines of a file come from, from line `first` on; raises BadInput where there is no such file or line."""
    if first < 1 or count < 1:
        raise BadInput(f"There is no line {first} to {first + count - 1} in {file}: lines are counted from 1.")
    git = git_in(workspace)
    try:
        shown = ("--no-textconv", "--line-porcelain", "--no-progress", "-L", f"{first:d},+{count:d}", "--", file)
        found = git.run("blame", *shown, bounds=Bounds(seconds=30, out_bytes=4_000_000))
    except GitFailed as error:
        raise BadInput(f"{file} cannot be blamed from line {first}: {error.why}.") from error
    return tuple(_blamed(found.out))


def _changes(git: Git, commit: str, tree: str, paths: Sequence[str]) -> tuple[Change, ...]:
    shown = ("-r", "-z", *PLAIN, *RENAMES, commit, tree, "--", *_literally(paths))
    counts = _counts(git.fields("diff-tree", "--numstat", *shown))
    fields, found = iter(git.fields("diff-tree", "--name-status", *shown)), []
    for how in fields:
        old = next(fields)
        new = next(fields) if how[0] in "RC" else old
        found.append(Change(_readable(new), how[0], *counts[new], _readable(old) if new != old else ""))
    return tuple(found)


def _counts(fields: list[str]) -> dict[str, tuple[int | None, int | None]]:
    """Lines added and deleted for each file; a renamed one has no name in its first field and two more after it."""
    found: dict[str, tuple[int | None, int | None]] = {}
    rest = iter(fields)
    for field in rest:
        added, deleted, file = field.split("\t", 2)
        new = file or (next(rest), next(rest))[1]
        found[new] = (int(added), int(deleted)) if added != "-" else (None, None)
    return found


def _blamed(out: bytes) -> list[BlamedLine]:
    found, about = [], {b"": b""}
    for line in out.split(b"\n"):
        if header := BLAMED.fullmatch(line):
            about = {b"commit": header["commit"], b"line": header["line"]}
        elif line.startswith(b"\t"):
            said = {key.decode(): value.decode(errors="replace") for key, value in about.items()}
            commit = "" if NOT_YET.fullmatch(said["commit"]) else said["commit"]
            text = line[1:].decode(errors="replace")
            found.append(BlamedLine(int(said["line"]), commit, said["author"], said["summary"], text))
        else:
            key, _, value = line.partition(b" ")
            about[key] = value
    return found


def _commit(git: Git, revision: str) -> str:
    found = git.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", may_end=(0, 1, 128)
    )
    if found.status != 0:
        raise BadInput(f"There is no commit {revision} in this repository.")
    return found.out.decode().strip()


def _literally(paths: Sequence[str]) -> list[str]:
    """Paths that mean themselves, whatever stars and colons are in them."""
    return [f":(top,literal){path}" for path in paths]


def _readable(words: str) -> str:
    return os.fsencode(words).decode(errors="replace")
