"""Where a request goes next."""

from graph.edges import after_clarify, after_intake, after_router


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
