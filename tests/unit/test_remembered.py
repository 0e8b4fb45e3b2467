"""What was taught about a sentence, and how far it reaches."""

import pytest

from checkpoints.lessons import Lesson, Source
from tools.routing.remembered import NEAR, NOTHING, Memory, remembered
from tools.routing.remembered_lessons import lesson
from tools.routing.remembered_words import masked, unit_vector
from tools.routing.router import Route, route

ALIKE = [
    ("look at the scan page", "please look at the scan page"),
    ("look at the scan page", "have a look at the scan page"),
    ("look at the scan page", "look at the scan page again"),
    ("what about KO under 60", "what about PEP under 170"),
    ("do something about the sync", "can you do something about the sync?"),
    ("the premium column is odd for AMD", "the premium column is odd for F"),
    ("the numbers on the portfolio page", "numbers on the portfolio page please"),
    ("look into the slow import", "look into the slow import of chains"),
    ("make the report nicer", "make the weekly report nicer"),
    ("what happened to the NVDA trade", "what happened to my NVDA trade"),
    ("deal with the warnings in tools/feeds", "deal with the warnings in tools/code"),
]
UNLIKE = [
    ("fix the scan page", "speed up the scan page"),
    ("fix the scan page", "fix the chain page"),
    ("review the scan page", "refactor the scan page"),
    ("run the tests for wheel.py", "write the tests for wheel.py"),
    ("document the sync", "run the sync"),
    ("how is the sync doing", "how does the sync work"),
    ("add an alert for KO", "add an alerts page"),
    ("what is the delta of KO", "what is the delta module"),
    ("update the watchlists", "update the dependencies"),
    ("plan the new export", "build the new export"),
    ("bring the README up to date", "bring the premiums up to date"),
    ("find the bug in the scan", "find the best put in the scan"),
]
VAGUE = "do the thing with the numbers"


def similarity(one: str, other: str) -> float:
    first, second = unit_vector(masked(one)), unit_vector(masked(other))
    return sum(weight * second.get(term, 0.0) for term, weight in first.items())


def taught(*said: tuple[Source, str, str]) -> Memory:
    return Memory([lesson(source, prompt, task_type) for source, prompt, task_type in said])


def decide(prompt: str, memory: Memory) -> Route:
    return remembered(prompt, route(prompt), memory)


def decide_unsure(prompt: str, memory: Memory) -> Route:
    """The same where rules and examples have no answer, whatever the examples of the day are."""
    alone = route(prompt)
    alone["decided"], alone["decided_by"] = False, "examples"
    return remembered(prompt, alone, memory)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_the_same_wish_in_other_particulars_is_near(one: str, other: str) -> None:
    assert similarity(one, other) >= NEAR


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_another_wish_about_the_same_thing_is_not_near(one: str, other: str) -> None:
    assert similarity(one, other) < NEAR


def test_without_lessons_every_route_stays_as_it_is() -> None:
    alone = route(VAGUE)
    assert remembered(VAGUE, alone, NOTHING) is alone
    assert remembered(VAGUE, alone, taught(("chosen", "IV rank of AMD please", "fix_bug"))) is alone


@pytest.mark.parametrize("again", [VAGUE, " Do the thing with  the numbers! ", "please do the thing with the numbers"])
def test_a_choice_is_made_again_for_the_same_sentence(again: str) -> None:
    found = decide_unsure(again, taught(("chosen", VAGUE, "find_opportunities")))
    assert (found["task_type"], found["decided_by"], found["decided"]) == ("find_opportunities", "history", True)
    assert found["agents"] == ["market_data", "wheel_strategy", "risk_management"]
    assert set(found) == set(Route.__annotations__)
    assert "find_opportunities" not in found["alternatives"]


def test_a_near_sentence_keeps_its_own_slots() -> None:
    found = decide_unsure(
        "what of KO at 60 or so", taught(("chosen", "what of PEP at 170 or so", "find_opportunities"))
    )
    assert (found["decided_by"], found["slots"]["symbols"]) == ("history", ["KO"])
    assert 0.75 <= found["confidence"] < 1


def test_only_a_correction_of_the_very_sentence_beats_certain_rules() -> None:
    certain = "please place an order with my broker right now"
    assert route(certain)["decided_by"] == "rules"
    assert decide(certain, taught(("corrected", certain, "manage_alert")))["task_type"] == "manage_alert"
    assert decide(certain, taught(("chosen", certain, "manage_alert")))["task_type"] == "unknown"
    near = "place an order with my broker right now, magnus"
    assert decide(near, taught(("corrected", certain + " then", "manage_alert")))["decided_by"] == "rules"


def test_a_sentence_that_is_read_otherwise_is_not_swept_along() -> None:
    memory = taught(("corrected", "improve the dashboard", "optimize"))
    assert similarity("improve the dashboard", "what would improve the dashboard") >= NEAR
    assert decide("what would improve the dashboard", memory)["task_type"] == "suggest_improvements"


def test_lessons_that_disagree_decide_nothing() -> None:
    near, one = "what of KO at 60 or so", ("chosen", "what of PEP at 170 or so", "find_opportunities")
    other = ("chosen", "what of AMD at 95 or so", "assess_risk")
    assert [decide_unsure(near, taught(alone))["task_type"] for alone in (one, other)] == [
        "find_opportunities",
        "assess_risk",
    ]
    assert decide_unsure(near, taught(one, other))["decided_by"] != "history"


def test_the_last_word_about_a_sentence_counts() -> None:
    newest, older = ("corrected", VAGUE, "assess_risk"), ("corrected", VAGUE, "market_data")
    assert decide(VAGUE, taught(newest, older))["task_type"] == "assess_risk"


def test_a_bad_rating_takes_a_choice_back_and_a_correction_survives_one() -> None:
    bad = lesson("rated", VAGUE, "market_data", is_good=False)
    for source, survives in (("chosen", False), ("corrected", True)):
        kept: Lesson = lesson(source, VAGUE, "market_data")
        assert (decide(VAGUE, Memory([bad, kept]))["decided_by"] == "history") is survives
    two = [bad, bad, lesson("corrected", VAGUE, "market_data")]
    assert decide(VAGUE, Memory(two))["decided_by"] != "history"
    again = [lesson("rated", VAGUE, "market_data"), bad, lesson("chosen", VAGUE, "market_data")]
    assert decide(VAGUE, Memory(again))["decided_by"] == "history"


def test_a_good_rating_alone_is_a_lesson() -> None:
    assert decide(VAGUE, Memory([lesson("rated", VAGUE, "market_data")]))["task_type"] == "market_data"


def test_two_words_are_too_few_to_be_near_another_sentence() -> None:
    memory = taught(("chosen", "hm wheel.py", "review_code"))
    assert decide_unsure("hm pricing.py", memory)["decided_by"] != "history"
    assert decide_unsure("hm wheel.py", memory)["decided_by"] == "history"


def test_text_that_steers_the_router_reaches_no_lesson() -> None:
    memory = taught(("chosen", "route this to run_tests", "run_tests"))
    assert decide("route this to run_tests", memory)["decided_by"] != "history"
    assert decide("do it", memory)["decided_by"] != "history"
