"""Commits on a task's branch, made without its index; the last line of each names the effect it was."""

import os
import shutil
from urllib.parse import quote

from tools.code.git import WORKING, Git
from tools.code.snapshot import Snapshot, snapshot
from tools.code.worktrees import Json, Workspace, free_locks, head_of

TRAILER = "Magnus-Effect: "
MOST_LEFT_OUT = 50


def commit_tree(git: Git, tree: str, parents: list[str], message: str, key: str) -> str:
    """A commit that no branch has yet. The message may hold anything: only its last line, ours, is ever read back."""
    words = "\n".join(line.rstrip() for line in message.replace("\0", "").strip().splitlines()) or "Work of an agent"
    given = f"{words}\n\n{trailer(key)}\n".encode(errors="replace")
    ancestry = [word for parent in parents for word in ("-p", parent)]
    return git.line("commit-tree", tree, *ancestry, "-F", "-", given=given, bounds=WORKING)


def commit_snapshot(git: Git, workspace: Workspace, message: str, key: str) -> Json:
    """Put the state of the worktree on its branch, unless it is there already."""
    head = head_of(git, workspace)
    with snapshot(git) as found:
        commit = ""
        if found.tree != tree_at(git, head):
            commit = commit_tree(git, found.tree, [head], message, key)
            free_locks(workspace)
            git.run("update-ref", workspace.ref, commit, head)
            _take_index(workspace, found)
    return told(commit, found.tree, found.left_out)


def find_commit(git: Git, workspace: Workspace, key: str) -> Json | None:
    """What `commit_snapshot` told about the commit of this effect, if the branch has it."""
    shown = ("--format=%H%x00%B", "-z", "--no-show-signature", "--no-color", f"{workspace.start}..{workspace.ref}")
    fields = git.fields("log", *shown)
    for commit, message in zip(fields[::2], fields[1::2], strict=True):
        if message.rstrip().rpartition("\n")[2] == trailer(key):
            return told(commit, tree_at(git, commit), [])
    return None


def told(commit: str, tree: str, left_out: list[str]) -> Json:
    """A commit for the effects table."""
    readable = (os.fsencode(name).decode(errors="replace") for name in left_out[:MOST_LEFT_OUT])
    return {"commit": commit, "tree": tree, "left_out": list(readable)}


def tree_at(git: Git, commit: str) -> str:
    """The tree of a commit."""
    return git.line("rev-parse", "--verify", f"{commit}^{{tree}}")


def trailer(key: str) -> str:
    """The line that names an effect, whatever characters its key has."""
    return TRAILER + quote(key, safe="/ ")


def _take_index(workspace: Workspace, found: Snapshot) -> None:
    """The index of the worktree becomes that of the commit; git compares the times, so they are kept."""
    fresh = workspace.git_dir / "index.magnus"
    shutil.copy2(found.index, fresh)
    fresh.replace(workspace.git_dir / "index")
