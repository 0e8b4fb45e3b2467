"""What a failed phase did is taken back by one more commit: once, also where a kill comes in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, new_checkout
from sqlalchemy import update
from workspaces import at, moved, running

from checkpoints.database import Database
from checkpoints.effects import Effects
from checkpoints.tables import effects as table
from tools.code.taking_back import take_back
from tools.code.workspace import commit, open_workspace
from tools.code.worktrees import Workspace, git_beside, head_of


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "wheel")


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Iterator[Effects]:
    with running(moved(database, tmp_path / "magnus")) as run:
        yield run


@pytest.fixture
def workspace(run: Effects, checkout: Checkout) -> Workspace:
    """One whose branch has a commit that stays and one that is to go."""
    made = open_workspace(run, checkout.folder)
    for number, name in enumerate(("good.md", "wrong.md")):
        (made.folder / name).write_text("x\n")
        commit(at(run, stage=str(number)), made, name)
    return made


def head(workspace: Workspace) -> str:
    return head_of(git_beside(workspace), workspace)


def since(workspace: Workspace, checkout: Checkout) -> str:
    """The commit at which the phase began that failed."""
    return checkout.git("rev-parse", f"{workspace.branch}^")


def test_the_work_goes_from_branch_and_worktree_and_stays_as_a_commit(
    run: Effects, workspace: Workspace, checkout: Checkout
) -> None:
    before = head(workspace)
    (workspace.folder / "good.md").write_text("half done\n")
    left = take_back(at(run, stage="close"), workspace, since(workspace, checkout), "Why it failed.")
    assert left == before == checkout.git("rev-parse", f"{workspace.branch}^")
    assert "wrong.md" in checkout.git("ls-tree", "--name-only", left)
    assert sorted(checkout.git("ls-tree", "--name-only", workspace.branch).split()) == ["good.md", "readme.md", "src"]
    assert not (workspace.folder / "wrong.md").exists()
    assert (workspace.folder / "good.md").read_text() == "x\n"
    assert checkout.git("status", "--porcelain", folder=workspace.folder) == ""
    assert checkout.git("log", "-1", "--format=%s", workspace.branch) == "Why it failed."


def test_where_nothing_was_done_nothing_is_taken_back(run: Effects, workspace: Workspace) -> None:
    before = head(workspace)
    assert take_back(at(run, stage="close"), workspace, before, "Why.") == ""
    assert head(workspace) == before


def test_after_a_kill_it_is_found_and_not_done_twice(run: Effects, workspace: Workspace, checkout: Checkout) -> None:
    """The kill comes after the branch was moved and before anybody knows; the worktree may be half reset."""
    place, begun = at(run, stage="close"), since(workspace, checkout)
    left = take_back(place, workspace, begun, "Why it failed.")
    made = head(workspace)
    with run.database.begin() as connection:
        connection.execute(update(table).where(table.c.key == place.place.key("taking back")).values(state="intended"))
    (workspace.folder / "wrong.md").write_text("x\n")
    checkout.git("add", "wrong.md", folder=workspace.folder)
    assert take_back(place, workspace, begun, "Why it failed.") == left
    assert head(workspace) == made
    assert not (workspace.folder / "wrong.md").exists()
    assert take_back(place, workspace, begun, "Why it failed.") == left
