"""A kill in the middle of an agent's work: the same tree in the end, no commit twice, at most one call again each."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import coding
import pytest
from checkouts import Checkout, fingerprint
from coding import TEAM, asked, config_of, opened, result_of, script_the_team
from messages_api import MessagesApi

from checkpoints.budget import spent_by_agent
from graph.settings import Settings

MOMENTS = [(1, 0.0), (4, 0.02), (7, 0.1)]


@pytest.mark.parametrize(("lines", "later_s"), MOMENTS)
def test_a_killed_team_goes_on_where_it_was(lines: int, later_s: float, settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "magnus", "lease_s": 1})
    checkout = coding.buggy_checkout(tmp_path / "WheelStrategy")
    before = fingerprint(checkout.folder)
    with MessagesApi() as api, pytest.MonkeyPatch.context() as patch:
        for name, value in {**api.environment, "MAGNUS_LEASE_S": "1"}.items():
            patch.setenv(name, value)
        script_the_team(api)
        with opened(own) as graph:
            given = asked(graph, checkout, *TEAM)
            killed_after(lines, later_s, own, given)
            time.sleep(1.1)
            graph.invoke(None, config_of(given))
            result = result_of(graph, given)
            spent = spent_by_agent(graph.deps.database(), given["task"]["request_id"])
        assert api.repeats.total() <= 1
    assert result["outcome"]["status"] == "success"
    assert [one["subject"] for one in result["commits"]] == ["fix_bug: qa_debugger", "fix_bug: python_pro"]
    assert checkout.git("show", f"{result['branch']}:dashboard.py").count("is None") == 1
    assert {agent: one.calls for agent, one in spent.items()} == {
        "error_detective": 3,
        "python_pro": 3,
        "qa_debugger": 4,
    }
    assert fingerprint(checkout.folder) == before
    assert_nothing_is_left(checkout, own)


def killed_after(lines: int, later_s: float, own: Settings, given: coding.Json) -> None:
    """Start the team in a process of its own, and kill that after so many lines of progress."""
    words = [str(own.database_url), str(own.data_dir), json.dumps(given), json.dumps(given)]
    process = subprocess.Popen(
        [sys.executable, coding.__file__, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    with process:
        seen = [process.stdout.readline() for _ in range(lines)]
        time.sleep(later_s)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert all(seen), "it ended before it could be killed"


def assert_nothing_is_left(checkout: Checkout, own: Settings) -> None:
    assert checkout.worktrees() == []
    assert len(checkout.branches()) == 1
    assert [path.name for path in (own.data_dir / "workspaces").iterdir() if path.is_dir()] == []
