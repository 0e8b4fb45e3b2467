"""A task's work reaches its person once, as it was judged, and never over anything of theirs."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, new_checkout
from workspaces import at, moved, running

from checkpoints.database import Database
from checkpoints.effects import Effects
from graph.errors import BadInput
from tools.code.committing import tree_at
from tools.code.delivering import Delivered, Mode, Moved, deliver
from tools.code.workspace import commit, open_workspace
from tools.code.worktrees import Workspace, git_beside


@pytest.fixture
def effects(database: Database, tmp_path: Path) -> Iterator[Effects]:
    with running(moved(database, tmp_path / "data")) as effects:
        yield effects


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "project")


@pytest.fixture
def task(effects: Effects, checkout: Checkout) -> Workspace:
    made = open_workspace(effects, checkout.folder, "task")
    (made.folder / "new.py").write_text("1\n")
    (made.folder / "readme.md").write_text("# Wheel of fortune\n")
    commit(effects, made, "Work of one")
    return made


def delivered(effects: Effects, task: Workspace, mode: Mode) -> Delivered:
    return deliver(at(effects, stage="deliver"), task, mode, tree_at(git_beside(task), task.ref))


def test_a_branch_stays_and_the_checkout_is_as_it_was(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    before = checkout.git("status", "--porcelain"), checkout.git("rev-parse", "HEAD")
    found = delivered(effects, task, "branch")
    assert (found.into, found.commit) == (task.branch, checkout.git("rev-parse", task.branch))
    assert (checkout.git("status", "--porcelain"), checkout.git("rev-parse", "HEAD")) == before


def test_a_merge_takes_the_persons_branch_forward_once(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    found = delivered(effects, task, "merge")
    assert checkout.git("rev-parse", found.into) == found.commit == checkout.git("rev-parse", "HEAD")
    assert (checkout.folder / "new.py").read_text() == "1\n"
    assert checkout.git("status", "--porcelain") == ""
    checkout.commit(later__md="# Later\n")
    assert delivered(effects, task, "merge") == found


def test_a_patch_makes_the_same_tree_elsewhere(
    effects: Effects, checkout: Checkout, task: Workspace, tmp_path: Path
) -> None:
    found = delivered(effects, task, "patch")
    checkout.git("clone", "--quiet", str(checkout.folder), str(tmp_path / "clone"))
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "am", "--quiet", found.into],
        cwd=tmp_path / "clone",
        check=True,
    )
    assert checkout.git("rev-parse", "HEAD^{tree}", folder=tmp_path / "clone") == found.tree


def test_a_branch_that_changed_after_the_gates_is_not_delivered(effects: Effects, task: Workspace) -> None:
    judged = tree_at(git_beside(task), task.ref)
    (task.folder / "new.py").write_text("2\n")
    commit(effects, task, "one more", name="later")
    with pytest.raises(BadInput, match="not what the gates saw"):
        deliver(effects, task, "branch", judged)


def test_a_checkout_with_work_of_its_own_is_left_alone(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    checkout.write("readme.md", "# Mine\n")
    with pytest.raises(BadInput, match=r"not committed \(readme.md\)"):
        delivered(effects, task, "merge")
    assert (checkout.folder / "readme.md").read_text() == "# Mine\n"


def test_a_branch_that_went_on_is_not_merged_into(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    checkout.commit(mine__md="# Mine\n")
    head = checkout.git("rev-parse", "HEAD")
    with pytest.raises(Moved, match="has new commits"):
        delivered(effects, task, "merge")
    assert checkout.git("rev-parse", "HEAD") == head


def test_on_no_branch_nothing_is_merged(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    checkout.git("checkout", "--quiet", "--detach")
    with pytest.raises(BadInput, match="on no branch"):
        delivered(effects, task, "merge")
