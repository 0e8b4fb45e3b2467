"""Worktrees of tasks that are over go, and no work that somebody may still want goes with them."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from checkouts import Checkout, fingerprint, new_checkout
from workspaces import at, merge_parts, moved, running

from checkpoints.database import Database
from checkpoints.runs import accept, cancel, finish, reopen
from tools.code.sweeping import Swept, sweep
from tools.code.workspace import commit, open_again, open_part, open_workspace, remove_workspace
from tools.code.worktrees import Workspace

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


@pytest.fixture
def own(database: Database, tmp_path: Path) -> Database:
    return moved(database, tmp_path / "data")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "project")


def task(own: Database, checkout: Checkout, thread: str = "t", text: str | None = "work\n") -> Workspace:
    """An accepted request with its workspace, and with a commit where there is a text."""
    request_id = str(uuid4())
    accept(own, {"request_id": request_id, "priority": "medium"}, thread, "sample", NOW)
    with running(own, thread, request_id) as effects:
        workspace = open_workspace(effects, checkout.folder)
        if text:
            (workspace.folder / "readme.md").write_text(text)
            commit(effects, workspace, "Work")
    return workspace


def finished(own: Database, workspace: Workspace) -> Workspace:
    finish(own, {"request_id": workspace.request_id, "status": "success"}, NOW, None)
    return workspace


def left(own: Database, checkout: Checkout) -> tuple[list[str], list[str], list[str]]:
    """Worktrees and branches that git knows of, and what lies in the home of the workspaces."""
    home = own.settings.data_dir / "workspaces"
    return checkout.worktrees(), checkout.branches(), sorted(path.name for path in home.iterdir())


def test_an_open_task_keeps_everything(own: Database, checkout: Checkout) -> None:
    task(own, checkout)
    before = left(own, checkout)
    assert sweep(own) == Swept((), (), ())
    assert left(own, checkout) == before


def test_a_finished_task_keeps_its_branch_alone(own: Database, checkout: Checkout) -> None:
    workspace = finished(own, task(own, checkout))
    before = fingerprint(checkout.folder)
    assert sweep(own) == Swept((str(workspace.folder),), (workspace.branch,), ())
    assert left(own, checkout) == ([], [workspace.branch], [])
    assert fingerprint(checkout.folder) == before
    assert sweep(own) == Swept((), (), ())


def test_a_finished_task_that_changed_nothing_leaves_nothing(own: Database, checkout: Checkout) -> None:
    finished(own, task(own, checkout, text=None))
    sweep(own)
    assert left(own, checkout) == ([], [], [])


def test_what_a_finished_task_did_not_commit_is_not_lost(own: Database, checkout: Checkout) -> None:
    workspace = finished(own, task(own, checkout, text=None))
    (workspace.folder / "new.py").write_text("half\n")
    assert sweep(own).branches_kept == (workspace.branch,)
    assert checkout.git("show", f"{workspace.branch}:new.py") == "half"


def test_a_cancelled_task_leaves_nothing(own: Database, checkout: Checkout) -> None:
    task(own, checkout)
    cancel(own, "t", NOW)
    sweep(own)
    assert left(own, checkout) == ([], [], [])


def test_after_a_rollback_the_older_workspace_goes_and_the_newer_stays(own: Database, checkout: Checkout) -> None:
    older = task(own, checkout)
    reopen(own, older.request_id, 1)
    with running(own, "t", older.request_id) as effects:
        newer = open_again(at(effects, rollback=1), older, checkout.git("rev-parse", older.branch))
    assert sweep(own).removed == (str(older.folder),)
    assert left(own, checkout)[:2] == ([str(newer.folder)], [newer.branch])
    assert (newer.folder / "readme.md").read_text() == "work\n"


def test_agents_of_a_finished_task_leave_only_what_was_not_merged(own: Database, checkout: Checkout) -> None:
    workspace = task(own, checkout)
    with running(own, "t", workspace.request_id) as effects:
        parts = [open_part(effects, workspace, agent) for agent in ("one", "two", "three")]
        for number, part in enumerate(parts[:2]):
            (part.folder / "readme.md").write_text(f"{number}\n")
            commit(effects, part, "Part")
        assert [len(merge.conflicts) for merge in merge_parts(effects, workspace, parts[:2])] == [0, 1]
    finished(own, workspace)
    assert len(sweep(own).removed) == 4
    assert left(own, checkout) == ([], sorted([workspace.branch, parts[1].branch]), [])


def test_a_task_that_this_database_does_not_know_is_left_alone(own: Database, checkout: Checkout) -> None:
    with running(own) as effects:
        workspace = open_workspace(effects, checkout.folder)
    assert sweep(own) == Swept((), (), ())
    assert checkout.worktrees() == [str(workspace.folder)]


def test_a_thread_that_somebody_runs_is_left_for_the_next_sweep(own: Database, checkout: Checkout) -> None:
    workspace = finished(own, task(own, checkout))
    with running(own, "t"):
        swept = sweep(own)
    assert (swept.removed, len(swept.problems)) == ((), 1)
    assert "busy" in swept.problems[0]
    assert sweep(own).removed == (str(workspace.folder),)


def test_a_repository_that_is_gone_does_not_hold_its_worktrees(own: Database, checkout: Checkout) -> None:
    workspace = finished(own, task(own, checkout))
    checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    assert sweep(own).removed == (str(workspace.folder),)
    assert [*workspace.folder.parent.iterdir()] == []


def test_a_delivered_branch_goes_with_its_worktree_once(own: Database, checkout: Checkout) -> None:
    workspace = task(own, checkout)
    with running(own, "t", workspace.request_id) as effects:
        remove_workspace(effects, workspace, with_branch=True)
        remove_workspace(effects, workspace, with_branch=True)
    assert left(own, checkout) == ([], [], [])
