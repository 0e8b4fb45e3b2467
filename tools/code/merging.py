"""The work of parallel agents, merged in order into the branch of their task; a conflict changes nothing."""

import os
from dataclasses import asdict, dataclass

from checkpoints.effects import Effects
from graph.errors import BadInput
from tools.code.committing import commit_tree, tree_at
from tools.code.git import WORKING, Git
from tools.code.git_process import Bounds
from tools.code.snapshot import snapshot
from tools.code.workspace import home_of
from tools.code.worktrees import Json, Workspace, ensure, free_locks, git_beside, git_in, head_of, locked, reset

SHOWN = Bounds(seconds=30, out_bytes=20_000)
"""How much of each side of a conflict is told."""
MOST_CONFLICTS = 20
STAGES = {"1": "base", "2": "ours", "3": "theirs"}


@dataclass(frozen=True)
class Conflict:
    """A file that two agents changed in ways that do not go together: as it was, in the task, and in the part.

    A side is None where it has no such file, or one that is no text. `merged` has both sides between markers.
    """

    file: str
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None
    merged: str | None = None


@dataclass(frozen=True)
class Merge:
    """What became of the work of one agent: `commit` is the task's newest one, as before where there are conflicts."""

    agent: str
    commit: str
    conflicts: tuple[Conflict, ...] = ()
    messages: tuple[str, ...] = ()
    more_conflicts: int = 0


def merge_parts(effects: Effects, workspace: Workspace, parts: list[Workspace]) -> list[Merge]:
    """Merge the committed work of agents into their task in this order, each once.

    After a conflict the next are merged all the same. Raises BadInput where the workspace has changes that are not
    committed: nothing is ever written over them.
    """
    return [_merge_part(effects, workspace, part) for part in parts]


def _merge_part(effects: Effects, workspace: Workspace, part: Workspace) -> Merge:
    name = f"merge of {part.agent}"
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
            return asdict(_merged(workspace, part, key, held))

    def reconcile() -> Json | None:
        with locked(home_of(effects), workspace.key) as held:
            git = git_beside(workspace, held)
            if not _contains(git, workspace.ref, part):
                return None
            ensure(workspace, held, is_new=False)
            reset(workspace, held)
            return asdict(Merge(part.agent, head_of(git, workspace)))

    found = effects.effect(name, "reconcile", {"from": part.branch, "into": workspace.branch}, do, reconcile)
    conflicts = tuple(Conflict(**one) for one in found["conflicts"])
    return Merge(**(found | {"conflicts": conflicts, "messages": tuple(found["messages"])}))


def _merged(workspace: Workspace, part: Workspace, key: str, held: int) -> Merge:
    git = git_in(workspace, held)
    head, theirs = head_of(git, workspace), head_of(git, part)
    if _contains(git, head, part):
        return Merge(part.agent, head)
    _refuse_uncommitted(git, head)
    tried = git.run("merge-tree", "--write-tree", "-z", "--messages", head, theirs, may_end=(0, 1), bounds=WORKING)
    tree, *told = os.fsdecode(tried.out).split("\0")
    if tried.status == 1:
        return _conflicted(git, part.agent, head, tree, told)
    is_behind = git.knows("merge-base", "--is-ancestor", head, theirs)
    merged = theirs if is_behind else commit_tree(git, tree, [head, theirs], f"Work of {part.agent}", key)
    free_locks(workspace)
    git.run("update-ref", workspace.ref, merged, head)
    reset(workspace, held)
    return Merge(part.agent, merged)


def _contains(git: Git, revision: str, part: Workspace) -> bool:
    theirs = head_of(git, part)
    if not theirs:
        raise BadInput(f"The branch {part.branch} of {part.agent} is gone: run this stage anew.")
    return git.knows("merge-base", "--is-ancestor", theirs, revision)


def _refuse_uncommitted(git: Git, head: str) -> None:
    with snapshot(git) as found:
        if found.tree != tree_at(git, head):
            raise BadInput(f"{git.folder} has changes that are not committed: commit or restore them before merging.")


def _conflicted(git: Git, agent: str, head: str, tree: str, told: list[str]) -> Merge:
    """What `git merge-tree -z` tells: a field for each side of each file, an empty one, then its messages."""
    end = told.index("")
    sides: dict[str, Json] = {}
    for field in told[:end]:
        about, _, file = field.partition("\t")
        mode, blob, stage = about.split(" ")
        sides.setdefault(file, {})[STAGES[stage]] = _text(git, blob) if mode != "160000" else None
    shown = list(sides.items())[:MOST_CONFLICTS]
    conflicts = tuple(
        Conflict(file=_readable(file), merged=_text(git, f"{tree}:{file}"), **found) for file, found in shown
    )
    messages = tuple(_messages(told[end + 1 :]))[:MOST_CONFLICTS]
    return Merge(agent, head, conflicts, messages, len(sides) - len(shown))


def _messages(told: list[str]) -> list[str]:
    """Each is a count of paths, the paths, a short kind and the sentence; only conflicts are of interest."""
    said, rest = [], told
    while rest and rest[0].isdigit():
        kind, sentence = rest[1 + int(rest[0]) :][:2]
        rest = rest[3 + int(rest[0]) :]
        if kind.startswith("CONFLICT"):
            said.append(_readable(sentence.strip()))
    return said


def _text(git: Git, blob: str) -> str | None:
    found = git.run("cat-file", "blob", blob, may_end=(0, 128), bounds=SHOWN)
    is_text = (found.status == 0 or found.is_cut) and b"\0" not in found.out
    return found.out.decode(errors="replace") if is_text else None


def _readable(words: str) -> str:
    return os.fsencode(words).decode(errors="replace")
