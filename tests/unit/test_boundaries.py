"""Comparisons whose edge a test has to stand on, and those where no test could tell."""

import ast

import pytest

from tools.checks.boundaries import edges_to_stand_on, known_edges, watched


def edges(code: str, *before: str) -> list[str]:
    """What has to be stood on, in the words of the code."""
    found = edges_to_stand_on(ast.parse(code), known_edges(before, [code]))
    return sorted(ast.unparse(node) for node, _ in found)


@pytest.mark.parametrize(
    "code",
    [
        "if days < 7:\n    x = 1",
        "if days < 7:\n    days = 8",
        "if days < 7:\n    days = 7\n    is_short = True",
        "x = short if days < 7 else long",
        "while days < 7:\n    days = step(days)",
        "def f():\n    if days < 7:\n        return short\n    return long",
        "x = [day for day in week if days < 7]",
        "try:\n    x = days < 7\nfinally:\n    pass",
        "match x:\n    case 1 if days < 7:\n        pass",
    ],
)
def test_a_test_has_to_stand_on_this_edge(code: str) -> None:
    assert edges(code) == ["days < 7"]


@pytest.mark.parametrize(
    "code",
    [
        "if days < 7:\n    days = 7",
        "if 7 > days:\n    days = 7",
        "x = 7 if days < 7 else days",
        "if days < low:\n    x = low\nelse:\n    x = days",
        "def f():\n    if days < 7:\n        return 7\n    return days",
        "if price > best:\n    best = price\n    winner = name",
        "if best is None or price > best:\n    best, winner = price, name",
    ],
)
def test_nobody_can_tell_where_both_ways_do_the_same(code: str) -> None:
    assert edges(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "x = abs(a - b) < 1e-9",
        "x = abs(a - b) < TOLERANCE",
        "x = time.monotonic() > ends",
        "x = datetime.now(UTC) >= self.ends",
        "assert days < 7",
    ],
)
def test_nobody_stands_on_slack_on_a_clock_or_on_an_assertion(code: str) -> None:
    assert edges(code) == []


def test_every_part_of_a_chain_has_an_edge() -> None:
    found = edges_to_stand_on(ast.parse("x = 0 < days <= 45"))
    assert sorted(number for _, number in found) == [0, 1]


@pytest.mark.parametrize(
    ("before", "is_known"),
    [
        ("x = cost < 7", True),
        ("x = 7 > cost", True),
        ("x = cost < 8", False),
        ("x = cost <= 7", False),
        ("x = 7 < cost", False),
        ("", False),
    ],
)
def test_a_comparison_is_known_by_its_threshold_and_not_by_its_names(before: str, is_known: bool) -> None:
    assert (edges("y = days < 7", before) == []) is is_known


def test_a_second_comparison_of_the_same_kind_is_new() -> None:
    assert edges("x = days < 7\ny = weeks < 7", "x = days < 7") == ["days < 7", "weeks < 7"]


@pytest.mark.parametrize(
    ("code", "number", "noted"),
    [
        ("a < 7", 0, [(5, 7, True)]),
        ("a >= b", 0, [(5, 6, False)]),
        ("a > 0", 0, [(5, 0, False)]),
        ("0 < a <= b", 1, [(5, 6, False)]),
        ("6 < a <= b", 1, []),
        ("a not in (1, 2) < (3,)", 1, [((1, 2), (3,), False)]),
    ],
)
def test_watched_code_does_the_same_and_tells_the_sides(code: str, number: int, noted: list[object]) -> None:
    seen: list[object] = []
    names = {"a": 5, "b": 6, "__magnus_edge__": lambda *sides: seen.append(sides)}
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Compare)
    assert (eval(watched(node, number), dict(names)), seen) == (eval(code, dict(names)), noted)
