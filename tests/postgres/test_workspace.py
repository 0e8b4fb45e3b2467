"""A task works in a worktree of its own: opened once, committed to once, and the person's checkout is never touched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from checkouts import Checkout, fingerprint, new_checkout
from workspaces import OTHER, REQUEST, at, moved, running

from checkpoints.database import Database
from checkpoints.effects import Effects
from checkpoints.fence import LeaseLost
from graph.errors import BadInput
from tools.code.workspace import (
    commit,
    open_again,
    open_part,
    open_workspace,
    remove_workspace,
    restore,
    workspace_from,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "data of Magnus"


@pytest.fixture
def effects(database: Database, home: Path) -> Iterator[Effects]:
    with running(moved(database, home)) as effects:
        yield effects


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "my project")


def test_a_workspace_is_a_worktree_on_its_own_branch_outside_of_the_checkout(
    effects: Effects, checkout: Checkout, home: Path
) -> None:
    workspace = open_workspace(effects, checkout.folder, "Fix the wheel: delta!")
    assert workspace.branch == f"magnus/fix-the-wheel-delta-{workspace.key}"
    assert workspace.folder.parent == home / "workspaces"
    assert (workspace.project / "src/app.py").read_text() == "print('wheel')\n"
    assert checkout.git("status", "--porcelain", folder=workspace.folder) == ""
    assert checkout.git("symbolic-ref", "--short", "HEAD", folder=workspace.folder) == workspace.branch
    assert workspace.base == workspace.start == checkout.git("rev-parse", "HEAD")
    assert workspace_from(workspace.to_json()) == workspace


def test_the_checkout_is_byte_for_byte_as_it_was(effects: Effects, checkout: Checkout) -> None:
    checkout.write("readme.md", "stashed\n")
    checkout.git("stash")
    checkout.write("readme.md", "staged\n")
    checkout.git("add", "readme.md")
    checkout.write("readme.md", "changed\n")
    checkout.write("new.txt", "new\n")
    before = fingerprint(checkout.folder)
    workspace = open_workspace(effects, checkout.folder, with_uncommitted=True)
    workspace.folder.joinpath("more.py").write_text("more\n")
    assert commit(effects, workspace, "More").commit
    remove_workspace(effects, workspace, with_branch=True)
    assert fingerprint(checkout.folder) == before
    assert (checkout.branches(), checkout.worktrees()) == ([], [])


def test_the_same_request_gets_the_same_workspace_and_another_gets_another(
    effects: Effects, checkout: Checkout
) -> None:
    first = open_workspace(effects, checkout.folder, "one")
    checkout.commit(later__txt="later\n")
    elsewhere = at(effects, phase="p", stage="s", attempt=2)
    assert open_workspace(elsewhere, checkout.folder, "another title") == first
    other = open_workspace(at(effects, request_id=OTHER), checkout.folder, "one")
    again = open_workspace(at(effects, rollback=1), checkout.folder, "one")
    assert len({first.folder, other.folder, again.folder}) == len(checkout.worktrees()) == 3
    assert sorted(checkout.branches()) == sorted({first.branch, other.branch, again.branch})


def test_what_is_not_committed_is_named_or_taken_along(effects: Effects, checkout: Checkout) -> None:
    checkout.commit(__gitignore="*.log\n")
    checkout.write("readme.md", "changed\n")
    checkout.write("new.txt", "new\n")
    checkout.write("debug.log", "ignored\n")
    (checkout.folder / "src/app.py").unlink()
    without = open_workspace(effects, checkout.folder)
    assert without.warnings == ("Not in the workspace, since it is not committed: readme.md, src/app.py, new.txt.",)
    assert (without.folder / "readme.md").read_text() == "# Wheel\n"
    taken = open_workspace(at(effects, request_id=OTHER), checkout.folder, with_uncommitted=True)
    assert sorted(path.name for path in taken.folder.iterdir()) == [".git", ".gitignore", "new.txt", "readme.md"]
    assert (taken.folder / "readme.md").read_text() == "changed\n"
    assert taken.warnings == ()
    assert checkout.git("rev-parse", f"{taken.branch}^") == taken.base == checkout.git("rev-parse", "HEAD")
    assert checkout.git("log", "-1", "--format=%an <%ae> %cn <%ce>", taken.branch) == (
        "Magnus <magnus@localhost> Magnus <magnus@localhost>"
    )


def test_a_clean_checkout_needs_no_first_commit(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder, with_uncommitted=True)
    assert workspace.start == workspace.base


def test_a_stage_is_one_commit_that_names_its_effect(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder)
    stage = at(effects, phase="build", stage="code")
    (workspace.folder / "readme.md").write_text("better\n")
    (workspace.folder / "new.py").write_text("x = 1\n")
    made = [commit(stage, workspace, "Write it\n\nMagnus-Effect: somebody/else") for _ in range(3)]
    assert len({one.commit for one in made}) == 1
    assert checkout.git("rev-list", "--count", f"{workspace.base}..{workspace.branch}") == "1"
    assert checkout.git("status", "--porcelain", folder=workspace.folder) == ""
    message = checkout.git("log", "-1", "--format=%B", workspace.branch)
    assert message.splitlines()[-1] == f"Magnus-Effect: {REQUEST}/0/build/0/code/0/commit"
    assert made[0].tree == checkout.git("rev-parse", f"{workspace.branch}^{{tree}}")


def test_no_change_is_no_commit(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").touch()
    made = commit(effects, workspace, "Nothing")
    assert (made.commit, made.tree) == ("", checkout.git("rev-parse", "HEAD^{tree}"))
    assert checkout.git("rev-parse", workspace.branch) == workspace.base


def test_a_commit_whose_confirmation_was_lost_is_found_and_not_made_again(
    effects: Effects, checkout: Checkout, database: Database
) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").write_text("better\n")
    made = commit(effects, workspace, "Write it")
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE effects SET state = 'intended', result = NULL WHERE key ~ 'commit'")
    (workspace.folder / "readme.md").write_text("the next stage\n")
    assert commit(effects, workspace, "Write it") == made
    assert checkout.git("rev-list", "--count", f"{workspace.base}..{workspace.branch}") == "1"


def test_a_trailer_that_a_model_writes_is_taken_for_no_effect(
    effects: Effects, checkout: Checkout, database: Database
) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").write_text("one\n")
    first = commit(effects, workspace, f"One\n\nMagnus-Effect: {REQUEST}/0//0//1/commit")
    with database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO effects (key, thread_id, kind, payload, state, intended_at)"
            f" VALUES ('{REQUEST}/0//0//1/commit', 't', 'reconcile', '{{}}', 'intended', now())"
        )
    (workspace.folder / "readme.md").write_text("two\n")
    second = commit(at(effects, attempt=1), workspace, "Two")
    assert second.commit not in ("", first.commit)


def test_a_runner_that_lost_its_lease_opens_and_commits_nothing(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").write_text("late\n")
    stale = replace(effects, fence=replace(effects.fence, epoch=effects.fence.epoch - 1))
    with pytest.raises(LeaseLost):
        commit(stale, workspace, "Late")
    with pytest.raises(LeaseLost):
        open_workspace(at(stale, request_id=OTHER), checkout.folder)
    assert checkout.git("rev-parse", workspace.branch) == workspace.base
    assert len(checkout.worktrees()) == 1


def test_an_agent_that_begins_again_finds_the_last_commit(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").write_text("half\n")
    (workspace.folder / "src/app.py").unlink()
    (workspace.folder / "new").mkdir()
    (workspace.folder / "new/half.py").write_text("half\n")
    workspace.git_dir.joinpath("index.lock").touch()
    restore(effects, workspace)
    assert checkout.git("status", "--porcelain", folder=workspace.folder) == ""
    assert (workspace.folder / "readme.md").read_text() == "# Wheel\n"
    assert not (workspace.folder / "new").exists()


def test_after_a_rollback_the_work_goes_on_from_the_commit_it_was_taken_back_to(
    effects: Effects, checkout: Checkout
) -> None:
    workspace = open_workspace(effects, checkout.folder, "wheel")
    made = []
    for step in range(2):
        (workspace.folder / "readme.md").write_text(f"step {step}\n")
        made.append(commit(at(effects, iteration=step), workspace, f"Step {step}").commit)
    again = open_again(at(effects, rollback=1), workspace, made[0])
    assert (again.start, again.base, again.rollback) == (made[0], workspace.base, 1)
    assert again.branch == f"magnus/wheel-{again.key}" != workspace.branch
    assert (again.folder / "readme.md").read_text() == "step 0\n"
    assert checkout.git("rev-parse", workspace.branch) == made[1]
    assert open_again(at(effects, rollback=1), workspace, made[0]) == again


def test_agents_of_a_stage_have_a_workspace_each(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder, "wheel")
    (workspace.folder / "readme.md").write_text("first stage\n")
    head = commit(effects, workspace, "First").commit
    stage = at(effects, stage="2")
    parts = [open_part(stage, workspace, agent) for agent in ("python_pro", "documentation")]
    assert [(part.start, part.part_of, part.agent) for part in parts] == [
        (head, workspace.key, "python_pro"),
        (head, workspace.key, "documentation"),
    ]
    assert len({part.folder for part in parts} | {workspace.folder}) == len(checkout.worktrees()) == 3
    assert parts[0].branch == f"magnus/wheel-python-pro-{parts[0].key}"
    assert open_part(stage, workspace, "python_pro") == parts[0]


def test_a_worktree_that_was_deleted_is_made_again_from_its_branch(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder)
    (workspace.folder / "readme.md").write_text("kept\n")
    commit(effects, workspace, "Kept")
    checkout.git("worktree", "remove", "--force", str(workspace.folder))
    assert open_workspace(effects, checkout.folder) == workspace
    assert (workspace.folder / "readme.md").read_text() == "kept\n"


def test_a_branch_that_was_deleted_is_said_and_not_made_anew_without_its_commits(
    effects: Effects, checkout: Checkout
) -> None:
    workspace = open_workspace(effects, checkout.folder)
    checkout.git("worktree", "remove", "--force", str(workspace.folder))
    checkout.git("branch", "-D", workspace.branch)
    with pytest.raises(BadInput, match=f"^The branch {workspace.branch} of this task is gone: ask for the task anew.$"):
        open_workspace(effects, checkout.folder)


def test_a_branch_called_magnus_is_one_sentence(effects: Effects, checkout: Checkout) -> None:
    checkout.git("branch", "magnus")
    with pytest.raises(BadInput, match=r"^A branch named magnus stands in the way of the branches magnus/"):
        open_workspace(effects, checkout.folder)
    assert checkout.worktrees() == []


def test_workspaces_never_lie_in_the_checkout(effects: Effects, checkout: Checkout) -> None:
    inside = replace(effects, database=moved(effects.database, checkout.folder / ".magnus"))
    with pytest.raises(BadInput, match=r"^Workspaces may not lie in the project itself: set MAGNUS_DATA_DIR to"):
        open_workspace(inside, checkout.folder)
    assert checkout.git("branch", "--list", "magnus/*") == ""


def test_a_project_in_a_folder_of_its_repository_is_worked_on_there(effects: Effects, checkout: Checkout) -> None:
    workspace = open_workspace(effects, checkout.folder / "src")
    assert workspace.project == workspace.folder / "src"
    assert (workspace.project / "app.py").exists()
