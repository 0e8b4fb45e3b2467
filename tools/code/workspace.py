"""Workspaces of tasks: opened, committed to and removed, each time as an effect that happens once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from checkpoints.effects import Effects, Place
from tools.code.committing import commit_snapshot, commit_tree, find_commit, tree_at
from tools.code.git import WORKING
from tools.code.repository import Repository, find_repository, git_of, named, peculiarities, uncommitted
from tools.code.snapshot import snapshot
from tools.code.worktrees import (
    Json,
    Workspace,
    clear,
    drop_branch,
    ensure,
    forget,
    git_beside,
    git_in,
    key_of,
    locked,
    read_record,
    refuse_blocked_branch,
    refuse_home_in,
    reset,
    slug,
    workspace_from,
    write_record,
)

TAKEN_ALONG = "Changes of the checkout that were not committed"


@dataclass(frozen=True)
class Commit:
    """What a commit came to: "" where nothing had changed, and the tree the branch has now.

    `left_out` are changed files that git cannot take: those of a filter, and folders that are repositories themselves.
    """

    commit: str
    tree: str
    left_out: tuple[str, ...]


def home_of(effects: Effects) -> Path:
    """Where all workspaces of these settings lie."""
    return effects.database.settings.data_dir.resolve() / "workspaces"


def open_workspace(effects: Effects, project: Path, title: str = "", with_uncommitted: bool = False) -> Workspace:
    """The workspace of this request, made from the commit the project stands on.

    The same one for every call with the same request id and rollback number, also after a kill. What is not committed
    is a first commit of the branch `with_uncommitted`, and otherwise named in a warning. Raises BadInput where the
    project cannot be worked on.
    """
    place = Place(effects.place.request_id, effects.place.rollback)
    key = key_of(place.request_id, place.rollback)

    def plan(held: int) -> Workspace:
        repository = find_repository(project)
        refuse_home_in(home_of(effects), repository.root)
        refuse_blocked_branch(git_of(repository))
        start, warnings = _start(repository, with_uncommitted, held)
        name = "-".join(filter(None, (slug(title), key)))
        return Workspace(
            key=key,
            thread_id=effects.fence.thread_id,
            request_id=place.request_id,
            rollback=place.rollback,
            folder=home_of(effects) / f"{slug(repository.root.name) or 'project'}-{key}",
            branch=f"magnus/{name}",
            base=repository.head,
            start=start,
            root=repository.root,
            common_dir=repository.common_dir,
            prefix=repository.prefix,
            warnings=(*warnings, *peculiarities(repository)),
        )

    wish = {"project": str(project), "with_uncommitted": with_uncommitted}
    return _opened(replace(effects, place=place), "workspace", key, wish, plan)


def open_again(effects: Effects, earlier: Workspace, commit: str) -> Workspace:
    """After a rollback: a new workspace that begins at a commit of the earlier one, which is left as it is."""
    place = Place(effects.place.request_id, effects.place.rollback)
    key = key_of(place.request_id, place.rollback)
    return _opened_beside(replace(effects, place=place), "workspace", key, earlier, commit, {})


def open_part(effects: Effects, workspace: Workspace, agent: str) -> Workspace:
    """The workspace of one agent of a parallel stage, from the task's newest commit; the place is that of the stage."""
    name = f"workspace of {agent}"
    said: Json = {"agent": agent, "part_of": workspace.key}
    return _opened_beside(effects, name, key_of(effects.place.key(name)), workspace, workspace.ref, said)


def open_lane(effects: Effects, workspace: Workspace, phase: str, commit: str) -> Workspace:
    """The workspace of a phase that is at work beside others, from this commit; the place is that of its beginning."""
    name = f"workspace of {phase}"
    said: Json = {"agent": phase, "part_of": workspace.key}
    return _opened_beside(effects, name, key_of(effects.place.key(name)), workspace, commit, said)


