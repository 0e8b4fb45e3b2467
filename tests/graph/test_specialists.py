"""Agents at work: real git, the real box and the real client; only the words of the model are scripted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, fingerprint
from coding import NEW_TEST, TEAM, TRACEBACK, asked, buggy_checkout, config_of, opened, result_of, script_the_team
from messages_api import MessagesApi

from checkpoints.budget import spent_by_agent
from graph.compiled import DurableGraph
from graph.settings import Settings


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Workspaces may not lie in /dev, where the database of the tests does."""
    return settings.model_copy(update={"data_dir": tmp_path / "magnus"})


@pytest.fixture
def graph(own: Settings) -> Iterator[DurableGraph]:
    with opened(own) as graph:
        yield graph


def test_a_detective_a_builder_and_a_tester_repair_a_real_bug_on_a_branch(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_the_team(api)
    before = fingerprint(checkout.folder)
    given = asked(graph, checkout, *TEAM)
    lines = [chunk["line"] for chunk in graph.stream(given, config_of(given), stream_mode="custom")]
    result = result_of(graph, given)

    assert result["outcome"]["status"] == "success"
    assert fingerprint(checkout.folder) == before
    assert checkout.branches() == [result["branch"]]
    assert result["files"] == ["dashboard.py", "tests/test_missing.py"]
    assert [one["subject"] for one in result["commits"]] == ["fix_bug: qa_debugger", "fix_bug: python_pro"]
    assert '+    return "n/a" if premium is None' in result["diff"]
    assert checkout.git("show", f"{result['branch']}:tests/test_missing.py") == NEW_TEST.strip()
    assert checkout.worktrees() == []
    assert lines[0] == f"error_detective · run · {TRACEBACK}"
    assert "python_pro · edit · dashboard.py" in lines

    detective, builder, tester = result["handoffs"]
    assert [claim["is_proven"] for claim in detective["context"]["claims"]] == [True]
    assert [claim["why_not"] for claim in builder["context"]["claims"]] == ["no test ran"]
    assert "UNPROVEN: All tests pass. (no test ran)" in builder["deliverables"]["text"]
    assert [claim["is_proven"] for claim in tester["context"]["claims"]] == [True, True]
    assert [one["exit_code"] for one in tester["deliverables"]["evidence"]] == [1, 0]
    spent = spent_by_agent(graph.deps.database(), given["task"]["request_id"])
    assert {agent: one.calls for agent, one in spent.items()} == {
        "error_detective": 3,
        "python_pro": 3,
        "qa_debugger": 4,
    }
    assert all(0 < one.usd < 1 for one in spent.values())
