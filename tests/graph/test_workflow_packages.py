"""The workflow that brings a package up to date: new pins, fetched from an index, tried in the box, and delivered."""

from dataclasses import replace
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from coding import script_one
from langgraph.types import Command
from messages_api import MessagesApi, tool
from package_index import needs_pip, package_index, wheel_of
from whole_workflows import THREAD, board_checkout, carried_out

from graph.compiled import DurableGraph
from graph.progress import question_of

pytestmark = [needs_bubblewrap, needs_pip]
OLD, NEW = "strikes-1.0-py3-none-any.whl", "strikes-2.0-py3-none-any.whl"
SAYS = """import sys, importlib.util
sys.exit(importlib.util.find_spec('strikes') and __import__('strikes').VERSION or 0)
"""


def test_a_package_is_pinned_anew_fetched_installed_in_the_box_and_the_suite_runs_with_it(
    graph: DurableGraph, api: MessagesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {OLD: wheel_of("strikes", "1.0", "VERSION = 1\n"), NEW: wheel_of("strikes", "2.0", "VERSION = 2\n")}
    checkout = board_checkout(tmp_path / "WheelStrategy")
    with package_index(files) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        checkout.write("says.py", SAYS)
        checkout.write("requirements.txt", f"{index.pin(OLD)}\n")
        checkout.commit()
        new = tool("write", path="requirements.txt", content=f"{index.pin(NEW)}\n")
        before, after = tool("run", command="python says.py"), tool("run", command="python says.py")
        maker = script_one(
            api, "python_pro", tool("pin_wheels", packages=["strikes"]), new, before,
            tool("install_wheels"), after, stage="1 of 4",
        )  # fmt: skip
        maker.turns[1] = replace(maker.turns[1], after=index.pin(NEW))
        maker.turns[3] = replace(maker.turns[3], after="exit code 0")
        maker.turns[4] = replace(maker.turns[4], after="strikes-2.0")
        maker.turns[5] = replace(maker.turns[5], after="exit code 2")
        tester = script_one(api, "qa_debugger", after, tool("run_tests"), stage="2 of 4")
        tester.turns[1] = replace(tester.turns[1], after="exit code 2")
        script_one(api, "code_reviewer", tool("git_diff"), stage="3 of 4")
        script_one(api, "documentation", stage="4 of 4")
        carried_out(graph, checkout, "Update the dependencies: strikes to its newest version")
        question = question_of(graph, "t")
        assert question is not None
        assert "strikes" in question["question"], "a person looks at packages that nobody audited"
        response = graph.invoke(Command(resume={"approved": True, "who": "Ada"}), THREAD)["response"]
    assert (response["status"], response["errors"]) == ("success", [])
    assert response["result"]["delivery"]["state"] == "delivered"
    assert response["result"]["files"] == ["requirements.txt"]
    ran = response["result"]["handoffs"][0]["deliverables"]["evidence"]
    assert [one["command"] for one in ran] == ["python says.py", "install_wheels requirements.txt", "python says.py"]
