"""The hook before a push: what it is judged against, and that nobody else's hook is touched."""

import subprocess
from pathlib import Path

import pytest
from checkouts import Checkout, new_checkout

from graph.errors import BadInput
from tools.checks.change import change_of
from tools.checks.hook import install, pushed, remove

NOTHING = "0" * 40


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "wheel")


@pytest.fixture
def shared(checkout: Checkout, tmp_path: Path) -> Checkout:
    """A checkout whose first commit is on the remote's main."""
    checkout.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    checkout.git("remote", "add", "origin", str(tmp_path / "remote"))
    checkout.git("push", "--quiet", "origin", "main")
    return checkout


def line(local: str, theirs: str = NOTHING, ref: str = "refs/heads/main") -> str:
    return f"{ref} {local} {ref} {theirs}\n"


def test_a_push_is_judged_against_what_the_remote_has_of_that_branch(shared: Checkout) -> None:
    first = shared.git("rev-parse", "HEAD")
    shared.commit(a__py="A = 1\n")
    head = shared.commit(b__py="B = 1\n")
    assert pushed(shared.folder, "origin", [line(head, first)]) == [(head, first)]
    assert pushed(shared.folder, "origin", [line(head, first), "\n", line(head, first, "refs/heads/copy")]) == [
        (head, first)
    ]


def test_a_remote_that_has_only_an_address_says_itself_what_it_has(shared: Checkout, tmp_path: Path) -> None:
    first = shared.git("rev-parse", "HEAD")
    shared.commit(a__py="A = 1\n")
    head = shared.commit(b__py="B = 1\n")
    assert pushed(shared.folder, str(tmp_path / "remote"), [line(head, first)]) == [(head, first)]


def test_a_new_branch_is_judged_against_where_it_left_the_remote(shared: Checkout) -> None:
    first = shared.git("rev-parse", "HEAD")
    shared.git("switch", "--quiet", "--create", "topic")
    head = shared.commit(a__py="A = 1\n")
    assert pushed(shared.folder, "origin", [line(head)]) == [(head, first)]


def test_a_rewritten_branch_is_judged_against_what_both_share(shared: Checkout) -> None:
    first = shared.git("rev-parse", "HEAD")
    theirs = shared.commit(a__py="A = 1\n")
    shared.git("push", "--quiet", "origin", "main")
    shared.git("reset", "--quiet", "--hard", first)
    head = shared.commit(a__py="A = 2\n")
    assert pushed(shared.folder, "origin", [line(head, theirs)]) == [(head, first)]
    assert pushed(shared.folder, "origin", [line(head, "d" * 40)]) == [(head, first)]


def test_a_first_push_is_judged_by_its_newest_commit(checkout: Checkout) -> None:
    head = checkout.commit(a__py="A = 1\n")
    assert pushed(checkout.folder, "origin", [line(head)]) == [(head, None)]
    change = change_of(checkout.folder, None, head=head)
    assert [one.path for one in change.files] == ["a.py"]


def test_what_is_deleted_or_there_already_is_no_change(shared: Checkout) -> None:
    head = shared.git("rev-parse", "HEAD")
    shared.git("tag", "--annotate", "--message", "first", "v1")
    tag = shared.git("rev-parse", "v1")
    blob = shared.git("rev-parse", "HEAD:readme.md")
    told = [line(NOTHING, head), line(tag, ref="refs/tags/v1"), line(blob, ref="refs/tags/file"), line(head)]
    assert tag != head
    assert pushed(shared.folder, "origin", told) == []


def test_what_git_never_says_is_one_sentence(checkout: Checkout) -> None:
    with pytest.raises(BadInput, match="not what git tells"):
        pushed(checkout.folder, "origin", ["main"])


