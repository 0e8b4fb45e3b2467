"""A call of git ends in time, says no more than it may, and leaves nothing running."""

import os
import shutil
import time
from pathlib import Path

import pytest
from checkouts import new_checkout

from checkpoints.processes import is_alive
from graph.errors import Busy, Unavailable
from tools.code import worktrees
from tools.code.git import GitFailed, open_git, program
from tools.code.git_process import Bounds, capture
from tools.code.worktrees import locked, slug

SOON = Bounds(seconds=5, out_bytes=1000)


def test_a_program_says_what_it_says_and_how_it_ended() -> None:
    found = capture(["sh", "-c", "cat; echo no >&2; exit 3"], Path("/"), os.environ, SOON, b"in")
    assert (found.status, found.out, found.complaint, found.is_cut) == (3, b"in", "no", False)


def test_a_program_that_takes_too_long_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    script = f"sleep 60 & echo $! > {tmp_path}/pid; wait"
    found = capture(["sh", "-c", script], Path("/"), os.environ, Bounds(0.3, 1000))
    assert found.status is None
    assert time.monotonic() - started < 3
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 3
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_a_program_that_says_too_much_is_stopped_and_what_is_kept_is_bounded() -> None:
    found = capture(["sh", "-c", "yes & yes >&2"], Path("/"), os.environ, Bounds(20, 5000))
    assert (found.status, len(found.out), found.is_cut) == (None, 5000, True)
    assert len(found.complaint) <= 8192


def test_git_that_takes_too_long_is_one_sentence(tmp_path: Path) -> None:
    git = open_git(new_checkout(tmp_path / "project").folder)
    with pytest.raises(GitFailed, match=r"^git status failed: it took too long\.$"):
        git.run("status", bounds=Bounds(0, 1000))


def test_a_list_that_was_cut_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    git = open_git(new_checkout(tmp_path / "project").folder)
    with pytest.raises(GitFailed, match="there is too much of it"):
        git.fields("ls-files", "-z", bounds=Bounds(5, 5))


@pytest.mark.parametrize(("says", "sentence"), [("git version 2.20.1", "too old"), ("nonsense", "too old")])
def test_a_git_that_cannot_be_hardened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, sentence: str
) -> None:
    (tmp_path / "git").write_text(f"#!/bin/sh\necho {says}\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program.cache_clear()
    with pytest.raises(Unavailable, match=sentence):
        program()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable, match="git is not installed"):
        program()
    monkeypatch.undo()
    program.cache_clear()
    assert program() == shutil.which("git")


def test_a_lock_lasts_until_the_program_that_was_given_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktrees, "LOCK_S", 0.1)
    with locked(tmp_path, "key") as held:
        pid = os.posix_spawn("/bin/sleep", ["sleep", "0.5"], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, held, 9)])
    with pytest.raises(Busy, match="Another process works in the workspace"), locked(tmp_path, "key"):
        raise AssertionError("the lock was given twice")
    os.waitpid(pid, 0)
    with locked(tmp_path, "key"):
        assert (tmp_path / "key.lock").exists()


def test_a_lock_that_was_removed_by_its_holder_is_not_held_by_two(tmp_path: Path) -> None:
    with locked(tmp_path, "key"):
        (tmp_path / "key.lock").unlink()
        with locked(tmp_path, "key") as other:
            assert os.path.samestat(os.fstat(other), (tmp_path / "key.lock").stat())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Fix the Δ of puts!", "fix-the-of-puts"),
        ("../../x.lock", "x-lock"),
        ("", ""),
        ("a" * 60, "a" * 40),
        ("many words " * 9, "many-words-many-words-many-words-many"),
    ],
)
def test_words_become_a_name_that_any_branch_may_have(words: str, name: str) -> None:
    assert slug(words) == name
