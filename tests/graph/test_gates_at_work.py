"""A change before the gates, in the whole graph: refused, repaired, approved, delivered, and all of it on record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, fingerprint
from coding import NEW_TEST, WISH, buggy_checkout, script_the_detective
from langgraph.types import Command
from messages_api import MessagesApi, tool
from whole_team import script_the_rest, script_the_whole_team

from checkpoints.deliveries import latest_deliveries
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.progress import question_of
from graph.protocol import Request
from graph.settings import Settings

pytestmark = needs_bubblewrap
THREAD: Any = {"configurable": {"thread_id": "t"}}
GATES = ["syntax", "tests", "integration", "review", "performance"]
FIX = tool("edit", path="dashboard.py", old="return f", new='return "n/a" if premium is None else f')
DONE = "Everything is as it was asked for."


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi() as api:
        for name, value in api.environment.items():
            monkeypatch.setenv(name, value)
        yield api


@pytest.fixture
def graph(settings: Settings, tmp_path: Path) -> Iterator[DurableGraph]:
    with open_graph(settings.model_copy(update={"data_dir": tmp_path / "magnus"})) as graph:
        yield graph


def wanted(checkout: Checkout) -> dict[str, Request]:
    return {"request": Request(prompt=WISH, project=str(checkout.folder))}


def script_a_team_without_a_test(api: MessagesApi) -> None:
    """The bug is fixed, and nobody writes a test for it."""
    script_the_detective(api)
    api.conversation("you are python_pro, in stage 2 of 5").answers(FIX).answers(tool("hand_over", summary=DONE))
    api.conversation("you are qa_debugger, in stage 3 of 5").answers(tool("hand_over", summary=DONE))
    script_the_rest(api)


def script_the_repair(api: MessagesApi, first: int, *turns: Any) -> None:
    """Who made the change, and the tester, once more with the evidence before them."""
    maker = api.conversation(f"you are python_pro, in stage {first}", "The gates refused the change")
    maker.answers(tool("hand_over", summary="Nothing to tell."))
    tester = api.conversation(f"you are qa_debugger, in stage {first + 1}", "The gates refused the change")
    for turn in turns:
        tester.answers(turn)
    tester.answers(tool("hand_over", summary=DONE))


def test_a_fix_without_a_test_goes_back_and_is_delivered_with_one(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_a_team_without_a_test(api)
    script_the_repair(api, 6, tool("write", path="tests/test_missing.py", content=NEW_TEST))
    before = fingerprint(checkout.folder)
    response = graph.invoke(wanted(checkout), THREAD)["response"]
    result = response["result"]
    assert (response["status"], response["errors"]) == ("success", [])
    assert [(one["gate"], one["state"] in ("passed", "skipped")) for one in result["gates"]] == [
        (gate, True) for gate in GATES
    ]
    (row,) = latest_deliveries(graph.deps.database())
    assert (row["mode"], row["branch"], row["red"]) == ("branch", result["branch"], [])
    assert sorted(row["evidence"]) == sorted(one["id"] for one in result["gates"])
    assert row["tree"] == checkout.git("rev-parse", f"{result['branch']}^{{tree}}")
    assert fingerprint(checkout.folder) == before


def test_a_change_that_stays_wrong_is_given_up_and_nothing_is_delivered(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    checkout.write(".magnus.toml", "[gates]\nattempts = 1\n")
    checkout.commit()
    script_a_team_without_a_test(api)
    script_the_repair(api, 6)
    response = graph.invoke(wanted(checkout), THREAD)["response"]
    assert response["status"] == "failure"
    assert response["errors"][0].startswith("Not delivered: tests refused the change 2 times.")
    assert latest_deliveries(graph.deps.database()) == []
    assert response["result"]["branch"] in checkout.branches()


@pytest.mark.parametrize("is_approved", [True, False])
def test_a_delivery_that_has_to_be_approved_waits_for_its_person(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, is_approved: bool
) -> None:
    checkout.write(".magnus.toml", '[delivery]\nmode = "merge"\nneeds_approval = true\n')
    checkout.commit()
    head = checkout.git("rev-parse", "HEAD")
    script_the_whole_team(api)
    graph.invoke(wanted(checkout), THREAD)
    question = question_of(graph, "t")
    assert question is not None
    assert (question["kind"], question["choices"]) == ("approve", ["yes", "no"])
    assert [one["file"] for one in question["details"]["files"]] == [
        "CHANGELOG.md", "dashboard.py", "tests/test_missing.py",
    ]  # fmt: skip
    assert checkout.git("rev-parse", "HEAD") == head
    answer = {"approved": is_approved, "why": "looks right", "who": "Ada"}
    response = graph.invoke(Command(resume=answer), THREAD)["response"]
    if is_approved:
        assert response["result"]["delivery"]["mode"] == "merge"
        assert checkout.git("rev-parse", "HEAD") == response["result"]["delivery"]["commit"] != head
        assert [row["approved_by"] for row in latest_deliveries(graph.deps.database())] == ["Ada"]
    else:
        assert (response["status"], checkout.git("rev-parse", "HEAD")) == ("failure", head)
        assert response["errors"] == ["Not delivered, as Ada said: looks right."]
