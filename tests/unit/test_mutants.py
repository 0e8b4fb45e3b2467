"""Mutants: small faults at the lines of a change, boundaries first."""

import pytest
from wheel_project import CODE, PUTS

from tools.checks.boundaries import known_edges
from tools.checks.killing import Killing
from tools.checks.mutants import Mutant, mutants_of
from tools.checks.suite import left_for_mutants

BUCKET = set(range(16, 24))
"""The lines of `bucket`."""


def faults(code: str, most: int = 50) -> list[str]:
    lines = set(range(1, code.count("\n") + 2))
    return [mutant.told for mutant in mutants_of("a.py", code, lines, most)]


def test_boundaries_come_first() -> None:
    first, second, *_ = mutants_of(PUTS, CODE, BUCKET, 50)
    assert (first.line, first.told) == (19, "`size < 0.2` became `size <= 0.2`")
    assert (second.line, second.told) == (21, "`size < 0.4` became `size <= 0.4`")


def test_a_mutant_differs_in_one_place() -> None:
    found = mutants_of(PUTS, CODE, BUCKET, 50)
    for mutant in found:
        old, new = CODE.splitlines(), mutant.text.splitlines()
        assert [number for number, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]] == [
            mutant.line
        ]
    assert len(found) >= 6


def test_only_the_lines_of_the_change_are_touched() -> None:
    assert {mutant.line for mutant in mutants_of(PUTS, CODE, {8}, 50)} == {8}


def test_there_are_no_more_than_asked_for_and_each_line_has_its_share() -> None:
    found = mutants_of(PUTS, CODE, BUCKET, 4)
    assert len(found) == len({mutant.line for mutant in found}) == 4


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = a and b", "`a and b` became `a or b`"),
        ("x = a - 1", "`a - 1` became `a + 1`"),
        ("x = a == b", "`a == b` became `a != b`"),
        ("x = min(a, b)", "`min(a, b)` became `max(a, b)`"),
        ("x = not a", "`not a` became `a`"),
        ("x += a", "`x += a` became `x -= a`"),
        ("x = 5", "`5` became `6`"),
        ("x = True", "`True` became `False`"),
        ("x = {'put': 'short'}", "`'short'` became `'short~'`"),
        ("def f():\n    return a(b)", "`a(b)` became `None`"),
        ("def f():\n    save(a)", "`save(a)` became `pass`"),
        ("if is_open(a):\n    b = a", "`is_open(a)` became `not is_open(a)`"),
        ("def f():\n    raise ValueError(a)", "`raise ValueError(a)` became `pass`"),
    ],
)
def test_this_fault_is_tried(code: str, told: str) -> None:
    assert told in faults(code)


@pytest.mark.parametrize(
    "code",
    [
        "x = 'a' + b",
        "log.info('found %s', a + 1)",
        "def f(a: int = 3) -> None:\n    'The number 3.'",
        "@cache(maxsize=3)\ndef f(): ...",
        "__all__ = ['f']",
        "if TYPE_CHECKING:\n    x = 3",
        "x = f'{a + 1}'",
        "import a",
        "def f(:",
    ],
)
def test_what_no_test_can_be_asked_to_notice_is_left_alone(code: str) -> None:
    assert faults(code) == []


def test_letters_of_several_bytes_do_not_shift_the_fault() -> None:
    (mutant,) = mutants_of("a.py", "é = 'größe'; x = a < b\n", {1}, 9)
    assert mutant.text == "é = 'größe'; x = (a <= b)\n"


@pytest.mark.parametrize("code", ["for i in range(n):\n    x = i", "for i in range(1, n):\n    x = i"])
def test_one_turn_too_many_is_tried_with_the_boundaries(code: str) -> None:
    first, *_ = mutants_of("a.py", code, {1, 2}, 9)
    assert (first.told, first.rank) == ("`n` became `n + 1`", 0)


def test_every_boundary_comes_before_everything_else() -> None:
    code = "if a < 1 and b > 2:\n    x = 3\nif c + 4 and d <= 5:\n    y = 6\n"
    assert [mutant.told for mutant in mutants_of("a.py", code, {1, 2, 3, 4}, 3)] == [
        "`a < 1` became `a <= 1`",
        "`d <= 5` became `d < 5`",
        "`b > 2` became `b >= 2`",
    ]


def test_a_boundary_that_was_there_before_is_turned_and_not_shifted() -> None:
    code = "x = price < 5\n"
    (mutant, *_) = mutants_of("a.py", code, {1}, 9, known_edges(["y = 5 > cost\n"], [code]))
    assert (mutant.told, mutant.watched) == ("`price < 5` became `price >= 5`", "")


@pytest.mark.parametrize(
    ("killed", "alive", "fails"),
    [
        (0, 0, False),
        (0, 1, False),
        (1, 1, False),
        (0, 2, True),
        (1, 2, False),
        (1, 3, True),
        (2, 4, False),
        (3, 9, True),
    ],
)
def test_too_many_survivors_fail_the_gate(killed: int, alive: int, fails: bool) -> None:
    survivors = tuple(Mutant("a.py", 3, f"`{number}` became `0`", "", 1) for number in range(alive))
    found = list(Killing(killed, survivors).findings())
    assert [one.rule for one in found if one.fails] == (["mutants-survive"] if fails else [])
    assert len([one for one in found if one.rule == "mutant-survives"]) == alive


def test_one_boundary_that_no_test_stands_on_fails_the_gate_until_somebody_answers_for_it() -> None:
    missed = Mutant("a.py", 3, "`days < 7` became `days <= 7`", "", 0)
    (found,) = Killing(9, (missed,), (missed,)).findings()
    assert (found.rule, found.fails, found.is_acceptable) == ("boundary-untested", True, True)
    assert found.message == (
        "No test notices when `days < 7` became `days <= 7`, and none stands on that edge, where both sides are equal."
    )


@pytest.mark.parametrize(("suite_s", "spent_s", "left_s"), [(40, 85, 55), (40, 139, 5), (40, 900, 5), (1, 2, 5)])
def test_mutants_get_what_is_left_of_the_time_of_all_gates(suite_s: float, spent_s: float, left_s: float) -> None:
    assert left_for_mutants(suite_s, spent_s) == left_s
