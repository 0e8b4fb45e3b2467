"""Parallel agents: each writes for itself, their work is merged in order, and nobody's is ever written over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, new_checkout
from workspaces import at, merge_parts, moved, running

from checkpoints.database import Database
from checkpoints.effects import Effects
from graph.errors import BadInput
from tools.code.workspace import commit, open_part, open_workspace
from tools.code.worktrees import Workspace


@pytest.fixture
def effects(database: Database, tmp_path: Path) -> Iterator[Effects]:
    with running(moved(database, tmp_path / "data")) as effects:
        yield at(effects, stage="1")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "project")


@pytest.fixture
def task(effects: Effects, checkout: Checkout) -> Workspace:
    return open_workspace(effects, checkout.folder, "task")


def part(effects: Effects, task: Workspace, agent: str, **files: str | None) -> Workspace:
    """An agent's workspace with these files written, or deleted, and committed."""
    made = open_part(effects, task, agent)
    for name, text in files.items():
        path = made.folder / name.replace("__", ".")
        path.unlink() if text is None else path.write_text(text)
    commit(effects, made, f"Work of {agent}")
    return made


def test_work_that_goes_together_is_merged_in_order(effects: Effects, checkout: Checkout, task: Workspace) -> None:
    parts = [part(effects, task, "one", one__py="1\n"), part(effects, task, "two", two__py="2\n")]
    merges = merge_parts(effects, task, parts)
    assert [(merge.agent, merge.conflicts) for merge in merges] == [("one", ()), ("two", ())]
    assert sorted(path.name for path in task.folder.glob("*.py")) == ["one.py", "two.py"]
    assert checkout.git("status", "--porcelain", folder=task.folder) == ""
    subjects = checkout.git("log", "--first-parent", "--format=%s", f"{task.base}..{task.branch}").splitlines()
    assert subjects == ["Work of two", "Work of one"]
    assert merge_parts(effects, task, parts) == merges
    assert checkout.git("rev-parse", task.branch) == merges[-1].commit


def test_a_conflict_is_told_with_both_sides_and_changes_nothing(
    effects: Effects, checkout: Checkout, task: Workspace
) -> None:
    parts = [
        part(effects, task, "one", readme__md="# One\n"),
        part(effects, task, "two", readme__md="# Two\n", two__py="2\n"),
        part(effects, task, "three", three__py="3\n"),
    ]
    first, second, third = merge_parts(effects, task, parts)
    assert (first.conflicts, third.conflicts, second.commit) == ((), (), first.commit)
    (conflict,) = second.conflicts
    assert (conflict.file, conflict.base, conflict.ours, conflict.theirs) == (
        "readme.md",
        "# Wheel\n",
        "# One\n",
        "# Two\n",
    )
    assert conflict.merged is not None
    assert conflict.merged.startswith("<<<<<<< ")
    assert second.messages == ("CONFLICT (content): Merge conflict in readme.md",)
    assert (task.folder / "readme.md").read_text() == "# One\n"
    assert sorted(path.name for path in task.folder.glob("*.py")) == ["three.py"]
    assert checkout.git("show", f"{parts[1].branch}:readme.md") == "# Two"


def test_a_file_that_one_deleted_and_the_other_changed_is_a_conflict(effects: Effects, task: Workspace) -> None:
    parts = [part(effects, task, "one", readme__md=None), part(effects, task, "two", readme__md="# Two\n")]
    conflict = merge_parts(effects, task, parts)[1].conflicts[0]
    assert (conflict.base, conflict.ours, conflict.theirs) == ("# Wheel\n", None, "# Two\n")


def test_a_side_that_is_no_text_is_named_without_its_content(effects: Effects, task: Workspace) -> None:
    parts = [part(effects, task, "one", picture="\0one"), part(effects, task, "two", picture="\0two")]
    conflict = merge_parts(effects, task, parts)[1].conflicts[0]
    assert (conflict.file, conflict.ours, conflict.theirs) == ("picture", None, None)


def test_an_agent_that_changed_nothing_is_merged_without_a_commit(effects: Effects, task: Workspace) -> None:
    merge = merge_parts(effects, task, [part(effects, task, "reader")])[0]
    assert (merge.commit, merge.conflicts) == (task.start, ())


def test_what_is_not_committed_in_the_task_is_never_written_over(
    effects: Effects, checkout: Checkout, task: Workspace
) -> None:
    parts = [part(effects, task, "one", one__py="1\n")]
    (task.folder / "one.py").write_text("mine\n")
    with pytest.raises(BadInput, match="has changes that are not committed"):
        merge_parts(effects, task, parts)
    assert (task.folder / "one.py").read_text() == "mine\n"
    assert checkout.git("rev-parse", task.branch) == task.start


@pytest.mark.parametrize("reached", ["branch", "files"])
def test_a_merge_whose_confirmation_was_lost_is_finished_and_not_made_again(
    effects: Effects, checkout: Checkout, task: Workspace, database: Database, reached: str
) -> None:
    parts = [part(effects, task, "one", one__py="1\n"), part(effects, task, "two", two__py="2\n")]
    merges = merge_parts(effects, task, parts)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE effects SET state = 'intended', result = NULL WHERE key ~ 'merge of two'")
    if reached == "branch":
        (task.folder / "two.py").unlink()
        checkout.git("read-tree", merges[0].commit, folder=task.folder)
        task.git_dir.joinpath("index.lock").touch()
    assert merge_parts(effects, task, parts) == merges
    assert (task.folder / "two.py").read_text() == "2\n"
    assert checkout.git("status", "--porcelain", folder=task.folder) == ""
