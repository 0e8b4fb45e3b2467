"""What is read of a workspace: its changes, its history, who wrote a line, and the tree that is there now."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, fingerprint, new_checkout
from workspaces import moved, running, tree_now

from checkpoints.database import Database
from checkpoints.effects import Effects
from graph.errors import BadInput
from tools.code.diffs import Change, blame, changed_files, diff, log
from tools.code.workspace import commit, open_workspace
from tools.code.worktrees import Workspace


@pytest.fixture
def effects(database: Database, tmp_path: Path) -> Iterator[Effects]:
    with running(moved(database, tmp_path / "data")) as effects:
        yield effects


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = new_checkout(tmp_path / "project")
    checkout.commit(__gitignore="*.log\n", long__txt="".join(f"line {number}\n" for number in range(40)))
    return checkout


@pytest.fixture
def workspace(effects: Effects, checkout: Checkout) -> Workspace:
    return open_workspace(effects, checkout.folder)


def test_changes_are_those_of_commits_and_of_files_not_committed_yet(effects: Effects, workspace: Workspace) -> None:
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\n")
    made = commit(effects, workspace, "More")
    (workspace.folder / "long.txt").rename(workspace.folder / "longer\nname.txt")
    (workspace.folder / "src/app.py").unlink()
    (workspace.folder / "picture").write_bytes(b"\0\1")
    (workspace.folder / "debug.log").write_text("ignored\n")
    uncommitted = {
        Change("longer\nname.txt", "R", 0, 0, "long.txt"),
        Change("picture", "A", None, None),
        Change("src/app.py", "D", 0, 1),
    }
    assert set(changed_files(workspace)) == uncommitted | {Change("readme.md", "M", 1, 0)}
    assert set(changed_files(workspace, since=made.commit)) == uncommitted
    assert changed_files(workspace, paths=["src"]) == (Change("src/app.py", "D", 0, 1),)
    assert changed_files(workspace, paths=["*.py", ":(glob)**"]) == ()


def test_a_patch_can_be_applied_to_what_it_is_a_patch_of(
    checkout: Checkout, workspace: Workspace, tmp_path: Path
) -> None:
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\n")
    (workspace.folder / "new.py").write_text("x = 1\n")
    found = diff(workspace)
    assert (found.since, found.is_cut, found.tree) == (workspace.base, False, tree_now(workspace))
    checkout.git("clone", "--quiet", str(checkout.folder), str(tmp_path / "copy"))
    subprocess.run(["git", "apply", "-"], cwd=tmp_path / "copy", input=found.patch, text=True, check=True)
    assert (tmp_path / "copy/new.py").read_text() == "x = 1\n"
    assert (tmp_path / "copy/readme.md").read_text() == "# Wheel\nmore\n"


def test_a_patch_is_cut_at_the_end_of_a_line_and_says_so(workspace: Workspace) -> None:
    (workspace.folder / "long.txt").write_text("".join(f"other {number}\n" for number in range(9999)))
    found = diff(workspace, most_bytes=1000)
    assert found.is_cut
    assert 900 < len(found.patch) <= 1000
    assert found.patch.splitlines()[-1].startswith(("+other", "-line"))
    assert found.changes == (Change("long.txt", "M", 9999, 40),)


def test_the_settings_of_a_person_do_not_change_how_a_diff_reads(checkout: Checkout, workspace: Workspace) -> None:
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\n")
    plain = diff(workspace)
    for key, value in {"diff.noprefix": "true", "color.ui": "always", "diff.context": "0", "log.date": "raw"}.items():
        checkout.git("config", key, value)
    assert diff(workspace) == plain


def test_reading_changes_neither_the_worktree_nor_its_index(workspace: Workspace) -> None:
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\n")
    (workspace.folder / "new.py").write_text("x = 1\n")
    before = fingerprint(workspace.folder), (workspace.git_dir / "index").read_bytes()
    diff(workspace)
    blame(workspace, "readme.md")
    log(workspace)
    assert (fingerprint(workspace.folder), (workspace.git_dir / "index").read_bytes()) == before


def test_a_tree_is_the_same_for_the_same_files_and_another_for_any_change(
    effects: Effects, workspace: Workspace
) -> None:
    before = tree_now(workspace)
    (workspace.folder / "debug.log").write_text("ignored\n")
    assert tree_now(workspace) == before
    (workspace.folder / "new.py").write_text("x = 1\n")
    assert (with_file := tree_now(workspace)) != before
    (workspace.folder / "new.py").chmod(0o755)
    assert tree_now(workspace) not in (before, with_file)
    assert commit(effects, workspace, "New").tree == tree_now(workspace)


def test_a_log_is_newest_first_and_bounded(effects: Effects, workspace: Workspace) -> None:
    (workspace.folder / "readme.md").write_text("more\n")
    made = commit(effects, workspace, "More of it\n\nand why").commit
    entries = log(workspace)
    assert [(entry.commit, entry.author, entry.subject) for entry in entries[:2]] == [
        (made, "Magnus", "More of it"),
        (workspace.base, "Ada", "work"),
    ]
    assert len(entries) == 3
    assert log(workspace, most=1) == entries[:1] == log(workspace, since=workspace.base)
    assert log(workspace, paths=["long.txt"]) == entries[1:2]


def test_a_line_is_blamed_on_its_commit_or_on_nobody_yet(effects: Effects, workspace: Workspace) -> None:
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\n")
    made = commit(effects, workspace, "More").commit
    (workspace.folder / "readme.md").write_text("# Wheel\nmore\nnow\n")
    lines = blame(workspace, "readme.md")
    assert [(line.line, line.author, line.text) for line in lines] == [
        (1, "Ada", "# Wheel"),
        (2, "Magnus", "more"),
        (3, "Not Committed Yet", "now"),
    ]
    assert (lines[1].commit, lines[2].commit) == (made, "")
    assert [line.text for line in blame(workspace, "long.txt", first=7, count=2)] == ["line 6", "line 7"]


@pytest.mark.parametrize("file", ["nowhere.py", "../outside", "/etc/passwd", "--contents=/etc/passwd", ".git/HEAD"])
def test_only_files_of_the_project_are_blamed(workspace: Workspace, file: str) -> None:
    with pytest.raises(BadInput, match="cannot be blamed"):
        blame(workspace, file)


@pytest.mark.parametrize("revision", ["nothing", "--output=/tmp/x", "HEAD:readme.md", "-p"])
def test_a_revision_that_is_no_commit_is_one_sentence(workspace: Workspace, revision: str) -> None:
    with pytest.raises(BadInput, match=r"^There is no commit"):
        diff(workspace, since=revision)
