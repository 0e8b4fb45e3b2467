"""Every kind of repository a person may name: it can be worked on, or one sentence says why not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from checkouts import Checkout, fingerprint, new_checkout
from workspaces import workspace_in

from graph.errors import BadInput
from tools.code.committing import commit_snapshot
from tools.code.repository import find_repository, git_of, named, peculiarities, uncommitted
from tools.code.snapshot import snapshot, tree_of
from tools.code.worktrees import git_in, locked


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return new_checkout(tmp_path / "my project")


def detached(checkout: Checkout) -> Path:
    checkout.git("checkout", "--quiet", "--detach")
    return checkout.folder


def shallow(checkout: Checkout) -> Path:
    checkout.commit(more__txt="more\n")
    checkout.git("clone", "--quiet", "--depth=1", f"file://{checkout.folder}", "../shallow")
    return checkout.folder.with_name("shallow")


def linked(checkout: Checkout) -> Path:
    checkout.git("worktree", "add", "--quiet", "-b", "side", "../side")
    return checkout.folder.with_name("side")


def linked_to_bare(checkout: Checkout) -> Path:
    checkout.git("clone", "--quiet", "--bare", ".", "../bare.git")
    bare = checkout.folder.with_name("bare.git")
    checkout.git("worktree", "add", "--quiet", "../of bare", "main", folder=bare)
    return checkout.folder.with_name("of bare")


def with_submodule(checkout: Checkout) -> Path:
    library = new_checkout(checkout.folder.with_name("library"))
    checkout.git("submodule", "--quiet", "add", str(library.folder), "lib")
    checkout.commit()
    return checkout.folder


def submodule(checkout: Checkout) -> Path:
    return with_submodule(checkout) / "lib"


def subfolder(checkout: Checkout) -> Path:
    return checkout.folder / "src"


def linked_by_symlink(checkout: Checkout) -> Path:
    link = checkout.folder.with_name("link")
    link.symlink_to(checkout.folder)
    return link


KINDS = [detached, shallow, linked, linked_to_bare, with_submodule, submodule, subfolder, linked_by_symlink]


@pytest.mark.parametrize("kind", KINDS)
def test_this_kind_of_repository_is_found_and_read_without_a_change(
    checkout: Checkout, kind: Callable[[Checkout], Path]
) -> None:
    project = kind(checkout)
    before = fingerprint(checkout.folder.parent)
    repository = find_repository(project)
    there = Checkout(project)
    assert repository.head == there.git("rev-parse", "HEAD")
    assert repository.root / repository.prefix == project.resolve()
    assert tree_of(git_of(repository)) == there.git("rev-parse", "HEAD^{tree}")
    assert uncommitted(repository).files == []
    now = fingerprint(checkout.folder.parent)
    assert {name: mark for name, mark in now.items() if "/objects/" not in name} == {
        name: mark for name, mark in before.items() if "/objects/" not in name
    }


@pytest.mark.parametrize("kind", KINDS)
def test_this_kind_of_repository_gets_a_worktree_that_is_worked_in(
    checkout: Checkout, tmp_path: Path, kind: Callable[[Checkout], Path]
) -> None:
    project = kind(checkout)
    workspace = workspace_in(tmp_path / "work spaces", project, "one")
    there = Checkout(workspace.project)
    assert there.git("rev-parse", "HEAD") == workspace.base
    assert there.git("status", "--porcelain") == ""
    there.write("new.py", "x = 1\n")
    with locked(tmp_path / "work spaces", "one") as held:
        made = commit_snapshot(git_in(workspace, held), workspace, "work", "key")
    assert there.git("rev-parse", "HEAD") == made["commit"]
    assert there.git("status", "--porcelain") == ""
    assert Checkout(project).git("rev-parse", "HEAD") == workspace.base


def nothing(checkout: Checkout) -> tuple[Path, str]:
    return checkout.folder / "nowhere", "There is no folder {}: name one with --project."


def no_repository(checkout: Checkout) -> tuple[Path, str]:
    (folder := checkout.folder.with_name("plain")).mkdir()
    return folder, "{} is no git repository: run `git init` there and commit, or name another with --project."


def empty(checkout: Checkout) -> tuple[Path, str]:
    (folder := checkout.folder.with_name("empty")).mkdir()
    checkout.git("init", "--quiet", folder=folder)
    return folder, "{} has no commit yet: commit something there first."


def bare(checkout: Checkout) -> tuple[Path, str]:
    checkout.git("clone", "--quiet", "--bare", ".", "../bare.git")
    return checkout.folder.with_name("bare.git"), "{} is a bare repository: name a checkout of it with --project."


def inside_git(checkout: Checkout) -> tuple[Path, str]:
    return checkout.folder / ".git", "{} lies inside .git: name the checkout with --project."


def broken(checkout: Checkout) -> tuple[Path, str]:
    (checkout.folder / ".git/config").write_text("[core\n")
    return checkout.folder, "{} cannot be worked on: git rev-parse failed: bad config line 1 in file .git/config."


@pytest.mark.parametrize("kind", [nothing, no_repository, empty, bare, inside_git, broken])
def test_this_kind_of_folder_is_refused_in_one_sentence(
    checkout: Checkout, kind: Callable[[Checkout], tuple[Path, str]]
) -> None:
    folder, sentence = kind(checkout)
    with pytest.raises(BadInput) as refused:
        find_repository(folder)
    assert str(refused.value) == sentence.format(folder)


def test_submodules_are_said_to_be_empty(checkout: Checkout) -> None:
    assert peculiarities(find_repository(with_submodule(checkout))) == ["Submodules are empty in the workspace: lib."]


def test_a_snapshot_is_the_tree_a_commit_of_everything_would_have(checkout: Checkout) -> None:
    checkout.commit(__gitignore="*.log\n", gone__txt="gone\n", kind__txt="file\n", twice__txt="one\n")
    (checkout.folder / "gone.txt").unlink()
    (checkout.folder / "kind.txt").unlink()
    checkout.write("kind.txt/inner", "now a folder\n")
    (checkout.folder / "link").symlink_to("readme.md")
    checkout.write("debug.log", "ignored\n")
    checkout.write('odd\n"name" ä.txt', "odd\n")
    checkout.write("twice.txt", "two\n")
    checkout.git("add", "twice.txt")
    checkout.write("twice.txt", "six\n")
    checkout.write("later.txt", "later\n")
    checkout.git("add", "--intent-to-add", "later.txt")
    (checkout.folder / "src/app.py").chmod(0o755)
    before = fingerprint(checkout.folder)
    tree = tree_of(git_of(find_repository(checkout.folder)))
    assert fingerprint(checkout.folder) == before
    checkout.git("add", "--all")
    assert tree == checkout.git("write-tree")


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(checkout: Checkout) -> None:
    git = git_of(find_repository(checkout.folder))
    trees = set()
    for number in range(10):
        checkout.commit(same__txt=f"{number}\n")
        checkout.write("same.txt", f"{chr(65 + number)}\n")
        trees.add(tree_of(git))
    assert len(trees) == 10


def test_a_repository_in_a_folder_is_left_out_of_a_snapshot_and_named(checkout: Checkout) -> None:
    new_checkout(checkout.folder / "inner")
    git = git_of(find_repository(checkout.folder))
    with snapshot(git) as found:
        assert found.left_out == ["inner/"]
        assert found.tree == git.line("rev-parse", "HEAD^{tree}")


def test_the_middle_of_a_merge_cannot_be_taken_along(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "other")
    checkout.commit(readme__md="other\n")
    checkout.git("checkout", "--quiet", "main")
    checkout.commit(readme__md="main\n")
    checkout.git("merge-file", "readme.md", "readme.md", "readme.md")
    repository = find_repository(checkout.folder)
    with pytest.raises(AssertionError):
        checkout.git("merge", "other")
    assert uncommitted(repository).is_mid_merge
    with pytest.raises(BadInput, match="is in the middle of a merge"):
        tree_of(git_of(repository))


def test_ignore_rules_of_the_person_hold(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(f"[core]\n\texcludesFile = {tmp_path}/rules\n")
    (tmp_path / "rules").write_text("*.swp\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    checkout.write("readme.swp", "mine\n")
    repository = find_repository(checkout.folder)
    assert uncommitted(repository).files == []
    assert tree_of(git_of(repository)) == checkout.git("rev-parse", "HEAD^{tree}")


def test_a_git_file_in_the_worktree_that_points_elsewhere_is_passed_by(checkout: Checkout, tmp_path: Path) -> None:
    other = new_checkout(tmp_path / "other")
    repository = find_repository(checkout.folder)
    moved = replace(repository, git_dir=tmp_path / "git")
    repository.git_dir.rename(moved.git_dir)
    checkout.write(".git", f"gitdir: {other.folder}/.git\n")
    assert git_of(moved).line("rev-parse", "HEAD") == repository.head


def test_names_for_a_sentence_are_few_and_readable() -> None:
    assert named(["a", "b\udcff"]) == "a, b\ufffd"
    assert named([str(number) for number in range(13)]).endswith(", 9 and 3 more")
