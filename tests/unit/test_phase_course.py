"""How far a goal has come, as data: what can begin, what is blocked, and what a person's edit changes of it."""

import json

from planned import Json, phase

from tools.phases.course import Course, begun, course_in, is_last, repairing
from tools.phases.ending import course_at_end, ending_of, unfinished
from tools.phases.plan import Plan

CHAIN = Plan(phases=[phase("a"), phase("b", "a"), phase("c", "b"), phase("d")])
WORK = ([["python_pro"], ["qa_debugger"]], [["code_reviewer"]])


def started(*names: str, plan: Plan = CHAIN) -> Course:
    """The course in which these phases are complete one after the other, the last of them at work."""
    course, first = begun("r", plan, "digest", "folder"), 0
    for name in names:
        if course.at:
            course = course.closed("complete", first)
        course = course.opened(name, WORK, first, f"commit {name}")
        first += 3
    return course


def test_a_course_comes_back_from_the_state_as_it_was_kept() -> None:
    course = started("a", "b").again(5)
    assert Course.of(json.loads(json.dumps(course.to_json()))) == course


def test_phases_begin_in_the_order_of_their_needs_and_a_failed_one_stops_only_who_needs_it() -> None:
    assert begun("r", CHAIN, "digest", "folder").following(CHAIN) == "a"
    failed = started("a").closed("failed", 2, "why").stopped(CHAIN)
    assert failed.following(CHAIN) == "d"
    assert failed.with_status("blocked") == ["b", "c"]
    assert unfinished(failed) == [
        "a failed: why", "b waits for a phase that failed.", "c waits for a phase that failed.", "d was not begun.",
    ]  # fmt: skip


def test_what_is_tried_again_begins_anew_and_keeps_the_record_of_its_first_try() -> None:
    failed = started("a").put(rounds="kept").closed("failed", 2, "why").stopped(CHAIN)
    again = failed.retried()
    assert again.with_status("open") == ["a", "b", "c", "d"]
    leg = again.opened("a", WORK, 2, "later").leg
    assert (leg.status, leg.iterations, leg.first, leg.end, leg.since) == ("in progress", 1, 2, 0, "later")
    assert (leg.rounds, leg.why) == ("kept", "")


def test_an_edit_cannot_block_what_is_complete_already() -> None:
    course = started("a", "d").closed("failed", 6, "why")
    edited = Plan(phases=[phase("a", "d"), phase("b", "d"), phase("d")])
    stopped = course.under(edited, "new").stopped(edited)
    assert {name: leg.status for name, leg in stopped.legs.items()} == {"a": "complete", "b": "blocked", "d": "failed"}
    assert stopped.legs["a"].first == course.legs["a"].first


def test_an_edit_opens_what_is_new_and_forgets_what_is_gone() -> None:
    edited = Plan(phases=[phase("a"), phase("e", "a")])
    course = started("a").closed("complete", 3).under(edited, "new")
    assert (list(course.legs), course.plan, course.following(edited)) == (["a", "e"], "new", "e")


def test_a_phase_is_the_last_once_all_others_are_complete() -> None:
    assert not is_last(started("a", "b", "c"))
    assert is_last(started("a", "b", "c", "d"))
    assert not is_last(started("a", "d").closed("failed", 6, "why").opened("b", WORK, 6, "x"))


def test_later_iterations_begin_with_those_who_make_things() -> None:
    stages = [["architect"], ["python_pro", "frontend_developer"], ["qa_debugger"]]
    assert repairing(stages, frozenset({"python_pro"})) == stages[1:]
    assert repairing(stages, frozenset()) == stages


def judged(state: str, failures: list[list[str]], request_id: str = "r") -> Json:
    return {"request_id": request_id, "attempt": 3, "state": state, "failures": failures}


def test_a_phase_that_the_gates_refuse_says_which_and_over_what() -> None:
    course = started("a")
    state = {"verdict": judged("failed", [["tests", "T1", "tests/test_a.py"], ["review", "", ""]])}
    assert ending_of(state, course) == "The gates refused it 3 times: tests (T1 in tests/test_a.py), review."
    assert ending_of({"verdict": judged("passed", [])}, course) == ""
    assert ending_of({"verdict": judged("failed", [], request_id="another")}, course) == ""


def test_the_last_phase_is_complete_once_the_gates_let_it_through() -> None:
    course = started("a", "b", "c", "d")
    state = {"task": {"request_id": "r"}, "phases": course.to_json(), "plan": {"stages": [["x"]] * 12}}
    done = course_at_end(state | {"verdict": judged("passed", [])})
    assert done and not unfinished(done) and done.legs["d"].end == 12
    failed = course_at_end(state | {"verdict": judged("failed", [["syntax", "", ""]])})
    assert failed and unfinished(failed) == ["d failed: The gates refused it 3 times: syntax."]
    assert course_in({**state, "task": {"request_id": "a later one"}}) is None
