"""Nothing that a repository says about itself is ever run: each way git knows is tried with a canary."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import Checkout, new_checkout
from workspaces import tree_now, workspace_in

from tools.code.committing import commit_snapshot
from tools.code.diffs import blame, changed_files, diff, log
from tools.code.git import GitFailed, open_git
from tools.code.repository import find_repository, git_of, peculiarities, uncommitted
from tools.code.snapshot import tree_of
from tools.code.worktrees import git_beside, git_in, locked, reset

HOOKS = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change",
    "post-merge", "post-rewrite", "pre-auto-gc", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "reference-transaction",
)  # fmt: skip


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def program(tmp_path: Path, canary: Path) -> Path:
    """A program that sings when it is run, and lets through what it is given."""
    path = tmp_path / "sing"
    path.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{canary}'\ncat\nexit 0\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = new_checkout(tmp_path / "project")
    checkout.commit(__gitattributes="*.md filter=evil diff=evil merge=evil\n*.py merge=evil diff=evil\n")
    return checkout


def by_hooks(checkout: Checkout, program: Path) -> None:
    for name in HOOKS:
        hook = checkout.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(program.read_text())
        hook.chmod(0o755)


def by_a_folder_of_hooks(checkout: Checkout, program: Path) -> None:
    by_hooks(checkout, program)
    checkout.git("config", "core.hooksPath", str(checkout.folder / ".git/hooks"))


def by_config(**settings: str) -> Callable[[Checkout, Path], None]:
    def arm(checkout: Checkout, program: Path) -> None:
        config = checkout.folder / ".git/config"
        for key, value in settings.items():
            section, _, name = key.replace("__", ".").rpartition(".")
            kind, _, driver = section.partition(".")
            head = f'[{kind} "{driver}"]' if driver else f"[{kind}]"
            config.write_text(f"{config.read_text()}{head}\n\t{name} = {value.format(program)}\n")

    return arm


def by_config_of_our_branches(checkout: Checkout, program: Path) -> None:
    """A part of the configuration that holds on the branches of Magnus alone, so that nobody sees it before."""
    by_config(filter__evil__clean="{}", filter__evil__smudge="{}", core__fsmonitor="{}")(checkout, program)
    config = checkout.folder / ".git/config"
    plain, found = config.read_text().split('[filter "evil"]', 1)
    config.with_name("evil").write_text(f'[filter "evil"]{found}')
    config.write_text(f'{plain}[includeIf "onbranch:magnus/**"]\n\tpath = evil\n')


WAYS: dict[str, Callable[[Checkout, Path], None]] = {
    "hooks": by_hooks,
    "a folder of hooks": by_a_folder_of_hooks,
    "a filter": by_config(filter__evil__clean="{}", filter__evil__smudge="{}", filter__evil__required="true"),
    "a process as filter": by_config(filter__evil__process="{}", filter__evil__required="true"),
    "a monitor of files": by_config(core__fsmonitor="{}"),
    "an external diff": by_config(diff__external="{}", diff__evil__command="{}"),
    "a text converter": by_config(diff__evil__textconv="{}", diff__evil__cachetextconv="true"),
    "a merge driver": by_config(
        merge__evil__driver="{} %O %A %B", merge__evil__recursive="evil", merge__default="evil"
    ),
    "a pager": by_config(core__pager="{}", pager__log="{}", pager__diff="{}", pager__blame="{}"),
    "an editor": by_config(core__editor="{}", sequence__editor="{}"),
    "a signature": by_config(commit__gpgSign="true", gpg__program="{}", log__showSignature="true", tag__gpgSign="true"),
    "a credential helper": by_config(credential__helper="!{}", core__askPass="{}"),
    "another ssh": by_config(core__sshCommand="{}", core__gitProxy="{}", protocol__allow="always"),
    "alternate refs": by_config(core__alternateRefsCommand="{}"),
    "an alias": by_config(alias__status="!{}", alias__log="!{}", alias__diff="!{}"),
    "a trailer": by_config(trailer__evil__command="{}", trailer__evil__ifmissing="add"),
    "our branches alone": by_config_of_our_branches,
}


def work_on(checkout: Checkout, home: Path) -> None:
    """Everything Magnus does with a repository on the host."""
    checkout.write("readme.md", "# Changed\n")
    repository = find_repository(checkout.folder)
    uncommitted(repository)
    peculiarities(repository)
    tree_of(git_of(repository))
    made = [workspace_in(home, checkout.folder, name) for name in ("one", "two")]
    for name, workspace in zip("12", made, strict=True):
        (workspace.folder / "src/app.py").write_text(f"{name}\n")
        (workspace.folder / "readme.md").write_text(f"# {name}\n")
        with locked(home, workspace.key) as held:
            assert commit_snapshot(git_in(workspace, held), workspace, "work", "key")["commit"]
            (workspace.folder / "readme.md").write_text("again\n")
            diff(workspace)
            changed_files(workspace)
            tree_now(workspace)
            log(workspace)
            blame(workspace, "src/app.py")
            reset(workspace, held)
    heads = [workspace.ref for workspace in made]
    git_beside(made[0]).run("merge-tree", "--write-tree", "-z", *heads, may_end=(0, 1))
    git_in(made[0]).run("merge-tree", "--write-tree", "-z", *heads, may_end=(0, 1))


@pytest.mark.parametrize("way", WAYS)
def test_a_repository_runs_nothing_by(
    checkout: Checkout, program: Path, canary: Path, tmp_path: Path, way: str
) -> None:
    WAYS[way](checkout, program)
    work_on(checkout, tmp_path / "home")
    assert not canary.exists(), canary.read_text()


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("hooks", ["commit", "--allow-empty", "-m", "x"]),
        ("a filter", ["add", "readme.md"]),
        ("a monitor of files", ["status"]),
        ("an external diff", ["diff"]),
        ("a text converter", ["diff"]),
    ],
)
def test_plain_git_does_run_them_so_that_the_canary_is_known_to_sing(
    checkout: Checkout, program: Path, canary: Path, way: str, words: list[str]
) -> None:
    WAYS[way](checkout, program)
    checkout.write("readme.md", "# Changed\n")
    checkout.git(*words)
    assert canary.exists()


def test_our_merge_takes_the_place_of_a_driver_and_merges_as_git_does(checkout: Checkout, program: Path) -> None:
    WAYS["a merge driver"](checkout, program)
    base = checkout.commit(a__py="1\n2\n3\n4\n5\n")
    ours = checkout.commit(a__py="one\n2\n3\n4\n5\n")
    checkout.git("checkout", "-q", "-b", "other", base)
    theirs = checkout.commit(a__py="1\n2\n3\n4\nfive\n")
    git = git_of(find_repository(checkout.folder))
    tree = git.line("merge-tree", "--write-tree", ours, theirs)
    assert git.line("show", f"{tree}:a.py") == "one\n2\n3\n4\nfive"


def test_files_of_a_filter_are_left_out_of_a_commit_and_said(checkout: Checkout, tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path / "home", checkout.folder, "one")
    (workspace.folder / "readme.md").write_text("# Changed\n")
    (workspace.folder / "new.py").write_text("x = 1\n")
    with locked(tmp_path / "home", "one") as held:
        made = commit_snapshot(git_in(workspace, held), workspace, "work", "key")
    assert made["left_out"] == ["readme.md"]
    assert checkout.git("diff", "--name-only", workspace.base, made["commit"]) == "new.py"
    assert peculiarities(find_repository(checkout.folder)) == [
        "Files of the filter evil are as git stores them in the workspace, since filters do not run there; changes of "
        "them are left out."
    ]


@pytest.mark.parametrize("url", ["ext::{}", "file://{}", "ssh://host/{}", "https://127.0.0.1:9/{}", "{}"])
def test_no_protocol_is_spoken(checkout: Checkout, program: Path, canary: Path, tmp_path: Path, url: str) -> None:
    target = str(program) if url.startswith("ext") else str(new_checkout(tmp_path / "other").folder)
    git = git_of(find_repository(checkout.folder))
    with pytest.raises(GitFailed, match=r"transport .* not allowed"):
        git.run("fetch", url.format(target))
    assert not canary.exists()


def test_git_sees_no_secret_and_no_setting_of_this_process(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    environ = open_git(checkout.folder).environ()
    assert not {"ANTHROPIC_API_KEY", "GIT_DIR", "GIT_EXTERNAL_DIFF"} & environ.keys()
    assert open_git(checkout.folder).line("rev-parse", "--show-toplevel") == str(checkout.folder)


def test_a_program_called_git_in_the_project_is_not_taken_for_git(
    checkout: Checkout, program: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.write("git", program.read_text()).chmod(0o755)
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    open_git(checkout.folder).line("rev-parse", "HEAD")
    assert not canary.exists()
