"""A conflict as work for one agent: both sides laid out in a worktree of its own, and its answer held against both."""

import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from checkpoints.effects import Effects
from graph.errors import BadInput
from tools.code.committing import commit_tree, find_commit, tree_at
from tools.code.git import WORKING, Git
from tools.code.merging import advance, readable, refuse_uncommitted, try_merge
from tools.code.workspace import home_of
from tools.code.worktrees import Json, Workspace, ensure, git_beside, git_in, head_of, locked, reset

MARKERS = r"^(<{7,}|>{7,}|={7,}|[|]{7,})( |\r?$)"
MARKER = re.compile(MARKERS.encode(), re.MULTILINE)
BORDER = re.compile(rb"={7,}\r?")
"""Between the sides; a line that many texts have anyway, so it counts only where the merge has put it."""


@dataclass(frozen=True)
class Resolution:
    """What became of a conflict: the commit that has both sides, or why there is none.

    `one_sided` are files of which only one side was kept, with a reason.
    """

    commit: str = ""
    flaws: tuple[str, ...] = ()
    one_sided: tuple[str, ...] = ()


def lay_out(effects: Effects, part: Workspace, theirs: str) -> str:
    """The commit on the branch of a part that has the task and a commit merged, with markers where they differ."""
    name = f"both sides for {part.agent}"
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), part.key) as held:
            git = git_in(part, held)
            head = head_of(git, part)
            tree = try_merge(git, head, theirs).tree
            advance(git, part, head, commit := commit_tree(git, tree, [head, theirs], "Both sides", key), held)
            return {"commit": commit}

    def reconcile() -> Json | None:
        with locked(home_of(effects), part.key) as held:
            found = find_commit(git_in(part, held), part, key)
            if found is None:
                return None
            reset(part, held)
            return {"commit": found["commit"]}

    return str(effects.effect(name, "reconcile", {"into": part.branch, "from": theirs}, do, reconcile)["commit"])


def bring_in(
    effects: Effects, workspace: Workspace, agent: str, theirs: str, resolved: str, reasons: str
) -> Resolution:
    """Merge a commit of this agent into the task as another commit has brought both together, once for this place.

    Nothing is merged where that one still has markers, or has nothing left of what one side did to a file and the
    reasons do not name that file.
    """
    name = f"resolution for {agent}"
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
            git = git_in(workspace, held)
            head = head_of(git, workspace)
            refuse_uncommitted(git, head)
            found = _judged(git, head, theirs, resolved, reasons)
            if found.flaws:
                return asdict(found)
            tree = tree_at(git, resolved)
            commit = commit_tree(git, tree, [head, theirs], f"Work of {agent}, brought together with the rest", key)
            advance(git, workspace, head, commit, held)
            return asdict(found) | {"commit": commit}

    def reconcile() -> Json | None:
        with locked(home_of(effects), workspace.key) as held:
            git = git_beside(workspace, held)
            commit = (find_commit(git, workspace, key) or {}).get("commit")
            if not commit:
                return None
            ensure(workspace, held, is_new=False)
            reset(workspace, held)
            return asdict(_judged(git, f"{commit}^1", theirs, resolved, reasons)) | {"commit": commit}

    told = effects.effect(name, "reconcile", {"from": resolved, "into": workspace.branch}, do, reconcile)
    return Resolution(told["commit"], tuple(told["flaws"]), tuple(told["one_sided"]))


def _judged(git: Git, head: str, theirs: str, resolved: str, reasons: str) -> Resolution:
    if not git.knows("merge-base", "--is-ancestor", head, resolved):
        raise BadInput(f"The branch has gone on since {resolved} was made: run this stage anew.")
    marked = [readable(file) for file in _marked(git, head, theirs, resolved)]
    dropped = sorted(readable(file) for file in _dropped(git, head, theirs, resolved))
    flaws = [f"{file} has conflict markers" for file in marked]
    flaws += [f"{file} has nothing of what one side did there" for file in dropped if file not in reasons]
    return Resolution(flaws=tuple(flaws), one_sided=tuple(file for file in dropped if file in reasons))


def _dropped(git: Git, head: str, theirs: str, resolved: str) -> set[str]:
    """Files that one side changed, and that are now exactly as the other side has them."""
    base = git.line("merge-base", head, theirs)
    differ = _files(git, head, theirs)
    of_theirs = _files(git, base, theirs) - _files(git, head, resolved)
    of_ours = _files(git, base, head) - _files(git, theirs, resolved)
    return (of_theirs | of_ours) & differ


def _files(git: Git, old: str, new: str) -> set[str]:
    return set(git.fields("diff-tree", "-r", "--name-only", "--no-renames", "-z", old, new, bounds=WORKING))


def _marked(git: Git, head: str, theirs: str, resolved: str) -> Iterator[str]:
    """Files with a line of a marker that neither side brought itself."""
    tree = try_merge(git, head, theirs).tree
    for file in _with_markers(git, resolved):
        own = _markers(git, head, file) | _markers(git, theirs, file)
        laid_out = _markers(git, tree, file)
        left = _markers(git, resolved, file) - own
        if any(line in laid_out or not BORDER.fullmatch(line) for line in left):
            yield file


def _with_markers(git: Git, revision: str) -> list[str]:
    how = ("--no-color", "--files-with-matches", "-z", "-a", "-E", MARKERS.replace(r"\r?", ".?"))
    found = git.run("grep", *how, revision, "--", may_end=(0, 1), bounds=WORKING)
    return [os.fsdecode(name).removeprefix(f"{revision}:") for name in found.out.split(b"\0")[:-1]]


def _markers(git: Git, revision: str, file: str) -> set[bytes]:
    """The lines of a file that look like a marker; none where there is no such file."""
    text = git.run("cat-file", "blob", f"{revision}:{file}", may_end=(0, 128), bounds=WORKING).out
    return {line for line in text.split(b"\n") if MARKER.match(line)}
