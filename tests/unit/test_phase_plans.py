"""What a plan has to hold, and phases.json as a person left it: each flaw is one sentence with its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import Json, phase, three_phases

from graph.errors import BadInput
from tools.phases.plan import Plan
from tools.phases.reading import line_of, plan_of, read_plan
from tools.phases.rules import flaws_of

ONE, TWO = phase("phase-1"), phase("phase-2", "phase-1")


def flaws(*phases: Json, **other: Any) -> list[str]:
    return [flaw.why for flaw in flaws_of(Plan(phases=list(phases), **other))]


def test_the_plan_of_the_plan_document_has_no_flaw() -> None:
    assert flaws_of(Plan(**three_phases())) == []


@pytest.mark.parametrize(
    ("phases", "why"),
    [
        ([ONE], "A plan has 2 to 5 phases, and this one has 1."),
        ([phase(f"phase-{n}") for n in range(1, 7)], "A plan has 2 to 5 phases, and this one has 6."),
        ([ONE, phase("phase-1")], "Two phases have the id phase-1: each id stands once."),
        ([ONE, phase("Phase-1")], "Two phases have the id Phase-1: each id stands once."),
        ([ONE, phase("phase-2", "phase-3")], "phase-2 depends on 'phase-3', and there is no such phase."),
        ([ONE, phase("phase-2", "phase-2")], "phase-2 depends on itself."),
        ([ONE, phase("phase-2", "phase-1", "phase-1")], "phase-2 depends on phase-1 twice."),
        ([phase("phase-1", "phase-2"), TWO], "No phase of a circle can begin: phase-1 needs phase-2 needs phase-1."),
        ([ONE, TWO | {"success_criteria": []}], "phase-2 has no success criteria: name at least one thing that can be"),
        ([ONE, TWO | {"success_criteria": [" "]}], "The phase 'phase-2': its success criterion 1 is empty."),
        ([ONE, TWO | {"max_iterations": 0}], "phase-2 has max_iterations 0, and 1 to 20 are possible."),
        ([ONE, TWO | {"max_iterations": 21}], "phase-2 has max_iterations 21, and 1 to 20 are possible."),
        ([ONE, TWO | {"name": ""}], "The phase 'phase-2': its name is empty."),
        ([ONE, TWO | {"name": "a\nb"}], "The phase 'phase-2': its name has a line break or a character that does not"),
        ([ONE, TWO | {"description": "a\x1b[2Jb"}], "its description has a character that does not show."),
        ([ONE, TWO | {"description": "\ud800"}], "its description has a character that does not show."),
        ([ONE, TWO | {"name": "n" * 81}], "its name has 81 characters, and 80 is the most."),
        ([ONE, phase("../../etc")], "'../../etc' is no id"),
        ([ONE, phase("")], "'' is no id"),
    ],
)
def test_each_flaw_of_a_plan_is_told(phases: list[Json], why: str) -> None:
    (told,) = flaws(*phases)
    assert why in told


@pytest.mark.parametrize("iterations", [1, 20])
def test_the_bounds_themselves_are_possible(iterations: int) -> None:
    assert flaws(ONE, TWO | {"max_iterations": iterations}) == []


def test_every_flaw_is_named_at_once() -> None:
    assert len(flaws(phase("phase-1", "phase-1", success_criteria=[]), assumptions=[""])) == 4


def told(plan: Json) -> str:
    return json.dumps(plan, indent=2)


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        plan_of(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"depends_on": []', '"depends_on": ["phase-3"]', "line 12, phases[0].depends_on: No phase of a circle can"),
        ('"max_iterations": 8', '"max_iterations": 80', "line 18, phases[1].max_iterations: phase-2 has max"),
        ('"max_iterations": 8', '"max_iterations": "5-10"', "line 18, phases[1].max_iterations: This has to be a"),
        ('"max_iterations": 8', '"max_iterations": true', "line 18, phases[1].max_iterations: This has to be a"),
        ('"name": "Auth', '"title": "Auth', "line 14, phases[1].name: name is missing. (1 more after it.)"),
        ('"success_criteria": [', '"sucess_criteria": [', "phases[0].success_criteria: success_criteria is missing."),
        ('"Schema validated"', "7", "line 10, phases[0].success_criteria[1]: This has to be a text in quotes."),
        ('"max_iterations": 8,', '"max_iterations": 8', "line 19: this is no JSON: expecting ',' delimiter."),
        ('"max_iterations": 8', '"id": "x", "max_iterations": 8', "phases.json is no plan: 'id' stands twice in one"),
    ],
)  # fmt: skip
def test_what_a_person_mistyped_is_told_with_line_and_field(old: str, new: str, why: str) -> None:
    text = told(three_phases())
    assert old in text
    assert why in refusal(text.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{", "[" * 100_000, '{"phases": {}}', "NaN"])
def test_a_text_that_is_no_plan_is_refused_in_one_sentence(text: str) -> None:
    assert refusal(text).startswith("phases.json")


def test_what_was_written_reads_as_the_same_plan(tmp_path: Path) -> None:
    plan = Plan(**three_phases(), goal='Say "hé"\nand more')
    (tmp_path / "phases.json").write_bytes(b"\xef\xbb\xbf" + plan.to_text().encode())
    assert read_plan(tmp_path / "phases.json") == plan


def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'{"goal": "\xe9"}')
    (tmp_path / "large").write_bytes(b" " * 1_000_001)
    for name, why in (
        ("missing", "no such file"),
        ("latin", "no UTF-8"),
        ("large", "more than 1000000"),
        ("", "directory"),
    ):
        with pytest.raises(BadInput, match=why):
            read_plan(tmp_path / name)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Everything in a JSON value with the way to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [(place, value), *(found for key, inner in items for found in places(inner, (*place, key)))]


@given(values)
def test_the_line_of_a_value_is_the_line_it_begins_on(value: Any) -> None:
    text = json.dumps(value, indent=1)
    for place, inner in places(value):
        line = text.split("\n")[line_of(text, place) - 1].rstrip(",")
        assert line.endswith(json.dumps(inner, indent=1).split("\n")[0])


def test_the_example_of_the_manual_is_a_plan(root: Path) -> None:
    page = (root / "docs" / "phases.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(plan_of(shown).phases) == 2
