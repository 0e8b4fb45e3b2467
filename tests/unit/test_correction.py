"""Sentences that correct how the one before was understood, and those that only sound like it."""

import pytest

from tools.routing.correction import MOST_WORDS, corrected
from tools.routing.phrases import table
from tools.routing.task_names import named
from tools.routing.workflows import own_workflows

CORRECTIONS = [
    ("no, I meant a bug fix", "add_feature", "fix_bug"),
    ("not a review - run the tests", "review_code", "run_tests"),
    ("I meant the covered calls", "market_data", "find_opportunities"),
    ("wrong, that's a question", "fix_bug", "answer_question"),
    ("No, that's a bug!", "answer_question", "fix_bug"),
    ("nope, I wanted a code review", "run_tests", "review_code"),
    ("sorry, I meant the tests", "write_docs", "run_tests"),
    ("that was meant as a question", "refactor", "answer_question"),
    ("no no, just a question", "add_feature", "answer_question"),
    ("That's not what I meant. I want a plan only", "add_feature", "design"),
    ("you misunderstood me: refactor it", "optimize", "refactor"),
    ("I asked for documentation", "add_feature", "write_docs"),
    ("run the tests, not a review", "review_code", "run_tests"),
    ("not an optimization but a bug fix", "optimize", "fix_bug"),
    ("it should have been an alert", "market_data", "manage_alert"),
    ("what I wanted was market data", "find_opportunities", "market_data"),
    ("treat it as a bug", "add_feature", "fix_bug"),
    ("no — a health check", "answer_question", "check_health"),
    ("no, I meant fix the crash in scan.py", "review_code", "fix_bug"),
    ("I meant a risk check of the KO put", "market_data", "assess_risk"),
    ("wrong. I wanted a review of wheel.py", "fix_bug", "review_code"),
    ("not what I asked for, I wanted the dependencies upgraded", "review_code", "update_dependencies"),
    ("actually I meant a refactoring", "fix_bug", "refactor"),
    ("no, explain it", "fix_bug", "answer_question"),
    ("I was asking for suggestions", "add_feature", "suggest_improvements"),
    ("no, I mean a data sync", "check_health", "sync_data"),
    ("it was supposed to be a design", "add_feature", "design"),
    ("I meant an alert on KO at 60, not a scan", "find_opportunities", "manage_alert"),
    ("that is not a bug, it's a feature request", "fix_bug", "add_feature"),
    ("you got that wrong, it’s a performance problem", "fix_bug", "optimize"),
    ("I wanted you to review it", "fix_bug", "review_code"),
    ("no, not the tests, the docs", "run_tests", "write_docs"),
    ("I meant to fix the bug", "review_code", "fix_bug"),
    ("no, I meant a bug fix", None, "fix_bug"),
]
OTHERS = [
    ("no, only puts", "find_opportunities"),
    ("no financials", "find_opportunities"),
    ("I meant $30 not $40", "find_opportunities"),
    ("no earnings before expiry", "find_opportunities"),
    ("sorry, I meant NVDA", "market_data"),
    ("not KO but PEP", "find_opportunities"),
    ("make it 45 dte, not 30", "find_opportunities"),
    ("what did you mean by that", "answer_question"),
    ("wrong strike in the chain page, fix it", "find_opportunities"),
    ("no", "find_opportunities"),
    ("no thanks", "find_opportunities"),
    ("run the tests", "review_code"),
    ("review wheel.py, not the tests of it", "fix_bug"),
    ("I meant to ask: what is the IV rank of AMD", "fix_bug"),
    ("that's a bug", "answer_question"),
    ("I want a review of wheel.py", "fix_bug"),
    ("no tests fail, so what is wrong?", "run_tests"),
    ("not a big fan of tech, skip it", "find_opportunities"),
    ("no, I meant a bug fix", "fix_bug"),
    ("what is meant by assignment", "market_data"),
    ("that was quick, thanks", "run_tests"),
    ("it should be faster", "add_feature"),
    ("no alerts arrive any more", "manage_alert"),
    ("wrong price for KO, where does it come from", "market_data"),
    ("is that a bug or a feature?", "answer_question"),
    ("the review was wrong about line 30", "review_code"),
    ("I wanted to know how the sync works", "fix_bug"),
    ("I meant the 60 strike", "assess_risk"),
    ("I meant cash-secured puts", "assess_risk"),
    ("I wanted the weeklies", "market_data"),
    ("I wanted it to work for calls too", "add_feature"),
    ("I meant wheel.py", "fix_bug"),
    ("not the weeklies, the monthlies", "find_opportunities"),
    ("no, no tests please", "fix_bug"),
]


@pytest.mark.parametrize(("sentence", "previous", "meant"), CORRECTIONS)
def test_a_correction_names_what_was_meant(sentence: str, previous: str | None, meant: str) -> None:
    found = corrected(sentence, previous)
    assert found and found.task_type == meant


@pytest.mark.parametrize(("sentence", "previous"), OTHERS)
def test_a_refinement_or_a_new_wish_is_no_correction(sentence: str, previous: str) -> None:
    assert corrected(sentence, previous) is None


def test_a_long_text_is_no_correction() -> None:
    assert corrected("no, I meant a bug fix" + " of the page" * MOST_WORDS, "add_feature") is None
    assert corrected("no, I meant a bug fix\nTraceback (most recent call last)", "add_feature") is None


def test_every_task_type_but_unknown_has_names_of_its_own() -> None:
    names = [name for row in table("task_names.csv") for name in row["names"].split("|")]
    types = set(own_workflows().by_type)
    assert {row["task_type"] for row in table("task_names.csv")} == types
    assert len(names) == len(set(names))
    assert {named(task_type) for task_type in types} == types
