"""Workflows that only study a project: what they come to, and that nothing is changed by them."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, fingerprint
from coding import script_one
from langgraph.types import Command
from messages_api import MessagesApi, tool
from messages_wire import opening_of
from whole_workflows import THREAD, board_checkout, carried_out

from checkpoints.runs import accept, runs_of
from graph.compiled import DurableGraph
from graph.progress import response_of
from graph.protocol import Request
from tools.work_text import tell_stop, tell_work

pytestmark = needs_bubblewrap


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return board_checkout(tmp_path / "WheelStrategy")


def test_who_may_write_elsewhere_only_reads_in_a_workflow_that_changes_nothing(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    stage = "name: read\n    agents: [python_pro, frontend_developer]\n    delivers: What is wrong."
    checkout.write(
        ".magnus/workflows/r.yaml", f"task_type: review_code\ngates: [syntax, review]\nstages:\n  - {stage}\n"
    )
    checkout.commit()
    before = fingerprint(checkout.folder)
    script_one(api, "python_pro", tool("run", command="echo x > board.py"))
    script_one(api, "frontend_developer")
    done = carried_out(graph, checkout, "review board.py")
    assert done.ending == ("success", [])
    assert done.evidence_of("python_pro")[0]["exit_code"] == 1
    offered = {one["name"] for received in api.received for one in received.body["tools"]}
    assert "read" in offered
    assert not {"write", "edit", "delete", "move"} & offered
    assert (done.result["branch"], done.result["gates"], fingerprint(checkout.folder)) == (None, [], before)


def test_the_last_commit_is_reviewed_and_what_is_wrong_in_it_is_told_with_its_line(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    checkout.commit(board__py="def lines(positions):\n    return [one.symbol for one in positions or None]\n")
    found = {"file": "board.py", "line": 2, "quote": "or None", "severity": "high", "message": "None is no list."}
    made_up = {"file": "nowhere.py", "line": 1, "quote": "x = 1", "severity": "low", "message": "It is odd."}
    reviewer = script_one(api, "code_reviewer", tool("git_diff", since="HEAD~1"), findings=[made_up, found])
    reviewer.turns[1] = replace(reviewer.turns[1], after="+    return [one.symbol for one in positions or None]")
    done = carried_out(graph, checkout, "review my last commit")
    assert done.ending == ("success", [])
    told = opening_of(api.received[0].body)
    assert "What this stage has to leave: Findings with file, line, severity and a reason, the gravest first" in told
    assert done.result["handoffs"][0]["context"]["findings"] == [
        found | {"is_there": True}, made_up | {"is_there": False},
    ]  # fmt: skip
    assert "  high  board.py:2  None is no list." in list(tell_work(done.result))
    assert "- high, board.py:2: None is no list.\n" in done.result["handoffs"][0]["deliverables"]["text"]
    assert done.result["branch"] is None


@pytest.mark.parametrize(
    ("prompt", "task_type", "team"),
    [
        ("design a way to keep the history of positions, no code yet", "design", ["architect", "planner"]),
        ("what should I build next", "suggest_improvements", ["innovation"]),
        ("how does the board get its lines?", "answer_question", ["architect"]),
    ],
)
def test_who_only_thinks_about_a_project_reads_it_and_answers(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, prompt: str, task_type: str, team: list[str]
) -> None:
    before = fingerprint(checkout.folder)
    for agent in team:
        script_one(api, agent, tool("read", path="board.py"), summary="board.py:9 has them.")
    done = carried_out(graph, checkout, prompt)
    assert (*done.ending, done.state["route"]["task_type"]) == ("success", [], task_type)
    assert [one["from_agent"] for one in done.result["handoffs"]] == team
    assert "board.py:9 has them." in done.state["messages"][-1].text
    assert (done.result["branch"], fingerprint(checkout.folder)) == (None, before)


def test_a_question_without_a_model_is_told_what_the_database_knows_of_the_project_and_can_be_resumed(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_one(api, "innovation", summary="A chart would help.")
    carried_out(graph, checkout, "what should I build next", thread_id="earlier")
    elsewhere = Request(prompt="something else", project="/elsewhere").model_dump(mode="json")
    accept(graph.deps.database(), elsewhere, "elsewhere", "sample", graph.deps.now())
    api_key = os.environ["ANTHROPIC_API_KEY"]
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    request = Request(prompt="how does the board get its lines?", project=str(checkout.folder))
    graph.invoke({"request": request}, THREAD)
    (run,) = runs_of(graph.deps.database(), "t")
    response = response_of(graph, run)
    assert response["status"] == "partial"
    (known,) = response["result"]["stopped"][0]["known"]
    assert (known["wish"], known["ended"], known["summary"]) == (
        "what should I build next", "success", "A chart would help.",
    )  # fmt: skip
    assert "    A chart would help." in list(tell_stop(response["result"]))
    monkeypatch.setenv("ANTHROPIC_API_KEY", api_key)
    asked = script_one(api, "architect", tool("past_runs", words="CHART"), summary="See board.py:9.")
    asked.turns[1] = replace(asked.turns[1], after="summary: A chart would help.")
    response = graph.invoke(Command(resume=True), THREAD)["response"]
    assert (response["status"], response["errors"]) == ("success", [])
