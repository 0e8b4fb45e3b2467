"""Kills while agents work side by side, while their work is merged, and while a conflict is resolved."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import coding
import pytest
from checkouts import Checkout, fingerprint
from coding import BUG, asked, config_of, home_of_worktrees, opened, result_of, script_one
from messages_api import MessagesApi, tool
from workspace_opener import KILLING

from checkpoints.budget import spent_by_agent
from graph.settings import Settings

FORMAT = '    return f"${premium:,.2f}"'
TOGETHER = '    return "?" if premium is None else f"{premium:,.2f} USD"'
STAGE = ("python_pro", "frontend_developer", "documentation")
CALLS = {"python_pro": 2, "frontend_developer": 4, "documentation": 2}
COMMITS = [
    "Work of frontend_developer, brought together with the rest",
    "Work of documentation",
    "fix_bug: python_pro",
]
IN_THE_PARTS = ["fix_bug: documentation", "fix_bug: frontend_developer"]
MOMENTS = [("merge-tree", "after"), ("-d", "before"), ("grep", "before")]
"""Calls of git: a merge, the end of a branch that is merged, the look for markers in a resolution."""


class Team:
    """A request whose agents work apart, get into a conflict and resolve it."""

    def __init__(self, own: Settings, checkout: Checkout, api: MessagesApi) -> None:
        self.own, self.checkout, self.api = own, checkout, api
        self.before = fingerprint(checkout.folder)
        script_one(api, "python_pro", changed(FORMAT.replace("$", "US$")))
        script_one(api, "frontend_developer", changed(TOGETHER), stage="1 of 1")
        script_one(api, "documentation", tool("write", path="CHANGELOG.md", content="news\n"))
        resolved = BUG.replace(FORMAT, TOGETHER.replace("USD", "US$"))
        script_one(api, "frontend_developer", tool("write", path="dashboard.py", content=resolved), stage="2 of 2")
        with opened(own) as graph:
            self.given = asked(graph, checkout, STAGE)

    def kill(self, lines: int, later_s: float = 0) -> None:
        """Begin, and be killed so long after so many lines of progress."""
        with coding.at_work(self.own, self.given, self.given) as (process, told):
            assert all(told.readline() for _ in range(lines))
            time.sleep(later_s)
            process.kill()
        assert process.code == -signal.SIGKILL

    def go_on(self, folder: Path) -> None:
        """Go on with the git in a folder, which kills its caller."""
        path = os.pathsep.join([str(folder), os.environ["PATH"]])
        with coding.at_work(self.own, self.given, None, PATH=path) as (process, _):
            pass
        assert process.code == -signal.SIGKILL

    def expect_all_is_well(self, most_repeats: int) -> None:
        """Go on to the end, once the heart is known to be silent, and find everything as if nothing had happened."""
        time.sleep(0.6)
        with opened(self.own) as graph:
            graph.invoke(None, config_of(self.given))
            result = result_of(graph, self.given)
            spent = spent_by_agent(graph.deps.database(), self.given["task"]["request_id"])
        checkout, work = self.checkout, f"{result['base']}..{result['branch']}"
        assert result["outcome"]["status"] == "success"
        assert result["files"] == ["CHANGELOG.md", "dashboard.py"]
        assert "US$" in checkout.git("show", f"{result['branch']}:dashboard.py")
        assert checkout.git("log", "--first-parent", "--format=%s", work).splitlines() == COMMITS
        assert sorted(checkout.git("log", "--format=%s", work).splitlines()) == sorted(COMMITS + IN_THE_PARTS)
        assert {agent: one.calls for agent, one in spent.items()} == CALLS
        assert self.api.repeats.total() <= most_repeats
        assert fingerprint(checkout.folder) == self.before
        assert (checkout.branches(), checkout.worktrees()) == ([result["branch"]], [])
        assert home_of_worktrees(self.own.data_dir) == []


@pytest.fixture
def team(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    own = settings.model_copy(update={"data_dir": tmp_path / "magnus", "lease_s": 1})
    with MessagesApi() as api:
        for name, value in {**api.environment, "MAGNUS_LEASE_S": "1"}.items():
            monkeypatch.setenv(name, value)
        yield Team(own, coding.buggy_checkout(tmp_path / "WheelStrategy"), api)


def changed(new: str) -> coding.Json:
    return tool("edit", path="dashboard.py", old=FORMAT, new=new)


@pytest.mark.chaos
def test_work_side_by_side_that_is_killed_again_and_again_comes_to_the_same(team: Team, tmp_path: Path) -> None:
    team.kill(lines=2)
    git = shutil.which("git")
    for at, when in MOMENTS:
        script = tmp_path / f"bin{at}" / "git"
        script.parent.mkdir()
        script.write_text(KILLING.format(git=git, at=at, when=when))
        script.chmod(0o755)
        team.go_on(script.parent)
    team.expect_all_is_well(most_repeats=3)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(20))
def test_work_side_by_side_that_is_killed_at_any_instant_comes_to_the_same(team: Team, seed: int) -> None:
    team.kill(lines=1, later_s=random.Random(seed).uniform(0, 0.7))
    team.expect_all_is_well(most_repeats=3)
