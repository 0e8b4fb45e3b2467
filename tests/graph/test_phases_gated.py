"""A phase before the real gates: what meets its criteria by changing the tests does not get through."""

from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from messages_api import MessagesApi, tool
from phased import desk, folder_with, two_phases

from checkpoints.deliveries import latest_deliveries
from checkpoints.runs import find_run
from graph.master import open_graph
from graph.progress import response_of
from graph.protocol import Request, Task
from graph.settings import Settings

pytestmark = needs_bubblewrap
CODE = "def share(part, whole):\n    return part / whole\n"
TEST = "from desk import share\n\n\ndef test_a_share():\n    assert share(1, 4) == 0.25\n"
BROKEN = CODE.replace("part / whole", "part // whole")
WEAKER = TEST.replace("== 0.25", "is not None")
RULES = "[gates]\nattempts = 1\nmutants = 0\n"


@pytest.mark.chaos
def test_an_agent_that_changes_the_tests_to_pass_is_refused_and_its_phase_fails_over_that(
    settings: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    checkout = desk(tmp_path / "desk", rules=RULES)
    checkout.write("desk.py", CODE)
    checkout.write("tests/test_share.py", TEST)
    checkout.commit()
    builder = api.conversation("you are python_pro, in stage 1 of 2", "This is phase-1 of a larger goal")
    builder.answers(tool("write", path="desk.py", content=BROKEN))
    builder.answers(tool("write", path="tests/test_share.py", content=WEAKER))
    builder.answers(tool("hand_over", summary="Shares are whole numbers now."))
    for agent, stage in (("qa_debugger", "2 of 2"), ("python_pro", "3 of 4"), ("qa_debugger", "4 of 4")):
        talk = api.conversation(f"you are {agent}, in stage {stage}", "This is phase-1 of a larger goal")
        talk.answers(tool("hand_over", summary="It is right as it is."))
    plan = two_phases(success_criteria=["tests/test_share.py passes"])
    task = Task(action="add_feature", target=str(folder_with(checkout, plan)), context={"command": "phases"})
    request = Request(task=task, prompt="A desk in parts", project=str(checkout.folder))
    thread: Any = {"configurable": {"thread_id": "t"}}
    with open_graph(settings.model_copy(update={"data_dir": tmp_path / "magnus"})) as graph:
        graph.invoke({"request": request}, thread)
        run = find_run(graph.deps.database(), str(request.request_id))
        assert run
        response = response_of(graph, run)
        assert latest_deliveries(graph.deps.database()) == []
    assert response["status"] == "partial"
    assert [(one["id"], one["status"]) for one in response["result"]["phases"]] == [
        ("phase-1", "failed"), ("phase-2", "blocked"),
    ]  # fmt: skip
    (error,) = response["errors"]
    assert error.startswith("phase-1: The gates refused it 2 times: tests (")
    assert "tests/test_share.py" in error