def commit(effects: Effects, workspace: Workspace, message: str, name: str = "commit") -> Commit:
    """Commit everything in the workspace that is not ignored, once for this place and name."""
    name = f"{name} {workspace.agent}".strip()
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            return commit_snapshot(git_in(workspace, held), workspace, message, key)

    def reconcile() -> Json | None:
        return find_commit(git_beside(workspace), workspace, key)

    found = effects.effect(name, "reconcile", {"branch": workspace.branch}, do, reconcile)
    return Commit(found["commit"], found["tree"], tuple(found["left_out"]))


def restore(effects: Effects, workspace: Workspace) -> None:
    """The workspace as its newest commit has it, for an agent that begins again; ignored files stay."""
    with locked(home_of(effects), workspace.key) as held:
        reset(workspace, held)
        git_in(workspace, held).run("clean", "-ffd", "--quiet", bounds=WORKING)


def remove_workspace(effects: Effects, workspace: Workspace, with_branch: bool = False) -> None:
    """The worktree is gone, and `with_branch` its branch too: its work is delivered, or discarded."""
    home = home_of(effects)

    def do() -> Json:
        remove(home, workspace, with_branch)
        return {}

    effects.effect(f"removal of {workspace.key}", "resend", {"with_branch": with_branch}, do)


def remove(home: Path, workspace: Workspace, with_branch: bool) -> None:
    """The same outside of any run; done twice it is as done once."""
    with locked(home, workspace.key) as held:
        clear(workspace)
        if with_branch:
            drop_branch(workspace, held)
        forget(home, workspace)


def _opened(effects: Effects, name: str, key: str, wish: Json, plan: Callable[[int], Workspace]) -> Workspace:
    """What was planned is noted before anything is made, so that a second try makes the same and not a second one."""
    home = home_of(effects)

    def do() -> Json:
        with locked(home, key) as held:
            workspace = read_record(home, key)
            if workspace is None:
                workspace = plan(held)
                write_record(home, workspace)
            ensure(workspace, held, is_new=True)
            return workspace.to_json()

    def reconcile() -> Json | None:
        return do() if read_record(home, key) else None

    workspace = workspace_from(effects.effect(name, "reconcile", wish, do, reconcile))
    with locked(home, key) as held:
        if not read_record(home, key):
            write_record(home, workspace)
        ensure(workspace, held, is_new=False)
    return workspace


def _opened_beside(effects: Effects, name: str, key: str, origin: Workspace, revision: str, changes: Json) -> Workspace:
    """A workspace of the same repository that begins at a revision of its origin."""

    def plan(held: int) -> Workspace:
        start = git_beside(origin, held).line("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        words = origin.branch.removesuffix(f"-{origin.key}")
        ending = "-".join(filter(None, (slug(changes.get("agent", "")), key)))
        return replace(
            origin,
            key=key,
            rollback=effects.place.rollback,
            folder=origin.folder.with_name(f"{origin.folder.name.removesuffix(f'-{origin.key}')}-{ending}"),
            branch=f"{words}-{ending}",
            start=start,
            **changes,
        )

    return _opened(effects, name, key, {"origin": origin.key, "revision": revision}, plan)


def _start(repository: Repository, with_uncommitted: bool, held: int) -> tuple[str, list[str]]:
    """The commit the work begins at, and what is not in it. The checkout and its index are only read."""
    git = git_of(repository, held)
    if not with_uncommitted:
        missing = uncommitted(repository).files
        told = f"Not in the workspace, since it is not committed: {named(missing)}."
        return repository.head, [told] if missing else []
    with snapshot(git) as found:
        told = f"Left out of what was taken along, since git cannot store it as it is: {named(found.left_out)}."
        warnings = [told] if found.left_out else []
        if found.tree == tree_at(git, repository.head):
            return repository.head, warnings
        return commit_tree(git, found.tree, [repository.head], TAKEN_ALONG, "uncommitted"), warnings
