"""Where a request goes next."""

from typing import Any

from graph.edges import after_clarify, after_coordinator, after_intake, after_planner, after_router
from graph.handoffs import first_open
from tools.agents.staff import stages_for
from tools.routing.registries import own_registry


def test_an_answered_or_unreadable_request_goes_straight_to_respond() -> None:
    assert after_intake({"response": {"status": "success"}}) == "respond"
    assert after_intake({"response": None, "outcome": {"status": "failure"}}) == "respond"


def test_a_new_request_goes_to_the_router() -> None:
    assert after_intake({"response": None, "outcome": {}}) == "router"


def test_the_person_is_asked_only_when_unsure_and_only_once() -> None:
    unsure = {"decided": False, "task_type": "find_opportunities"}
    assert after_router({"route": unsure, "answer": None, "outcome": {}}) == "clarify"
    assert after_router({"route": unsure, "answer": "puts", "outcome": {}}) == "trade"


def test_work_that_nobody_can_do_is_only_told() -> None:
    assert after_router({"route": {"decided": True}, "outcome": {"status": "failure"}}) == "learn"


def test_an_answer_goes_back_to_the_router() -> None:
    assert after_clarify({"answer": "puts", "outcome": {}}) == "router"
    assert after_clarify({"outcome": {"status": "failure"}}) == "learn"


def test_work_on_code_is_planned_and_a_trade_is_not() -> None:
    for task_type, node in (("fix_bug", "planner"), ("answer_question", "planner"), ("assess_risk", "trade")):
        assert after_router({"route": {"decided": True, "task_type": task_type}, "outcome": {}}) == node


def test_a_plan_that_failed_goes_to_nobody() -> None:
    assert after_planner({"outcome": {"status": "failure"}}) == "learn"
    assert after_planner({"outcome": {}}) == "coordinator"


def test_each_agent_of_a_stage_is_sent_by_itself_and_after_the_last_stage_all_is_handed_over() -> None:
    state: Any = {"plan": {"stages": [["a"], ["b", "c"]]}, "stage": 1, "messages": ["a long conversation"]}
    sent = after_coordinator(state)
    assert not isinstance(sent, str)
    assert [(one.node, one.arg["agent"]) for one in sent] == [("specialist", "b"), ("specialist", "c")]
    assert all("messages" not in one.arg and one.arg["plan"] == state["plan"] for one in sent)
    assert after_coordinator({**state, "stage": 2}) == "hand_over"


def test_a_stage_is_open_until_its_last_agent_has_handed_over() -> None:
    stages, done = [["a"], ["b", "c"]], [{"stage": "0", "agent": "a"}, {"stage": "1", "agent": "c"}]
    assert [first_open(stages, done[:number]) for number in range(3)] == [0, 1, 1]
    assert first_open(stages, [*done, {"stage": "1", "agent": "b"}]) == 2


def test_agents_of_a_stage_stay_together_and_those_of_the_desk_do_not_work_on_code() -> None:
    routed = [["market_data"], ["python-pro", "code_reviewer", "alert"], ["qa_debugger", "qa_debugger"]]
    assert stages_for(routed, own_registry()) == [["python_pro", "code_reviewer"], ["qa_debugger"]]
