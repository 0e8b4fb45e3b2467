"""Workflows that change code, each from a sentence to a delivery; only the words of the model are scripted."""

from dataclasses import replace
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import script_one
from messages_api import MessagesApi, tool
from whole_workflows import BOARD, board_checkout, carried_out

from graph.compiled import DurableGraph

pytestmark = needs_bubblewrap
ROWS = "INSERT INTO positions SELECT i, 'S' || i % 5000, 1 FROM generate_series(1, 20000) i"
INLINED = "    return list(map(line, positions))"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return board_checkout(tmp_path / "WheelStrategy")


def test_a_slow_query_is_measured_mended_and_measured_again_against_the_base(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    explain = {"statement": "SELECT premium FROM positions WHERE symbol = 'S7'", "seeds": [ROWS]}
    before, now = tool("query_plan", **explain, before=True), tool("query_plan", **explain)
    engineer = script_one(api, "performance_engineer", before, stage="1 of 5")
    engineer.turns[1] = replace(engineer.turns[1], after="Seq Scan on positions")
    index = tool("write", path="migrations/2_symbol.sql", content="CREATE INDEX by_symbol ON positions (symbol);\n")
    optimizer = script_one(api, "database_optimizer", index, now, stage="2 of 5")
    optimizer.turns[2] = replace(optimizer.turns[2], after="by_symbol")
    script_one(api, "python_pro", stage="3 of 5")
    script_one(
        api, "qa_debugger", before, now, tool("run_tests"), stage="4 of 5",
        claims=[{"statement": "The index is used.", "command": f"explain analyze {explain['statement']}"}],
    )  # fmt: skip
    script_one(api, "monitor", stage="5 of 5")
    done = carried_out(graph, checkout, "The query for the premiums of a symbol is slow, make it faster")
    assert done.ending == ("success", [])
    assert (done.result["delivery"]["state"], done.result["files"]) == ("delivered", ["migrations/2_symbol.sql"])
    slow, fast, suite = done.evidence_of("qa_debugger")
    assert slow["command"].endswith("(on the code before)")
    assert [one["exit_code"] for one in (slow, fast, suite)] == [0, 0, 0]
    assert not done.response["warnings"]


def test_a_red_suite_is_run_explained_repaired_and_run_again(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    checkout.commit(board__py=BOARD.replace(":.2f", ":.3f"))
    tester = script_one(api, "qa_debugger", tool("run_tests"), stage="1 of 4")
    tester.turns[1] = replace(tester.turns[1], after="1 failed")
    script_one(api, "error_detective", tool("read", path="board.py"), stage="2 of 4")
    script_one(api, "python_pro", tool("edit", path="board.py", old=":.3f", new=":.2f"), stage="3 of 4")
    again = script_one(api, "qa_debugger", tool("run_tests"), stage="4 of 4", summary="All tests pass.")
    again.turns[1] = replace(again.turns[1], after="1 passed")
    done = carried_out(graph, checkout, "Run the tests and fix what is red")
    assert done.ending == ("success", [])
    assert (done.result["delivery"]["state"], done.result["files"]) == ("delivered", ["board.py"])
    assert not done.response["warnings"]


def test_a_suite_that_is_only_to_be_run_is_run_and_told(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_one(api, "qa_debugger", tool("run_tests"), stage="1 of 1", summary="All tests pass.")
    done = carried_out(graph, checkout, "Run the full test suite")
    assert (*done.ending, done.result["branch"]) == ("success", [], None)
    assert [one["counts"] for one in done.evidence_of("qa_debugger")] == [{"passed": 1}]


@pytest.mark.chaos
def test_code_is_restructured_and_behaves_as_before(graph: DurableGraph, checkout: Checkout, api: MessagesApi) -> None:
    script_one(api, "architect", tool("read", path="board.py"), stage="1 of 4")
    inline = tool("edit", path="board.py", old="    return [line(one) for one in positions]", new=INLINED)
    script_one(api, "python_pro", inline, stage="2 of 4")
    script_one(api, "qa_debugger", tool("run_tests"), stage="3 of 4")
    script_one(api, "code_reviewer", tool("git_diff"), stage="4 of 4")
    done = carried_out(graph, checkout, "Refactor board.py: lines() should use map")
    assert done.ending == ("success", [])
    assert (done.result["delivery"]["state"], done.result["files"]) == ("delivered", ["board.py"])


def test_words_are_written_and_delivered(graph: DurableGraph, checkout: Checkout, api: MessagesApi) -> None:
    text = "# Wheel\n\nRun `streamlit run app.py`.\n"
    script_one(api, "documentation", tool("write", path="README.md", content=text), stage="1 of 1")
    done = carried_out(graph, checkout, "Write into the README how to start the page")
    assert done.ending == ("success", [])
    assert (done.result["delivery"]["state"], done.result["files"]) == ("delivered", ["README.md"])
