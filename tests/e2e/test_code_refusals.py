"""Projects nobody can work on, and machines on which nobody may: one sentence, exit code 2, and nothing is made."""

import os
import subprocess
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import SOMEBODY, Checkout, fingerprint, new_checkout
from coding import WISH, buggy_checkout
from command import Magnus
from messages_api import MessagesApi
from whole_team import magnus_with, script_the_whole_team

from graph.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "magnus"


@pytest.fixture
def magnus(settings: Settings, home: Path, tmp_path: Path) -> Magnus:
    """No key for a model: what is wrong with a project is told before one is waited for."""
    return magnus_with(settings, home, tmp_path)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **SOMEBODY}, check=True, timeout=30)


def assert_refused(magnus: Magnus, project: Path, complaint: str) -> None:
    done = magnus(WISH, "--project", str(project))
    assert done.returncode == 2, done.stderr
    assert complaint in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_folder_that_is_not_there(magnus: Magnus, tmp_path: Path) -> None:
    assert_refused(magnus, tmp_path / "nowhere", f"There is no folder {tmp_path / 'nowhere'}")


def test_a_file(magnus: Magnus, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert_refused(magnus, tmp_path / "notes.txt", "There is no folder")


def test_a_folder_without_git(magnus: Magnus, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert_refused(magnus, tmp_path / "plain", "is no git repository: run `git init` there")


def test_a_repository_without_a_commit(magnus: Magnus, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    git(tmp_path / "fresh", "init", "--quiet")
    assert_refused(magnus, tmp_path / "fresh", "has no commit yet")


def test_a_bare_repository(magnus: Magnus, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    git(tmp_path / "bare", "init", "--quiet", "--bare")
    assert_refused(magnus, tmp_path / "bare", "is a bare repository: name a checkout of it")


def test_a_repository_among_the_data_of_magnus(magnus: Magnus, home: Path) -> None:
    checkout = new_checkout(home / "workspaces" / "somebody")
    assert_refused(magnus, checkout.folder, "lies among the data of Magnus itself")
    assert checkout.branches() == []


def test_a_repository_that_holds_the_data_of_magnus(settings: Settings, tmp_path: Path, api: MessagesApi) -> None:
    checkout = new_checkout(tmp_path / "all")
    magnus = magnus_with(settings, checkout.folder / "data", tmp_path, api)
    assert_refused(magnus, checkout.folder, "Workspaces may not lie in the project itself")
    assert checkout.branches() == []


def test_no_project_is_never_taken_for_the_folder_one_stands_in(settings: Settings, home: Path, tmp_path: Path) -> None:
    checkout = buggy_checkout(tmp_path / "WheelStrategy")
    done = magnus_with(settings, home, checkout.folder)(WISH)
    assert done.returncode == 2
    assert "Say which project is meant: --project DIR" in done.stderr
    assert f"Next: magnus '{WISH}' --project ." in done.stderr
    assert checkout.branches() == []


@pytest.fixture
def without_bubblewrap(tmp_path: Path) -> dict[str, str]:
    """The programs of this machine but for the one that makes boxes."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("git", "prlimit", "sh", "bash"):
        found = next(Path(place, name) for place in os.environ["PATH"].split(":") if Path(place, name).exists())
        (folder / name).symlink_to(found)
    return {"PATH": str(folder)}


def test_without_bubblewrap_nobody_works_and_the_ways_out_are_named(
    magnus: Magnus, tmp_path: Path, without_bubblewrap: dict[str, str]
) -> None:
    checkout = buggy_checkout(tmp_path / "WheelStrategy")
    done = magnus(WISH, "--project", "WheelStrategy", env=without_bubblewrap)
    assert done.returncode == 2, done.stderr
    assert "There is no sandbox, bwrap (bubblewrap) is missing: install bubblewrap, or set MAGNUS_SANDBOX=off" in (
        done.stderr
    )
    assert checkout.branches() == []


@needs_bubblewrap
def test_with_the_sandbox_off_every_response_says_so(settings: Settings, home: Path, tmp_path: Path) -> None:
    checkout = buggy_checkout(tmp_path / "WheelStrategy")
    before = fingerprint(checkout.folder)
    with MessagesApi() as api:
        magnus = magnus_with(settings, home, tmp_path, api)
        script_the_whole_team(api)
        off = {"MAGNUS_SANDBOX": "off"}
        stopped = magnus(WISH, "--project", "WheelStrategy", env=off | {"MAGNUS_BUDGET_CALLS": "1"})
        assert stopped.returncode == 4, stopped.stderr
        assert "Warning: MAGNUS_SANDBOX=off" in stopped.stdout
        thread = stopped.stderr.split()[1]
        assert f"Next: MAGNUS_BUDGET_CALLS=2 magnus resume {thread}" in stopped.stderr
        done = magnus("resume", thread, env=off)
    assert done.returncode == 0, done.stderr
    assert "Warning: MAGNUS_SANDBOX=off: commands of the project ran without a sandbox." in " ".join(
        done.stdout.split()
    )
    assert fingerprint(checkout.folder) == before


def test_unattended_work_never_goes_without_a_sandbox(settings: Settings, home: Path, tmp_path: Path) -> None:
    from graph.master import open_graph
    from graph.protocol import Request, Task

    checkout: Checkout = buggy_checkout(tmp_path / "WheelStrategy")
    request = Request(requester="agent", task=Task(action="fix_bug"), prompt=WISH, project=str(checkout.folder))
    own = settings.model_copy(update={"data_dir": home, "sandbox": "off"})
    with open_graph(own) as graph:
        response = graph.invoke({"request": request}, {"configurable": {"thread_id": "t"}})["response"]
    assert response["bad_input"]
    assert "MAGNUS_SANDBOX=off is for a person at a terminal" in response["errors"][0]
