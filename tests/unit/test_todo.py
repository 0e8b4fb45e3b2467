"""The to-do list of a request: which tasks of its planner are done, and what is said of them meanwhile."""

import pytest

from graph.todo import todo_in, todo_of
from tools.agents.handoff import Task
from tools.agents.loop_state import LONGEST_ON
from tools.agents.todo import kept, told
from tools.routing.registries import own_registry

TASK = {"title": "Write it.", "owner": "python_pro"}
PLANNED = {"request_id": "r", "agent": "planner", "ended": "", "tasks": [TASK]}
DONE = {"request_id": "r", "agent": "python_pro", "ended": ""}


@pytest.mark.parametrize(
    ("handoffs", "is_done"),
    [
        ([PLANNED], False),
        ([PLANNED, DONE], True),
        ([DONE, PLANNED], False),
        ([PLANNED, DONE | {"ended": "It had its 60 turns."}], False),
        ([PLANNED, DONE | {"part": {}}], False),
        ([PLANNED, DONE | {"agent": "qa_debugger"}], False),
        ([PLANNED, DONE, PLANNED], False),
    ],
)
def test_a_task_is_done_once_its_owner_has_handed_over_after_the_plan(handoffs: list[dict], is_done: bool) -> None:
    assert todo_in(handoffs) == [TASK | {"done": is_done}]


def test_the_list_is_that_of_the_newest_request() -> None:
    assert todo_of({"task": {"request_id": "r"}, "handoffs": [PLANNED]}) == [TASK | {"done": False}]
    assert todo_of({"task": {"request_id": "later"}, "handoffs": [PLANNED]}) == []
    assert todo_of({}) == []


def test_the_state_keeps_a_short_line_of_a_task_and_the_key_of_its_owner() -> None:
    (short,) = kept([{"title": "Write\n" + "x" * 5000, "owner": "Python Pro"}])["tasks"]
    assert (short["owner"], short["title"][:7], len(short["title"])) == ("python_pro", "Write x", LONGEST_ON)
    assert kept([]) == {}


def test_a_task_is_told_when_it_is_named_and_when_its_owner_hands_over() -> None:
    agents, form = own_registry(), Task(title="Write it.", owner="python-pro")
    before = [{"context": {"tasks": [form.model_dump()]}}, {"context": {}}]
    assert list(told(agents.agents["planner"], [form], [], "")) == ["planner · to do · Write it. (python_pro)"]
    assert list(told(agents.agents["python_pro"], [], before, "")) == ["python_pro · done · Write it."]
    assert list(told(agents.agents["python_pro"], [], before, "It had its 60 turns.")) == []
    assert list(told(agents.agents["qa_debugger"], [], before, "")) == []
