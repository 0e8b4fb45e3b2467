"""A process that is killed while it opens a workspace: the next one makes the same workspace, and no second one."""

import os
import random
import shutil
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import workspace_opener
from checkouts import Checkout, fingerprint, new_checkout
from workspaces import moved, running

from checkpoints.database import Database
from checkpoints.effects import Effects
from graph.errors import Busy
from tools.code.workspace import open_workspace

MOMENTS = [
    ("rev-parse", "before"),
    ("write-tree", "after"),
    ("commit-tree", "after"),
    ("update-ref", "before"),
    ("update-ref", "after"),
    ("worktree", "0.002"),
    ("worktree", "0.004"),
    ("worktree", "after"),
    ("reset", "before"),
    ("reset", "0.004"),
    ("reset", "0.01"),
    ("reset", "after"),
]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """One with enough files that git can be killed among them, and with something uncommitted."""
    checkout = new_checkout(tmp_path / "project")
    for number in range(400):
        checkout.write(f"many/{number}.txt", f"{number}\n")
    checkout.commit()
    checkout.write("new.txt", "new\n")
    return checkout


def killed(database: Database, checkout: Checkout, at: str, when: str) -> str:
    """What a process said that was killed at this moment."""
    git = shutil.which("git")
    assert git
    folder = checkout.folder.with_name("bin")
    with workspace_opener.start(database, git, folder, checkout.folder, at, when) as opener:
        said, _ = opener.communicate(timeout=60)
    assert opener.returncode == -signal.SIGKILL
    return said


def enter(stack: ExitStack, database: Database) -> Effects:
    """The next run; in the first moment after a kill the database may not have noticed that the last one is gone."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return stack.enter_context(running(database, lease_s=workspace_opener.LEASE_S))
        except Busy:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def expect_one_workspace(database: Database, checkout: Checkout) -> None:
    """Open it again, and find one worktree, one branch and every file."""
    with ExitStack() as stack:
        effects = enter(stack, database)
        workspace = open_workspace(effects, checkout.folder, "another title", with_uncommitted=True)
        assert open_workspace(effects, checkout.folder) == workspace
    assert checkout.worktrees() == [str(workspace.folder)]
    assert checkout.branches() == [workspace.branch]
    assert checkout.git("status", "--porcelain", folder=workspace.folder) == ""
    assert checkout.git("rev-parse", f"{workspace.branch}^") == workspace.base
    assert (workspace.folder / "new.txt").read_text() == "new\n"
    assert len([*workspace.folder.glob("many/*")]) == 400
    assert sorted(path.name for path in workspace.folder.parent.iterdir()) == sorted(
        [workspace.folder.name, f"{workspace.key}.json", f"{workspace.key}.lock"]
    )
    assert [path.name for path in (checkout.folder / ".git/worktrees").iterdir()] == [workspace.folder.name]


@pytest.mark.parametrize(("at", "when"), MOMENTS)
def test_an_opener_killed_at_any_step_of_git_leaves_one_workspace_for_the_next(
    database: Database, checkout: Checkout, tmp_path: Path, at: str, when: str
) -> None:
    own, before = moved(database, tmp_path / "data"), fingerprint(checkout.folder)
    assert killed(own, checkout, at, when) == "running\n"
    expect_one_workspace(own, checkout)
    assert fingerprint(checkout.folder) == before


def test_two_kills_in_a_row_are_as_one(database: Database, checkout: Checkout, tmp_path: Path) -> None:
    own = moved(database, tmp_path / "data")
    for at, when in (("worktree", "0.003"), ("reset", "0.005")):
        killed(own, checkout, at, when)
    expect_one_workspace(own, checkout)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(40))
def test_an_opener_killed_at_a_random_instant_leaves_one_workspace_for_the_next(
    database: Database, checkout: Checkout, tmp_path: Path, seed: int
) -> None:
    own = moved(database, tmp_path / "data")
    git = shutil.which("git")
    assert git
    with workspace_opener.start(own, git, tmp_path / "bin", checkout.folder, "nothing", "never") as opener:
        assert opener.stdout
        assert opener.stdout.readline() == "running\n"
        time.sleep(random.Random(seed).uniform(0, 0.25))
        os.kill(opener.pid, signal.SIGKILL)
    expect_one_workspace(own, checkout)
