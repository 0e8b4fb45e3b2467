"""A claim is proven by the log of the tools or not at all, however it is put."""

from typing import Any

import pytest

from tools.agents.handoff import LONGEST, Claim, Form, hand_over, told
from tools.agents.loop_state import Entry
from tools.agents.proof import evidence, judged


def ran(tool: str, on: str = "", exit_code: int | None = 0, tree: str = "A", **facts: Any) -> Entry:
    """A call as the log has it; `run_tests` passes two tests unless told otherwise."""
    if tool == "run_tests":
        facts = {"is_test": True, "argv": f"python -m pytest -q {on}".strip(), "counts": {"passed": 2}, **facts}
    elif tool == "run":
        facts = {"argv": on, **facts}
    return Entry(
        turn=1,
        at_ns=0,
        tool=tool,
        on=on,
        call=on,
        is_error=False,
        exit_code=exit_code,
        seconds=0.1,
        digest="d",
        answer="a",
        tree=tree,
        facts=facts,
    )


EDIT = ran("edit", "a.py", None, tree="B")


def why(claim: str, *log: Entry, command: str = "", exit_code: int = 0) -> str:
    """Why a claim is not proven; "" where it is."""
    form = Form(summary="Done.", claims=[Claim(statement=claim, command=command, exit_code=exit_code)])
    (one,) = judged(form, log)
    assert one["is_proven"] == (not one["why_not"])
    return str(one["why_not"])


@pytest.mark.parametrize(
    "words",
    [
        "All tests pass.",
        "The test suite is green now",
        "everything passes",
        "2 passed",
        "The change is fully tested.",
        "No test fails any more.",
        "0 failures",
        "No regressions",
        "zero failed tests",
        "Nothing else broke.",
        "no errors",
    ],
)
def test_that_tests_pass_is_unproven_where_none_ran_in_whatever_words(words: str) -> None:
    assert why(words) == "no test ran"
    assert why(words, ran("run", "echo 2 passed"), command="echo 2 passed") == "no test ran"
    assert why(words, ran("run_tests")) == ""


@pytest.mark.parametrize(
    "words", ["The tests do not pass yet.", "One test fails.", "There is no regression test.", "It crashed before."]
)
def test_an_honest_word_is_not_taken_for_success(words: str) -> None:
    assert why(words) == "no command was named"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ([ran("run_tests", exit_code=1)], "the last run of tests ended with 1"),
        ([ran("run_tests"), ran("run_tests", exit_code=1)], "the last run of tests ended with 1"),
        ([ran("run_tests", exit_code=1), ran("run_tests")], ""),
        ([ran("run_tests", counts={"skipped": 3})], "no test passed in the last run"),
        ([ran("run_tests", counts={})], "no test passed in the last run"),
        ([ran("run_tests"), EDIT], "the code was changed after the last run of tests"),
        ([EDIT, ran("run_tests", tree="B")], ""),
        ([ran("run_tests", before=True)], "no test ran"),
        ([ran("run_tests", "tests/test_a.py")], "only some of the tests ran"),
        ([ran("run_tests"), ran("run_tests", "tests/test_a.py")], ""),
        ([ran("run_tests"), ran("run_tests", "tests/test_a.py", 1)], "the last run of tests ended with 1"),
        ([ran("run_tests"), EDIT, ran("run_tests", "a", tree="B")], "the code was changed after the last run of tests"),
    ],
)
def test_all_tests_pass_only_where_all_ran_on_the_code_as_it_is(log: list[Entry], reason: str) -> None:
    assert why("All tests pass.", *log) == reason


def test_one_test_is_proven_by_a_run_of_it() -> None:
    assert why("The new test passes.", ran("run_tests", "tests/test_a.py")) == ""


@pytest.mark.parametrize(
    ("command", "exit_code", "log", "reason"),
    [
        ("make lint", 0, [ran("run", "make lint")], ""),
        ("make lint", 0, [ran("run", "make lint", 2)], "it ended with 2"),
        ("make lint", 2, [ran("run", "make lint", 2)], ""),
        ("make lint", 0, [ran("run", "make lint", 2), ran("run", "make lint")], ""),
        ("make lint", 0, [ran("run", "make lint"), ran("run", "make lint", 2)], "it ended with 2"),
        ("make lint", 0, [ran("run", "make  build")], "no such command ran"),
        ("make lint", 0, [ran("run", "make lint"), EDIT], "the code was changed after it ran"),
        ("make lint", 0, [ran("read", "make lint", None)], "no such command ran"),
        ("tests/test_a.py", 1, [ran("run_tests", "tests/test_a.py", 1, before=True), EDIT], ""),
        ("run_tests tests/test_a.py", 0, [ran("run_tests", "tests/test_a.py")], ""),
        (" ", 0, [ran("run", "make lint")], "no command was named"),
    ],
)
def test_a_claim_needs_its_command_to_have_ended_as_it_says(
    command: str, exit_code: int, log: list[Entry], reason: str
) -> None:
    assert why("The lines are in order.", *log, command=command, exit_code=exit_code) == reason


def test_a_command_of_several_lines_or_of_great_length_is_found_again() -> None:
    long = "python - <<'E'\n" + "print(1)\n" * 60 + "E"
    as_logged = " ".join(long.split())
    clipped = f"{as_logged[:80]}\n[{len(as_logged) - 160} letters left out]\n{as_logged[-80:]}"
    assert why("It prints.", ran("run", clipped), command=long) == ""


@pytest.mark.parametrize("place", ["summary", "decisions", "action_required"])
def test_a_claim_hidden_in_another_field_is_judged_as_well(place: str) -> None:
    text = "I mended it. All 14 tests pass."
    form = Form(**{"summary": "Done.", place: [text] if place == "decisions" else text})
    (hidden,) = judged(form, [])
    assert (hidden["statement"], hidden["why_not"]) == ("All 14 tests pass.", "no test ran")


def test_the_text_of_the_handoff_has_evidence_from_the_log_and_not_from_the_words() -> None:
    log = [ran("run_tests", "tests/test_a.py", 1, before=True), ran("run", "make lint", 2), ran("read", "a.py", None)]
    form = Form(summary="It works.", claims=[Claim(statement="It is linted.", command="make lint")])
    facts = {"agent": "python_pro", "files": ["a.py"], "evidence": evidence(log), "ended": "It had its 60 turns."}
    text = told(form, judged(form, log), facts)
    assert text.startswith("# Handoff of python_pro\n\nIt did not end by itself. It had its 60 turns.\n\nIt works.")
    assert "- UNPROVEN: It is linted. (it ended with 2)" in text
    assert "- `python -m pytest -q tests/test_a.py (on the code before)`: exit 1, 0.1 s, 2 passed" in text
    assert "- `make lint`: exit 2, 0.1 s" in text
    assert text.count("\n## ") == 6


def test_a_form_is_kept_readable_and_short() -> None:
    _, form = hand_over(summary="a\0b" + "x" * 10_000, to_agent="\ud800", claims=[])
    assert form["summary"].startswith("a\\x00bxx")
    assert len(form["summary"]) < LONGEST + 60
    assert form["to_agent"] == "\\ud800"
