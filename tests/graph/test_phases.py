"""A goal in phases in the whole graph: in their order, each held against its criteria, and one delivery at the end."""

from pathlib import Path
from typing import Any

import pytest
from auth_project import CRITERIA, script_the_goal, shop
from boxes import needs_bubblewrap
from checkouts import Checkout
from messages_api import MessagesApi
from planned import FEATURE, GOAL

from checkpoints.deliveries import latest_deliveries
from graph.compiled import DurableGraph
from graph.protocol import Request

pytestmark = needs_bubblewrap
THREAD: Any = {"configurable": {"thread_id": "t"}}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return shop(tmp_path / "shop")


def wanted(checkout: Checkout) -> dict[str, Request]:
    return {"request": Request(prompt=GOAL, project=str(checkout.folder), phased=True)}


@pytest.mark.chaos
def test_a_goal_runs_through_its_phases_to_one_delivery(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_the_goal(api)
    response = graph.invoke(wanted(checkout), THREAD)["response"]
    result = response["result"]
    assert (response["status"], response["errors"]) == ("success", [])
    assert [(one["id"], one["status"], one["iterations"]) for one in result["phases"]] == [
        (f"phase-{number}", "complete", 1) for number in (1, 2, 3)
    ]
    (row,) = latest_deliveries(graph.deps.database())
    assert row["tree"] == checkout.git("rev-parse", f"{result['branch']}^{{tree}}")
    assert {"app/auth.py", "app/users.py", "tests/test_me.py"} <= set(result["files"])
    folder = checkout.folder / ".specs" / FEATURE
    context = (folder / "master-context.md").read_text()
    assert context.count("- Status: Complete") == 3
    for criterion in CRITERIA["phase-2"]:
        assert f"met: {criterion}" in (folder / "phase-2" / "HANDOFF.md").read_text()
    assert (folder / "phase-3" / "runs" / "iteration-1.md").exists()
