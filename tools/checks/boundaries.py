"""Boundaries: comparisons whose edge a test has to stand on, and the words by which it shows whether one did."""

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tools.checks.claims import called
from tools.checks.edges import is_same_there, number_of
from tools.checks.test_census import parsed

EDGES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
WRITTEN = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
CLOCKS = {"time", "monotonic", "perf_counter", "now", "utcnow", "today"}
SLACK = re.compile(r"(^|_)(eps|epsilon|tol|tolerance|[ar]tol)($|_)", re.IGNORECASE)
LEAST = 1e-3
"""A number below it is there for rounding, and nobody stands on it."""
Edges = set[tuple[ast.Compare, int]]
NOTE = "__magnus_edge__"
"""What run_mutants.py calls its recorder in the code it tries."""


def known_edges(before: Iterable[str | None], after: Iterable[str | None]) -> frozenset[str]:
    """Comparisons that the texts before had as often already, whatever their sides are called now."""
    old, new = (Counter(edge for text in texts for edge in _edges_of(text)) for texts in (before, after))
    return frozenset(edge for edge in new if old[edge] >= new[edge])


def edges_to_stand_on(tree: ast.Module, known: frozenset[str] = frozenset()) -> Edges:
    """The comparisons of a module, with the number of their operator, whose edge means something and can be met.

    There is none where both sides do the same on the edge, where the other side is a clock or a bit of slack, and
    within an assertion.
    """
    found = set()
    for parent, block in _blocks(tree):
        for node in _comparisons(parent):
            for number, op in enumerate(node.ops):
                is_meant = type(op) in EDGES and _edge(node, number) not in known
                if is_meant and not _is_slack(node, number) and not is_same_there(parent, block, node):
                    found.add((node, number))
    return found


def watched(node: ast.Compare, number: int) -> str:
    """The comparison in other words, which tell `NOTE` about the two sides of one operator whenever it is asked.

    >>> watched(ast.parse("days < 7", mode="eval").body, 0)
    '((lambda *v: __magnus_edge__(v[0], v[1], True) or v[0] < v[1])((days), (7)))'
    """
    sides = ", ".join(f"({ast.unparse(one)})" for one in (node.left, *node.comparators))
    words = [f"v[{place}] {_sign(op)} v[{place + 1}]" for place, op in enumerate(node.ops)]
    note = f"{NOTE}(v[{number}], v[{number + 1}], {_is_written(node, number)})"
    reached = f"({' and '.join([*words[:number], note])})" if number else note
    return f"((lambda *v: {reached} or {' and '.join(words)})({sides}))"


def shifted(node: ast.Compare, number: int) -> ast.Compare:
    """The same comparison with its edge on the other side."""
    moved = copy.copy(node)
    moved.ops = [EDGES[type(op)]() if place == number else op for place, op in enumerate(node.ops)]
    return moved


def turned(node: ast.Compare) -> ast.Compare:
    """The opposite of a comparison of two sides."""
    moved = copy.copy(node)
    moved.ops = [OPPOSITE[type(node.ops[0])]()]
    return moved


def _is_written(node: ast.Compare, number: int) -> bool:
    """Whether one side is a number that stands there, which is a threshold, and not 0, which is a sign."""
    return any(number_of(side) for side in _sides(node, number))


def _sign(op: ast.cmpop) -> str:
    if type(op) in WRITTEN:
        return WRITTEN[type(op)]
    return ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[2:-2]


def _edges_of(text: str | None) -> Iterator[str]:
    for node in ast.walk(parsed(text) or ast.Module([], [])):
        if isinstance(node, ast.Compare):
            yield from (_edge(node, number) for number, op in enumerate(node.ops) if type(op) in EDGES)


def _edge(node: ast.Compare, number: int) -> str:
    """Which way it is compared, and with which number; what is compared may be renamed."""
    sides = [_plain(one) for one in _sides(node, number)]
    kind = type(node.ops[number])
    if kind in TURNED:
        kind, sides = TURNED[kind], sides[::-1]
    return f"{sides[0]} {WRITTEN[kind]} {sides[1]}"


def _plain(side: ast.expr) -> str:
    is_number = all(isinstance(one, ast.Constant | ast.UnaryOp | ast.unaryop) for one in ast.walk(side))
    return ast.unparse(side) if is_number else "_"


def _sides(node: ast.Compare, number: int) -> tuple[ast.expr, ast.expr]:
    every = (node.left, *node.comparators)
    return every[number], every[number + 1]


def _blocks(tree: ast.Module) -> Iterator[tuple[ast.stmt, Sequence[ast.stmt]]]:
    """Every statement that asserts nothing, and those that follow it in its block."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            statements = block if isinstance(block, list) else []
            for place, one in enumerate(statements):
                if not isinstance(one, ast.Assert):
                    yield one, statements[place + 1 :]


def _comparisons(statement: ast.stmt) -> Iterator[ast.Compare]:
    """The comparisons of a statement itself, without those of the statements in it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Compare):
            yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt | ast.excepthandler)]


def _is_slack(node: ast.Compare, number: int) -> bool:
    return any(_is_slack_side(side) for side in _sides(node, number))


def _is_slack_side(side: ast.expr) -> bool:
    number = getattr(side, "value", None)
    is_tiny = isinstance(side, ast.Constant) and isinstance(number, float) and 0 < number <= LEAST
    calls = (one for one in ast.walk(side) if isinstance(one, ast.Call))
    return is_tiny or bool(SLACK.search(called(side))) or any(called(one) in CLOCKS for one in calls)
