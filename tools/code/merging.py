"""The work of parallel agents, merged in order into the branch of their task; a conflict changes nothing."""

import os
from dataclasses import asdict, dataclass, field

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
FILES = ("100644", "100755")
"""What is neither a link nor a repository of its own."""


@dataclass(frozen=True)
class Conflict:
    """A file that two agents changed in ways that do not go together: as it was, in the task, and in the part.

    A side is None where it has no such file, or one that is no text, which `is_text` then says. `merged` has both sides
    between markers.
    """

    file: str
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None
    merged: str | None = None
    is_text: bool = True


@dataclass(frozen=True)
class Merge:
    """What became of the work of one agent: `commit` is the task's newest one, as before where there are conflicts."""

    agent: str
    commit: str
    conflicts: tuple[Conflict, ...] = ()
    messages: tuple[str, ...] = ()
    more_conflicts: int = 0


@dataclass(frozen=True)
class Side:
    """A file as one side of a conflict has it."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Trial:
    """A merge that changed nothing yet: its tree, and for each file in conflict the sides that have it."""

    tree: str
    is_clean: bool
    sides: dict[str, dict[str, Side]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


def merge_work(effects: Effects, workspace: Workspace, agent: str, revision: str) -> Merge:
    """Merge what one agent committed, a branch or a commit of it, into the task, once for this place.

    Raises BadInput where the workspace has changes that are not committed: nothing is ever written over them.
    """
    name = f"merge of {agent}"
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
            return asdict(_merged(workspace, agent, revision, key, held))

    def reconcile() -> Json | None:
        with locked(home_of(effects), workspace.key) as held:
            git = git_beside(workspace, held)
            if not _contains(git, workspace.ref, _found(git, agent, revision)):
                return None
            ensure(workspace, held, is_new=False)
            reset(workspace, held)
            return asdict(Merge(agent, head_of(git, workspace)))

    found = effects.effect(name, "reconcile", {"from": revision, "into": workspace.branch}, do, reconcile)
    conflicts = tuple(Conflict(**one) for one in found["conflicts"])
    return Merge(**(found | {"conflicts": conflicts, "messages": tuple(found["messages"])}))


def _merged(workspace: Workspace, agent: str, revision: str, key: str, held: int) -> Merge:
    git = git_in(workspace, held)
    head, theirs = head_of(git, workspace), _found(git, agent, revision)
    if _contains(git, head, theirs):
        return Merge(agent, head)
    refuse_uncommitted(git, head)
    trial = try_merge(git, head, theirs)
    if not trial.is_clean:
        return _conflicted(git, agent, head, trial)
    is_behind = git.knows("merge-base", "--is-ancestor", head, theirs)
    merged = theirs if is_behind else commit_tree(git, trial.tree, [head, theirs], f"Work of {agent}", key)
    advance(git, workspace, head, merged, held)
    return Merge(agent, merged)


def advance(git: Git, workspace: Workspace, head: str, commit: str, held: int) -> None:
    """The branch and the files go on from `head` to a commit; git refuses where the branch is elsewhere by now."""
    free_locks(workspace)
    git.run("update-ref", workspace.ref, commit, head)
    reset(workspace, held)


def refuse_uncommitted(git: Git, head: str) -> None:
    """Raise BadInput where the folder is not as its newest commit has it."""
    with snapshot(git) as found:
        if found.tree != tree_at(git, head):
            raise BadInput(f"{git.folder} has changes that are not committed: commit or restore them before merging.")


def try_merge(git: Git, ours: str, theirs: str) -> Trial:
    """Merge two commits into a tree, without a checkout and without a branch."""
    found = git.run("merge-tree", "--write-tree", "-z", "--messages", ours, theirs, may_end=(0, 1), bounds=WORKING)
    tree, *told = os.fsdecode(found.out).split("\0")
    if found.status == 0:
        return Trial(tree, is_clean=True)
    end = told.index("")
    sides: dict[str, dict[str, Side]] = {}
    for entry in told[:end]:
        about, _, file = entry.partition("\t")
        mode, blob, stage = about.split(" ")
        sides.setdefault(file, {})[STAGES[stage]] = Side(mode, blob)
    return Trial(tree, is_clean=False, sides=sides, messages=_messages(told[end + 1 :]))


def _found(git: Git, agent: str, revision: str) -> str:
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = git.run(*wanted, may_end=(0, 1, 128)).out.decode().strip()
    if not commit:
        raise BadInput(f"The work of {agent} is gone ({revision}): run this stage anew.")
    return commit


def _contains(git: Git, revision: str, theirs: str) -> bool:
    return git.knows("merge-base", "--is-ancestor", theirs, revision)


def _conflicted(git: Git, agent: str, head: str, trial: Trial) -> Merge:
    shown = list(trial.sides.items())[:MOST_CONFLICTS]
    conflicts = tuple(_conflict(git, trial.tree, file, sides) for file, sides in shown)
    return Merge(agent, head, conflicts, tuple(trial.messages[:MOST_CONFLICTS]), len(trial.sides) - len(shown))


def _conflict(git: Git, tree: str, file: str, sides: dict[str, Side]) -> Conflict:
    texts = {name: _text(git, side.blob) if side.mode in FILES else None for name, side in sides.items()}
    is_text = all(text is not None for text in texts.values())
    return Conflict(file=readable(file), merged=_text(git, f"{tree}:{file}"), is_text=is_text, **texts)


def _messages(told: list[str]) -> list[str]:
    """Each is a count of paths, the paths, a short kind and the sentence; only conflicts are of interest."""
    said, rest = [], told
    while rest and rest[0].isdigit():
        kind, sentence = rest[1 + int(rest[0]) :][:2]
        rest = rest[3 + int(rest[0]) :]
        if kind.startswith("CONFLICT"):
            said.append(readable(sentence.strip()))
    return said


def _text(git: Git, blob: str) -> str | None:
    found = git.run("cat-file", "blob", blob, may_end=(0, 128), bounds=SHOWN)
    is_text = (found.status == 0 or found.is_cut) and b"\0" not in found.out
    return found.out.decode(errors="replace") if is_text else None


def readable(words: str) -> str:
    """A name of a file as it can be written into JSON."""
    return os.fsencode(words).decode(errors="replace")
