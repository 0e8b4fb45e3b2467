"""Agents of one stage side by side: each writes for itself, and nobody's work is ever written over."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coding
import pytest
from checkouts import Checkout, fingerprint
from coding import BUG, asked, config_of, home_of_worktrees, opened, result_of, script_one
from langgraph.types import Command
from messages_api import MessagesApi, tool
from messages_script import Turn
from messages_wire import opening_of

from checkpoints.budget import spent_by_agent
from checkpoints.effects import Place
from graph.compiled import DurableGraph
from graph.history import history_of, roll_back
from graph.settings import Settings
from tools.agents.stuck import SAME_CALLS
from tools.agents.tries import TRIES
from tools.code.git import GitFailed
from tools.code.sweeping import sweep
from tools.code.worktrees import key_of

BOTH = ("python_pro", "frontend_developer")
FORMAT = '    return f"${premium:,.2f}"'
OURS = '    return "n/a" if premium is None else f"${premium:,.2f}"'
THEIRS = '    return f"{premium:,.2f} USD"'
TOGETHER = '    return "n/a" if premium is None else f"{premium:,.2f} USD"'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return coding.buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "magnus"})


@pytest.fixture
def graph(own: Settings) -> Iterator[DurableGraph]:
    with opened(own) as graph:
        yield graph


def changed(new: str) -> Any:
    return tool("edit", path="dashboard.py", old=FORMAT, new=new)


def wrote(path: str, content: str = "new\n") -> Any:
    return tool("write", path=path, content=content)


def carried_out(graph: DurableGraph, checkout: Checkout, *stages: tuple[str, ...]) -> tuple[Any, Any]:
    """The state a request began with, and what it came to."""
    given = asked(graph, checkout, *stages)
    graph.invoke(given, config_of(given))
    return given, result_of(graph, given)


def test_a_stage_works_side_by_side_is_merged_in_order_and_again_after_a_rollback(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, own: Settings
) -> None:
    before = fingerprint(checkout.folder)
    script_one(api, BOTH[0], changed(OURS), pause_s=0.4)
    script_one(api, BOTH[1], wrote("page.html"), pause_s=0.4)
    script_one(api, "code_reviewer", tool("read", path="dashboard.py"), pause_s=0.8).turns[1:] = [
        Turn((tool("hand_over", summary="It is as it was."),), after=FORMAT.strip())
    ]
    given, result = carried_out(graph, checkout, (*BOTH, "code_reviewer"))

    assert result["outcome"]["status"] == "success"
    assert len({opening_of(one.body) for one in api.received[:3]}) == 3
    assert [one["subject"] for one in result["commits"][:2]] == ["Work of frontend_developer", "fix_bug: python_pro"]
    assert checkout.git("show", f"{result['branch']}:dashboard.py") == BUG.replace(FORMAT, OURS).strip()
    assert checkout.git("show", f"{result['branch']}:page.html") == "new"
    assert fingerprint(checkout.folder) == before
    assert nothing_is_left(checkout, own, result)

    state = graph.get_state(config_of(given)).values
    assert [sorted(one) for one in state["handoffs"]] == [sorted(state["handoffs"][2])] * 3
    thread_id = given["task"]["thread_id"]
    accepted = next(one for one in history_of(graph, thread_id) if one["next"] == ["specialist"] * 3)
    roll_back(graph, thread_id, accepted["step"])
    graph.invoke(None, config_of(given))
    again = result_of(graph, given)
    sweep(graph.deps.database())
    assert again["files"] == result["files"]
    assert nothing_is_left(checkout, own, result, again)


def test_a_conflict_is_a_stage_of_its_own_and_the_plan_goes_on_after_it(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, own: Settings
) -> None:
    script_one(api, BOTH[0], changed(OURS), decisions=["A missing premium is n/a."])
    script_one(api, BOTH[1], changed(THEIRS), wrote("page.html"), stage="1 of 2", decisions=["USD stands behind."])
    talk = script_one(api, BOTH[1], tool("read", path="dashboard.py"), stage="2 of 3")
    talk.turns[1:] = [
        Turn((wrote("dashboard.py", BUG.replace(FORMAT, TOGETHER)),), after="<<<<<<< "),
        Turn((tool("run_tests"),), after="dashboard.py"),
        Turn((tool("hand_over", summary="Both hold."),), after="1 failed"),
    ]
    script_one(api, "documentation", wrote("CHANGELOG.md"), stage="3 of 3")
    _, result = carried_out(graph, checkout, BOTH, ("documentation",))

    told = next(opening for one in api.received if "in stage 2 of 3" in (opening := opening_of(one.body)))
    for words in ("dashboard.py", json.dumps(OURS)[1:-1], json.dumps(THEIRS)[1:-1], "n/a.", "USD stands behind."):
        assert words in told
    assert result["outcome"]["status"] == "success"
    assert checkout.git("show", f"{result['branch']}:dashboard.py") == BUG.replace(FORMAT, TOGETHER).strip()
    assert result["files"] == ["CHANGELOG.md", "dashboard.py", "page.html"]
    subjects = checkout.git("log", "--first-parent", "--format=%s", f"{result['base']}..{result['branch']}")
    assert subjects.splitlines() == [
        "fix_bug: documentation",
        "Work of frontend_developer, brought together with the rest",
        "fix_bug: python_pro",
    ]
    assert nothing_is_left(checkout, own, result)


def test_a_conflict_that_is_handed_over_unresolved_ends_the_request_and_keeps_every_branch(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, own: Settings
) -> None:
    script_one(api, BOTH[0], changed(OURS))
    script_one(api, BOTH[1], changed(THEIRS), stage="1 of 2")
    script_one(api, BOTH[1], stage="2 of 3", summary="All is well.")
    _, result = carried_out(graph, checkout, BOTH, ("documentation",))

    assert result["outcome"]["status"] == "partial"
    (why,) = result["outcome"]["errors"]
    assert "is not merged: dashboard.py has conflict markers" in why
    branches = [result["branch"], *re.findall(r"magnus/[\w-]+-frontend-developer-\w+", why)]
    assert sorted(branches) == checkout.branches()
    assert [checkout.git("show", f"{branch}:dashboard.py") for branch in branches[:2]] == [
        BUG.replace(FORMAT, OURS).strip(),
        BUG.replace(FORMAT, THEIRS).strip(),
    ]
    assert "<<<<<<< " in checkout.git("show", f"{branches[2]}:dashboard.py")
    assert checkout.worktrees() == home_of_worktrees(own.data_dir) == []


def test_one_that_goes_in_circles_ends_the_request_with_the_work_of_both(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, own: Settings
) -> None:
    script_one(api, BOTH[0], changed(OURS))
    circling = api.conversation(f"you are {BOTH[1]}")
    circling.answers(wrote("page.html"))
    for _ in range(SAME_CALLS * TRIES):
        circling.answers(tool("list"))
    given = asked(graph, checkout, BOTH, ("documentation",))
    given["task"]["requester"] = "system"
    graph.invoke(given, config_of(given))
    result = result_of(graph, given)
    assert result["outcome"]["status"] == "partial"
    assert "frontend_developer did not finish: It made the same call" in result["outcome"]["errors"][0]
    assert result["files"] == ["dashboard.py", "page.html"]
    assert nothing_is_left(checkout, own, result)


def test_what_one_did_is_kept_when_the_other_fails(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, own: Settings
) -> None:
    for agent, use in zip(BOTH, (changed(OURS), wrote("page.html")), strict=True):
        script_one(api, agent, use)
    given = asked(graph, checkout, BOTH)
    request_id = given["task"]["request_id"]
    in_the_way = f"magnus/fix-bug-frontend-developer-{key_of(place_of(request_id))}/x"
    checkout.git("branch", in_the_way)
    with pytest.raises(GitFailed):
        graph.invoke(given, config_of(given))
    checkout.git("branch", "-D", in_the_way)
    asked_before = len(api.received)
    graph.invoke(None, config_of(given))
    assert {
        agent for agent in BOTH for one in api.received[asked_before:] if f"you are {agent}" in opening_of(one.body)
    } == {BOTH[1]}
    result = result_of(graph, given)
    assert result["files"] == ["dashboard.py", "page.html"]
    assert nothing_is_left(checkout, own, result)


def test_one_that_waits_for_money_goes_on_alone_when_there_is_some(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    for agent, use in zip(BOTH, (changed(OURS), wrote("page.html")), strict=True):
        script_one(api, agent, use)
    with opened(own.model_copy(update={"budget_agents": 1})) as graph:
        given = asked(graph, checkout, BOTH)
        graph.invoke(given, config_of(given))
        (waiting,) = graph.get_state(config_of(given)).interrupts
        assert waiting.value["details"]["what"] == "agents"
        assert len(api.received) == 2
    with opened(own) as graph:
        graph.invoke(Command(resume={waiting.id: True}), config_of(given))
        result = result_of(graph, given)
        spent = spent_by_agent(graph.deps.database(), given["task"]["request_id"])
    assert {agent: one.calls for agent, one in spent.items()} == dict.fromkeys(BOTH, 2)
    assert (len(api.received), api.repeats.total()) == (4, 0)
    assert result["files"] == ["dashboard.py", "page.html"]
    assert nothing_is_left(checkout, own, result)


def place_of(request_id: str) -> str:
    """The effect that opens the worktree of frontend_developer in the first stage."""
    return Place(request_id, phase="1", stage="0").key("workspace of frontend_developer")


def nothing_is_left(checkout: Checkout, own: Settings, *results: Any) -> bool:
    """Whether the branches that were handed over are all there is in the repository and in the home of worktrees."""
    handed_over = sorted({result["branch"] for result in results})
    return (checkout.branches(), checkout.worktrees(), home_of_worktrees(own.data_dir)) == (handed_over, [], [])
