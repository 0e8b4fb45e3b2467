"""The moment a task's work reaches its person: a branch that stays, a merge into theirs, or a patch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from checkpoints.effects import Effects
from graph.errors import BadInput, MagnusError
from tools.code.committing import tree_at
from tools.code.diffs import changed_files
from tools.code.git import WORKING, Git
from tools.code.merging import merge_work
from tools.code.repository import Repository, find_repository, git_of, named, uncommitted
from tools.code.workspace import home_of
from tools.code.worktrees import Json, Workspace, git_beside, head_of, locked

Mode = Literal["branch", "merge", "patch"]


class Moved(MagnusError):
    """The person's branch went on since the work began: the work has to begin there, and be judged there again."""


@dataclass(frozen=True)
class Delivered:
    """What was delivered: a commit with this tree, and where it is now, a branch or the path of a patch."""

    mode: Mode
    commit: str
    tree: str
    into: str


def deliver(effects: Effects, workspace: Workspace, mode: Mode, tree: str) -> Delivered:
    """Deliver the newest commit of the task, once.

    `tree` is the one that was judged. Raises BadInput where the branch is not that tree any more, or the checkout
    cannot take it; Moved where it stands on a commit that the task's branch does not have.
    """
    do = {"branch": _keep_branch, "merge": _merge, "patch": _write_patch}[mode]

    def once(act: Callable[[Effects, Workspace, Git, str], str | None]) -> Json | None:
        with locked(home_of(effects), workspace.key) as held:
            git = git_beside(workspace, held)
            head = head_of(git, workspace)
            if not head or tree_at(git, head) != tree:
                raise BadInput(f"{workspace.branch} is not what the gates saw, so it is not delivered.")
            into = act(effects, workspace, git, head)
            return None if into is None else vars(Delivered(mode, head, tree, into))

    def done() -> Json:
        found = once(do)
        assert found is not None
        return found

    wish = {"branch": workspace.branch, "tree": tree, "mode": mode}
    reconcile = {"merge": lambda: once(_merged), "branch": lambda: None, "patch": lambda: None}[mode]
    return Delivered(**effects.effect(f"delivery of {tree}", "reconcile", wish, done, reconcile))


def catch_up(effects: Effects, workspace: Workspace) -> str:
    """Merge what is new on the person's branch into the task's, once for this place; returns the commit that the
    change now begins at.

    Raises BadInput where the two do not go together; both are left as they are then.
    """
    repository = find_repository(workspace.root)
    theirs = f"the branch {repository.branch}"
    merged = merge_work(effects, workspace, theirs, repository.head)
    if merged.conflicts:
        files = named([one.file for one in merged.conflicts])
        raise BadInput(
            f"{repository.branch} has new commits that do not go together with the change ({files}): "
            f"run `git merge {workspace.branch}` and settle it there."
        )
    return git_beside(workspace).line("merge-base", workspace.ref, repository.head)


def _keep_branch(effects: Effects, workspace: Workspace, git: Git, head: str) -> str:
    """The branch is there already; that it stays is the delivery."""
    return workspace.branch


def _write_patch(effects: Effects, workspace: Workspace, git: Git, head: str) -> str:
    """A patch that `git am` takes, with one part for each commit."""
    shown = ("--stdout", "--no-signature", "--binary", "--full-index", "--no-renames", "--zero-commit")
    patch = git.run("format-patch", *shown, f"{workspace.start}..{head}", bounds=WORKING)
    if patch.is_cut:
        raise BadInput("The change is too large for a patch: deliver it as a branch.")
    path = patch_of(effects.database.settings.data_dir, workspace)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(patch.out)
    fresh.replace(path)
    return str(path)


def patch_of(data_dir: Path, workspace: Workspace) -> Path:
    """Where the patch of a task is written."""
    return data_dir.resolve() / "patches" / f"{workspace.branch.replace('/', '-')}.patch"


def _merge(effects: Effects, workspace: Workspace, git: Git, head: str) -> str:
    """The person's branch goes forward to the task's newest commit; nothing of theirs is ever written over."""
    repository = find_repository(workspace.root)
    if merged := _merged(effects, workspace, git, head):
        return merged
    _refuse_unfit(repository, workspace)
    own = git_of(repository, git.held)
    if not own.knows("merge-base", "--is-ancestor", repository.head, head):
        raise Moved(f"{repository.branch} has new commits since the work began.")
    own.run("merge", "--ff-only", "--quiet", "--no-stat", head, bounds=WORKING)
    return repository.branch


def _merged(effects: Effects, workspace: Workspace, git: Git, head: str) -> str | None:
    """The person's branch where it has the task's newest commit, else None."""
    repository = find_repository(workspace.root)
    has_it = repository.branch and git.knows("merge-base", "--is-ancestor", head, repository.head)
    return repository.branch if has_it else None


def _refuse_unfit(repository: Repository, workspace: Workspace) -> None:
    if not repository.branch:
        raise BadInput(f"{repository.root} is on no branch: check one out, or take {workspace.branch} as it is.")
    if files := uncommitted(repository).files:
        raise BadInput(f"{repository.root} has changes that are not committed ({named(files)}): commit them first.")
    paths = [change.file for change in changed_files(workspace, workspace.start)]
    given = "\0".join(paths).encode(errors="surrogateescape") + b"\0"
    fields = git_of(repository).fields("check-attr", "-z", "--stdin", "filter", given=given) if paths else []
    filtered = [
        file for file, how in zip(fields[::3], fields[2::3], strict=True) if how not in ("unspecified", "unset")
    ]
    if filtered:
        raise BadInput(f"{named(filtered)} would need a filter to be merged: run `git merge {workspace.branch}`.")
