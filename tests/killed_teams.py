"""A team of agents that is killed in the middle of its work, and what has to be true once it went on."""

import time
from pathlib import Path

import coding
import pytest
from checkouts import Checkout, fingerprint
from coding import BUG, NEW_TEST, PYTEST_INI, RULES, TEAM, TEST, asked, config_of, opened, result_of, script_the_team
from messages_api import MessagesApi

from checkpoints.budget import spent_by_agent
from graph.settings import Settings

CALLS = {"error_detective": 3, "python_pro": 3, "qa_debugger": 4}
LINES = 10
"""What the team says while it works, one line a tool."""
FILES = {
    ".magnus.toml": RULES.strip(),
    "README.md": "# Wheel",
    "conftest.py": "",
    "dashboard.py": BUG.replace("return f", 'return "n/a" if premium is None else f').strip(),
    "pytest.ini": PYTEST_INI.strip(),
    "tests/test_dashboard.py": TEST.strip(),
    "tests/test_missing.py": NEW_TEST.strip(),
}
"""The project as the team leaves it."""


def check_killed_team(lines: int, later_s: float, settings: Settings, folder: Path) -> None:
    """Killed so long after so many lines, the team ends with the same tree, each commit once, one call more at most."""
    own = settings.model_copy(update={"data_dir": folder / "magnus", "lease_s": 1})
    checkout = coding.buggy_checkout(folder / "WheelStrategy")
    before = fingerprint(checkout.folder)
    with MessagesApi() as api, pytest.MonkeyPatch.context() as patch:
        for name, value in {**api.environment, "MAGNUS_LEASE_S": "1"}.items():
            patch.setenv(name, value)
        script_the_team(api)
        with opened(own) as graph:
            given = asked(graph, checkout, *TEAM)
            kill_after(lines, later_s, own, given)
            time.sleep(1.1)
            graph.invoke(None, config_of(given))
            result = result_of(graph, given)
            spent = spent_by_agent(graph.deps.database(), given["task"]["request_id"])
        assert api.repeats.total() <= 1
    assert result["outcome"]["status"] == "success"
    assert [one["subject"] for one in result["commits"]] == ["fix_bug: qa_debugger", "fix_bug: python_pro"]
    left = tree_of(checkout, result["branch"])
    assert left == FILES, left
    assert {agent: one.calls for agent, one in spent.items()} == CALLS
    assert fingerprint(checkout.folder) == before
    assert_nothing_is_left(checkout, own)


def kill_after(lines: int, later_s: float, own: Settings, given: coding.Json) -> None:
    """Start the team in a process of its own, and kill that after so many lines of progress."""
    with coding.at_work(own, given, given) as (process, told):
        seen = [told.readline() for _ in range(lines)]
        assert all(seen), "it ended before it could be killed"
        time.sleep(later_s)
        process.kill()


def tree_of(checkout: Checkout, branch: str) -> dict[str, str]:
    """Every file of a branch."""
    names = checkout.git("ls-tree", "-r", "--name-only", branch).splitlines()
    return {name: checkout.git("show", f"{branch}:{name}") for name in names}


def assert_nothing_is_left(checkout: Checkout, own: Settings) -> None:
    """No worktree, no folder of one, and the one branch that holds the work."""
    assert checkout.worktrees() == []
    assert len(checkout.branches()) == 1
    assert [path.name for path in (own.data_dir / "workspaces").iterdir() if path.is_dir()] == []