def test_the_commit_is_judged_and_not_what_lies_in_the_folder(shared: Checkout) -> None:
    first = shared.git("rev-parse", "HEAD")
    head = shared.commit(a__py="A = 1\n")
    shared.commit(b__py="B = 1\n")
    shared.write("c.py", "C = 1\n")
    change = change_of(shared.folder, first, head=head)
    assert [one.path for one in change.files] == ["a.py"]
    assert change.tree == shared.git("rev-parse", f"{head}^{{tree}}")


def test_the_first_commit_of_all_is_compared_with_nothing_and_makes_nothing(tmp_path: Path) -> None:
    checkout = new_checkout(tmp_path / "wheel")
    before = sorted(checkout.folder.rglob("*"))
    change = change_of(checkout.folder)
    assert {(one.path, one.how) for one in change.files} == {("readme.md", "A"), ("src/app.py", "A")}
    assert sorted(checkout.folder.rglob("*")) == before


def test_uncommitted_work_is_judged_without_a_new_object_in_the_repository(checkout: Checkout, tmp_path: Path) -> None:
    checkout.write("src/app.py", "print('wheels')\n")
    checkout.write("new: file.py", "NEW = 1\n")
    before = sorted(checkout.folder.rglob("*"))
    objects = tmp_path / 'a "folder": of ours'
    objects.mkdir()
    change = change_of(checkout.folder, "HEAD", with_worktree=True, objects=objects)
    assert {(one.path, one.how) for one in change.files} == {("new: file.py", "A"), ("src/app.py", "M")}
    assert (change.text("new: file.py"), change.text("readme.md")) == ("NEW = 1\n", "# Wheel\n")
    assert sorted(checkout.folder.rglob("*")) == before


def test_a_repository_with_a_colon_in_its_path_is_only_read_too(tmp_path: Path) -> None:
    checkout, objects = new_checkout(tmp_path / 'wheel: "mine" \\ c'), tmp_path / "objects"
    objects.mkdir()
    checkout.write("new.py", "NEW = 1\n")
    change = change_of(checkout.folder, "HEAD", with_worktree=True, objects=objects)
    assert (change.text("new.py"), change.text("readme.md")) == ("NEW = 1\n", "# Wheel\n")


def test_a_hook_is_installed_once_or_twice_and_taken_away(checkout: Checkout) -> None:
    file = install(checkout.folder)
    assert file == checkout.folder / ".git" / "hooks" / "pre-push"
    assert install(checkout.folder / "src").read_text(encoding="utf-8").splitlines()[2] == "cd -- ./src/ || exit 1"
    assert subprocess.run(["sh", "-n", file], check=False).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o755
    assert remove(checkout.folder) == file
    assert list(file.parent.glob("*pre-push*")) == [file.with_suffix(".sample")]
    with pytest.raises(BadInput, match="no hook of ours"):
        remove(checkout.folder)


@pytest.mark.parametrize("is_link", [False, True])
def test_a_hook_of_somebody_else_stays(checkout: Checkout, is_link: bool) -> None:
    file = checkout.folder / ".git" / "hooks" / "pre-push"
    if is_link:
        file.symlink_to(checkout.folder / "nowhere")
    else:
        file.write_text("#!/bin/sh\nmake lint\n", encoding="utf-8")
    with pytest.raises(BadInput, match="not ours: put this line into it instead"):
        install(checkout.folder)
    with pytest.raises(BadInput, match="no hook of ours"):
        remove(checkout.folder)
    assert file.is_symlink() if is_link else file.read_text(encoding="utf-8").endswith("make lint\n")


def test_a_folder_of_hooks_that_is_the_persons_own_is_left_to_them(checkout: Checkout) -> None:
    checkout.git("config", "core.hooksPath", ".githooks")
    with pytest.raises(BadInput, match=r"lie in .*\.githooks: put this line"):
        install(checkout.folder)
    assert not (checkout.folder / ".githooks").exists()


def test_a_worktree_shares_the_hook_of_its_repository(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("worktree", "add", "--quiet", str(tmp_path / "beside"))
    assert install(tmp_path / "beside") == checkout.folder / ".git" / "hooks" / "pre-push"
