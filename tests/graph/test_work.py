"""Work on code through `open_graph()`: what a program sees of it, and what is left when it was cut off anywhere."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, fingerprint
from coding import WISH, buggy_checkout
from langgraph.runtime import RunControl
from langgraph.types import Command
from messages_api import MessagesApi
from whole_team import CALLS, TEAM, script_a_dear_detective, script_the_whole_team, script_those_after_the_detective

from checkpoints.budget import add_usd
from checkpoints.runs import cancel, runs_of
from graph.compiled import DurableGraph
from graph.history import history_of, roll_back
from graph.master import open_graph
from graph.progress import question_of, response_of, steps
from graph.protocol import Request, Response
from graph.settings import Settings
from tools.code.sweeping import sweep
from tools.left_behind import worktrees_left

pytestmark = needs_bubblewrap
THREAD: Any = {"configurable": {"thread_id": "t"}}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "magnus"


@pytest.fixture
def graph(settings: Settings, home: Path) -> Iterator[DurableGraph]:
    with open_graph(settings.model_copy(update={"data_dir": home})) as graph:
        yield graph


def wanted(checkout: Checkout, **more: Any) -> dict[str, Request]:
    return {"request": Request(prompt=WISH, project=str(checkout.folder), **more)}


def test_a_program_sees_each_thing_an_agent_does_and_gets_the_response(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_the_whole_team(api)
    before = fingerprint(checkout.folder)
    lines, nodes = [], []
    for mode, chunk in graph.stream(wanted(checkout), THREAD, stream_mode=["updates", "custom"]):
        lines += [chunk["line"]] if mode == "custom" else []
        nodes += list(chunk) if mode == "updates" else []
    values = graph.get_state(THREAD).values
    response = Response.model_validate(values["response"])
    assert {line.split(" · ")[0] for line in lines} == set(TEAM)
    assert "python_pro · edit · dashboard.py" in lines
    assert nodes[:4] == ["intake", "router", "planner", "coordinator"]
    assert nodes[-3:] == ["hand_over", "learn", "respond"]
    assert response.status == "success"
    assert response.usage.model_calls == sum(CALLS.values())
    assert response.result["branch"] in values["messages"][-1].text
    assert "UNPROVEN: All tests pass." in values["messages"][-1].text
    assert fingerprint(checkout.folder) == before


def test_a_budget_stop_is_an_interrupt_that_needs_no_answer(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_a_dear_detective(api)
    graph.invoke(wanted(checkout, budget_usd=0.4), THREAD)
    (run,) = runs_of(graph.deps.database(), "t")
    stopped = response_of(graph, run)
    assert stopped["status"] == "partial"
    assert len(stopped["errors"]) == 1
    assert {one["what"] for one in stopped["result"]["stopped"]} == {"usd"}
    assert question_of(graph, "t") is None

    assert list(steps(graph, run, None, RunControl())) == []
    assert response_of(graph, run)["errors"] == stopped["errors"]


def test_work_that_changes_nothing_leaves_no_branch(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    api.conversation("you are code_reviewer").answers("The last commit is fine.")
    response = graph.invoke(review(checkout), THREAD)["response"]
    assert response["status"] == "success"
    assert response["result"]["branch"] is None
    assert response["result"]["handoffs"][0]["context"]["summary"] == "The last commit is fine."
    assert response["next_steps"] == ["magnus show t"]
    assert checkout.branches() == []
    assert_nothing_lies_about(checkout, home)


@pytest.mark.chaos
def test_a_kill_after_the_worktree_went_loses_nothing_of_the_answer(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_the_whole_team(api)
    answer = graph.invoke(wanted(checkout), THREAD)["response"]
    before = next(one for one in graph.get_state_history(THREAD) if one.next == ("hand_over",))
    graph.update_state(before.config, {"outcome": {}}, as_node="coordinator")
    graph.invoke(None, THREAD)
    values = graph.get_state(THREAD).values
    assert values["outcome"]["artifact"]
    assert values["response"]["result"] == answer["result"]


@pytest.mark.chaos
def test_a_task_goes_back_to_a_step_before_its_end_and_ends_the_same(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    script_the_whole_team(api)
    first = graph.invoke(wanted(checkout), THREAD)["response"]["result"]
    *_, before_the_end = (step for step in history_of(graph, "t") if step["next"] == ["coordinator"])
    again = taken_back(graph, before_the_end["step"])
    assert again["branch"] != first["branch"]
    assert again["diff"] == first["diff"]
    assert [one["subject"] for one in again["commits"]] == [one["subject"] for one in first["commits"]]
    assert_nothing_lies_about(checkout, home)


@pytest.mark.chaos
def test_a_task_that_waits_for_money_goes_back_and_on_although_its_branch_is_gone(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    script_a_dear_detective(api)
    graph.invoke(wanted(checkout, budget_usd=0.4), THREAD)
    (run,) = runs_of(graph.deps.database(), "t")
    add_usd(graph.deps.database(), run.request_id, Decimal(5))
    script_those_after_the_detective(api)
    *_, newest = (step for step in history_of(graph, "t") if step["next"] == ["coordinator"])
    result = taken_back(graph, newest["step"])
    assert checkout.branches() == [result["branch"]]
    assert result["files"] == ["CHANGELOG.md", "dashboard.py", "tests/test_missing.py"]
    assert_nothing_lies_about(checkout, home)


def test_the_next_task_removes_what_one_that_was_cancelled_elsewhere_left(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    script_a_dear_detective(api)
    graph.invoke(wanted(checkout, budget_usd=0.4), THREAD)
    cancel(graph.deps.database(), "t", graph.deps.now())
    assert checkout.worktrees()
    (left,) = worktrees_left(graph.deps.database(), graph.deps.now())
    assert {Path(folder).resolve() for folder in left["folders"]} == {Path(one) for one in checkout.worktrees()}
    api.conversation("review my last commit", "you are code_reviewer").answers("Fine.")
    graph.invoke(review(checkout), {"configurable": {"thread_id": "another"}})
    assert checkout.branches() == []
    assert worktrees_left(graph.deps.database(), graph.deps.now()) == []
    assert_nothing_lies_about(checkout, home)


def test_an_answer_nobody_asked_for_is_as_good_as_none(
    graph: DurableGraph, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.invoke(wanted(checkout), THREAD)
    (run,) = runs_of(graph.deps.database(), "t")
    assert list(steps(graph, run, "go on", RunControl())) == []
    stopped = response_of(graph, run)
    assert stopped["errors"][0].startswith("There is no model")
    assert graph.invoke(Command(resume="x"), THREAD).get("response") is None


def review(checkout: Checkout) -> dict[str, Request]:
    return {"request": Request(prompt="review my last commit", project=str(checkout.folder))}


def taken_back(graph: DurableGraph, step: int) -> Any:
    """What a task comes to after `magnus rollback`, the sweep that follows it, and `magnus resume`."""
    roll_back(graph, "t", step)
    sweep(graph.deps.database())
    (run,) = runs_of(graph.deps.database(), "t")
    assert list(steps(graph, run, None, RunControl()))[-1] == "respond"
    return response_of(graph, run)["result"]


def assert_nothing_lies_about(checkout: Checkout, home: Path) -> None:
    assert checkout.worktrees() == []
    assert list((home / "workspaces").iterdir()) == []
