"""What tests of workspaces share: the effects of a run, and a home for its worktrees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from checkpoints.database import Database
from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence
from checkpoints.leases import leased
from tools.code.merging import Merge, merge_work
from tools.code.repository import find_repository
from tools.code.snapshot import tree_of
from tools.code.worktrees import Workspace, ensure, git_in, locked

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
REQUEST = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def moved(database: Database, home: Path) -> Database:
    """The same database with another folder for data."""
    return replace(database, settings=database.settings.model_copy(update={"data_dir": home}))


@contextmanager
def running(database: Database, thread: str = "t", request_id: str = REQUEST, lease_s: float = 5) -> Iterator[Effects]:
    """The effects of a run that holds its thread."""
    with leased(database, thread, lease_s, lambda: None) as lease:
        yield Effects(database, Fence(thread, lease.epoch), Place(request_id), lambda: NOW)


def at(effects: Effects, **place: object) -> Effects:
    """The same run at another place of its workflow."""
    return replace(effects, place=replace(effects.place, **place))


def merge_parts(effects: Effects, workspace: Workspace, parts: list[Workspace]) -> list[Merge]:
    """The committed work of agents merged into their task in this order."""
    return [merge_work(effects, workspace, part.agent, part.ref) for part in parts]


def tree_now(workspace: Workspace) -> str:
    """The git tree of the worktree as it is now."""
    return tree_of(git_in(workspace))


def workspace_in(home: Path, project: Path, key: str) -> Workspace:
    """A workspace as it lies on the disk, made without a run or a database."""
    repository = find_repository(project)
    workspace = Workspace(
        key=key,
        thread_id="t",
        request_id=REQUEST,
        rollback=0,
        folder=home / key,
        branch=f"magnus/{key}",
        base=repository.head,
        start=repository.head,
        root=repository.root,
        common_dir=repository.common_dir,
        prefix=repository.prefix,
    )
    with locked(home, key) as held:
        ensure(workspace, held, is_new=True)
    return workspace
