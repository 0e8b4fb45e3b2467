"""A feature from a sentence to a delivery, by all who build it; and how often a refused change goes back."""

import json
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import script_one
from messages_api import MessagesApi, tool
from whole_workflows import PAGE, TEST, board_checkout, carried_out

from apps.cli.threads import show
from graph.compiled import DurableGraph
from graph.settings import Settings

pytestmark = needs_bubblewrap
FORMAT = """    return f"{position['symbol']}: {position['premium']:.2f}\""""
WITH_EXCHANGE = """    exchange = f" ({position['exchange']})" if "exchange" in position else ""
    return f"{position['symbol']}{exchange}: {position['premium']:.2f}\""""
TEST_EXCHANGE = """

def test_the_exchange_stands_behind_the_symbol():
    assert lines([{"symbol": "KO", "exchange": "XETRA", "premium": 1}]) == ["KO (XETRA): 1.00"]
"""
TASKS = [
    {"title": "Show the exchange in board.py.", "owner": "python-pro", "criterion": "tests/test_board.py"},
    {"title": "Say in app.py what is shown.", "owner": "frontend_developer"},
    {"title": "A column with a migration.", "owner": "Database Optimizer"},
    {"title": "Tell the desk.", "owner": "somebody else"},
]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return board_checkout(tmp_path / "WheelStrategy")


def script_the_builders(api: MessagesApi, stage: str) -> None:
    """Each writes a part of the feature, side by side."""
    script_one(api, "python_pro", tool("edit", path="board.py", old=FORMAT, new=WITH_EXCHANGE), stage=stage)
    page = PAGE.replace('st.title("Wheel")', 'st.title("Wheel, by exchange")')
    script_one(api, "frontend_developer", tool("write", path="app.py", content=page), stage=stage)
    column = "ALTER TABLE positions ADD COLUMN exchange text NOT NULL DEFAULT 'NYSE';\n"
    script_one(api, "database_optimizer", tool("write", path="migrations/2_exchange.sql", content=column), stage=stage)


def test_a_feature_is_designed_planned_built_by_three_side_by_side_and_its_tasks_are_ticked_off(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi, settings: Settings,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    script_one(api, "architect", tool("read", path="board.py"), stage="1 of 7")
    script_one(api, "planner", stage="2 of 7", tasks=TASKS)
    script_the_builders(api, "3 of 7")
    tests = TEST + TEST_EXCHANGE
    script_one(
        api, "qa_debugger", tool("write", path="tests/test_board.py", content=tests), tool("run_tests"), stage="4 of 7"
    )
    script_one(api, "code_reviewer", tool("git_diff"), stage="5 of 7")
    told = "# Changes\n\n- The exchange is shown.\n"
    script_one(api, "documentation", tool("write", path="CHANGELOG.md", content=told), stage="6 of 7")
    script_one(api, "innovation", stage="7 of 7")
    done = carried_out(graph, checkout, "Add the exchange to the page and, as a new column, to the positions table")
    assert done.ending == ("success", [])
    assert done.result["delivery"]["state"] == "delivered"
    assert {one["gate"]: one["state"] for one in done.result["gates"]}["integration"] == "passed", "the page loads"
    assert done.result["files"] == [
        "CHANGELOG.md", "app.py", "board.py", "migrations/2_exchange.sql", "tests/test_board.py",
    ]  # fmt: skip
    assert [(one["owner"], one["done"]) for one in done.state["todo"]] == [
        ("python_pro", True), ("frontend_developer", True), ("database_optimizer", True), ("somebody_else", False),
    ]  # fmt: skip
    assert "planner · to do · Show the exchange in board.py. (python_pro)" in done.lines
    assert "python_pro · done · Show the exchange in board.py." in done.lines
    monkeypatch.setenv("MAGNUS_DATABASE_URL", str(settings.database_url))
    show("t")
    shown = capsys.readouterr().out
    assert "To do (3 of 4 done):\n  [x] Show the exchange in board.py. (python_pro)\n" in shown
    assert "  [ ] Tell the desk. (somebody_else)\n" in shown
    assert "- Show the exchange in board.py. (python-pro): tests/test_board.py" in shown
    show("t", json=True)
    assert json.loads(capsys.readouterr().out)["todo"] == done.state["todo"]


def test_a_workflow_of_the_project_says_how_often_a_refused_change_goes_back(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    stage = "\n  - name: {}\n    agents: [{}]\n    delivers: x"
    stages = stage.format("repair", "python_pro") + stage.format("test", "qa_debugger")
    checkout.write(".magnus/workflows/ours.yaml", f"task_type: fix_bug\nattempts: 1\nstages:{stages}\n")
    checkout.commit()
    broken = tool("write", path="board.py", content="def line(:\n")
    script_one(api, "python_pro", broken, stage="1 of 2")
    script_one(api, "qa_debugger", stage="2 of 2")
    script_one(api, "python_pro", stage="3 of 4")
    script_one(api, "qa_debugger", stage="4 of 4")
    done = carried_out(graph, checkout, "Fix the bug: the premium is rounded")
    assert done.ending[0] == "failure"
    assert "refused the change 2 times" in done.ending[1][0]
