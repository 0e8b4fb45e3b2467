"""What changed lately is answered from the record of deliveries, in the whole graph and as a person reads it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from verdicts import SUBJECT, evidence_of_five, verdict

from apps.cli.health_tables import show_changes
from checkpoints.deliveries import Approval, record_delivery
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.settings import Settings
from tools.changes import tell_changes
from tools.checks.findings import Finding
from tools.operating import Question, answer_about_system

NOW = datetime.now(UTC)
WRONG = Finding("src/app.py", 3, "failed", "test_total fails")


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        yield opened


def delivered(graph: DurableGraph, branch: str, at: datetime, approval: Approval | None = None) -> None:
    database, subject = graph.deps.database(), replace(SUBJECT, tree=f"{branch:c<40}")
    other = {"tests": verdict("tests", WRONG)} if approval else {}
    ids = evidence_of_five(database, subject, **other)
    record_delivery(database, branch, subject, "fix_bug", "branch", branch, ids, at, commit="d" * 40, approval=approval)


def asked(graph: DurableGraph, sentence: str) -> tuple[dict[str, Any], list[str]]:
    """The result, and the lines of the answer."""
    answer = graph.invoke({"messages": [HumanMessage(sentence)]}, {"configurable": {"thread_id": sentence}})
    return answer["response"]["result"], answer["messages"][-1].text.splitlines()


def test_what_was_delivered_is_listed_newest_first_with_who_went_past_which_gate(graph: DurableGraph) -> None:
    delivered(graph, "magnus/older", NOW - timedelta(days=3))
    delivered(graph, "magnus/newer", NOW, Approval("ada", NOW, "The market opens."))
    result, (head, first, second) = asked(graph, "show me the latest deliveries")
    assert (result["count"], [row["branch"] for row in result["deliveries"]]) == (2, ["magnus/newer", "magnus/older"])
    assert head == "2 changes delivered so far."
    assert "fix bug of wheel, on branch magnus/newer at dddddddd" in first
    assert first.endswith(", approved by ada, EMERGENCY past tests: The market opens.")
    assert "EMERGENCY" not in second


def test_only_what_was_delivered_in_the_time_that_is_meant_is_told(graph: DurableGraph) -> None:
    delivered(graph, "magnus/older", NOW - timedelta(days=3))
    result, lines = asked(graph, "status: what was delivered yesterday")
    assert (result["count"], len(lines)) == (0, 1)
    assert lines[0].startswith("0 changes delivered yesterday, ")


@pytest.mark.parametrize(
    "words",
    [
        "what changed lately",
        "what did you deliver this week",
        "what's new since Monday",
        "which fixes were merged today",
        "who approved the last delivery",
        "which deliveries did I approve",
        "which changes went out this week",
        "what have you done for me lately",
    ],
)
def test_however_it_is_asked_the_record_answers(graph: DurableGraph, words: str) -> None:
    assert answer_about_system(Question(words), graph.deps)["deliveries"] == []


@pytest.mark.parametrize(
    "words", ["what was delivered in an emergency", "was a gate bypassed", "who went past a red gate"]
)
def test_what_went_past_a_red_gate_can_be_asked_for_alone(graph: DurableGraph, words: str) -> None:
    delivered(graph, "magnus/plain", NOW)
    delivered(graph, "magnus/hurry", NOW, Approval("ada", NOW, "The market opens."))
    result = answer_about_system(Question(words), graph.deps)
    assert ([row["branch"] for row in result["deliveries"]], result["count"]) == (["magnus/hurry"], 1)
    assert next(tell_changes(result)) == "1 change delivered past red gates so far."


def test_how_many_are_left_out_is_told(graph: DurableGraph) -> None:
    for name in ("one", "two", "three"):
        delivered(graph, f"magnus/{name}", NOW)
    head, first, second, rest = tell_changes(answer_about_system(Question("the last two deliveries"), graph.deps))
    assert (head, rest) == ("3 changes delivered so far.", "and 1 more")
    assert "magnus/three" in first and "magnus/two" in second


@pytest.mark.parametrize(
    "words",
    ["were the alerts delivered", "which tasks were delivered", "is everything running", "what waits to be delivered"],
)
def test_a_message_or_a_task_is_no_change(graph: DurableGraph, words: str) -> None:
    assert "deliveries" not in answer_about_system(Question(words), graph.deps)


def test_at_a_terminal_it_is_a_line_each(graph: DurableGraph, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(graph, "magnus/[red]", NOW)
    show_changes(answer_about_system(Question("what changed lately"), graph.deps), NOW)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("1 change delivered so far.")
    assert "magnus/[red] at" in said
