"""Small faults for the lines of a change, those at boundaries first: a suite that is worth something notices them."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tools.checks.boundaries import EDGES, Edges, edges_to_stand_on, shifted, turned, watched
from tools.checks.claims import Function, called
from tools.checks.test_census import parsed

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], int]] = {
    ast.Eq: (ast.NotEq, 1),
    ast.NotEq: (ast.Eq, 1),
    ast.And: (ast.Or, 1),
    ast.Or: (ast.And, 1),
    ast.Add: (ast.Sub, 1),
    ast.Sub: (ast.Add, 1),
    ast.Mult: (ast.Div, 1),
    ast.Div: (ast.Mult, 1),
    ast.FloorDiv: (ast.Mult, 1),
    ast.Mod: (ast.Mult, 1),
    ast.Pow: (ast.Mult, 1),
    ast.In: (ast.NotIn, 2),
    ast.NotIn: (ast.In, 2),
    ast.Is: (ast.IsNot, 2),
    ast.IsNot: (ast.Is, 2),
}
"""What stands for what, and how early it is tried."""
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
TELLING = {
    "print", "debug", "info", "warning", "error", "exception", "critical", "log", "warn", "echo", "write", "flush",
    "sleep", "add_argument", "filterwarnings", "basicConfig",
}  # fmt: skip
"""Calls that tests rarely look at; to leave one out is no fault of the tests."""


@dataclass(frozen=True)
class Mutant:
    """A file with one small fault on a line.

    Where the fault moves the edge of a comparison, which has to be noticed, `watched` is the file as it tells
    how far tests come to that edge.
    """

    path: str
    line: int
    told: str
    text: str
    rank: int
    watched: str = ""


class Fault(NamedTuple):
    """A part of a module, what it becomes, and how early that is tried; `watched` is the part as it
    tells of its sides."""

    old: ast.AST
    new: ast.AST
    rank: int
    watched: str = ""


def mutants_of(path: str, text: str, lines: set[int], most: int, known: frozenset[str] = frozenset()) -> list[Mutant]:
    """At most so many mutants of these lines: those at boundaries first, then the others, spread over the lines.

    A comparison that is `known` stood in the code before; where its edge lies is not of this change.
    """
    tree = parsed(text)
    if tree is None:
        return []
    found: dict[int, list[Mutant]] = {}
    for fault in _faults(tree, edges_to_stand_on(tree, known)):
        line = getattr(fault.old, "lineno", 0)
        if line in lines and (mutant := _made(path, text, fault)):
            found.setdefault(line, []).append(mutant)
    for of_line in found.values():
        of_line.sort(key=lambda mutant: mutant.rank)
    return boundaries_first(_spread([found[line] for line in sorted(found)]))[:most]


def boundaries_first(mutants: list[Mutant]) -> list[Mutant]:
    """Those at boundaries before others, each in the order they had."""
    return sorted(mutants, key=lambda mutant: mutant.rank > 0)


def _spread(by_line: list[list[Mutant]]) -> list[Mutant]:
    """The first of each line, likely ones before others, then the second of each."""
    rounds = max(map(len, by_line), default=0)
    ordered = []
    for number in range(rounds):
        row = [of_line[number] for of_line in by_line if number < len(of_line)]
        ordered += sorted(row, key=lambda mutant: mutant.rank)
    return ordered


def _faults(node: ast.AST, edges: Edges) -> Iterator[Fault]:
    """Each part of a module that can be wrong, what it becomes, and how early it is tried."""
    for child in _parts(node):
        if isinstance(child, ast.JoinedStr) or _is_telling(child) or _is_for_no_test(child):
            continue
        if isinstance(child, ast.Compare):
            yield from _of_comparison(child, edges)
        yield from _of_operator(child)
        yield from _of_node(child)
        yield from _faults(child, edges)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The children but those that do nothing when the code runs, or only once for the whole program."""
    left_out: list[object] = []
    for name in ("decorator_list", "type_params", "defaults", "kw_defaults"):
        left_out += getattr(node, name, [])
    left_out += [getattr(node, name, None) for name in ("annotation", "returns")]
    for child in ast.iter_child_nodes(node):
        if not any(child is one for one in left_out) and not _is_name_list(child):
            yield child


def _is_name_list(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and any(called(target).startswith("__") for target in node.targets)


def _is_for_no_test(node: ast.AST) -> bool:
    names = {called(part) for part in ast.walk(node.test)} if isinstance(node, ast.If) else set()
    return bool(names & {"TYPE_CHECKING", "__name__"})


def _is_telling(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and called(node.value) in TELLING


def _of_comparison(node: ast.Compare, edges: Edges) -> Iterator[Fault]:
    """Its edge on the other side where that means something, else the opposite."""
    for number, op in enumerate(node.ops):
        if (node, number) in edges:
            yield Fault(node, shifted(node, number), 0, watched(node, number))
        elif type(op) in EDGES and len(node.ops) == 1:
            yield Fault(node, turned(node), 1)


def _of_operator(node: ast.AST) -> Iterator[Fault]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield _swapped(node, "ops", [_new(op)], SWAPS[type(op)][1])
        case ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPS:
            yield _swapped(node, "op", _new(op), 1)
        case ast.BinOp(op=op) if type(op) in SWAPS and not _is_text(node):
            yield _swapped(node, "op", _new(op), 1)
        case ast.Call(func=ast.Name(id="range"), args=[*_, last]) if not isinstance(last, ast.Constant):
            yield Fault(last, ast.BinOp(last, ast.Add(), ast.Constant(value=1)), 0)


def _of_node(node: ast.AST) -> Iterator[Fault]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield Fault(node, operand, 2)
        case ast.Constant(value=bool() as value):
            yield Fault(node, ast.Constant(value=not value), 2)
        case ast.Constant(value=int() | float() as value):
            yield Fault(node, ast.Constant(value=value + 1), 1)
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield _swapped(node, "func", ast.Name(id=CALLS[name], ctx=ast.Load()), 1)
        case ast.Return(value=ast.Constant(value=str() as value) as text):
            yield Fault(text, ast.Constant(value=f"{value}~"), 4)
        case ast.Dict(values=values):
            for one in values:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield Fault(one, ast.Constant(value=f"{one.value}~"), 4)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield Fault(value, ast.Constant(value=None), 3)
        case ast.If(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield Fault(test, ast.UnaryOp(op=ast.Not(), operand=test), 2)
        case ast.Raise() | ast.Expr(value=ast.Call()):
            yield Fault(node, ast.Pass(), 3)


def _new(op: ast.AST) -> ast.AST:
    return SWAPS[type(op)][0]()


def _swapped(node: ast.AST, field: str, value: object, rank: int) -> Fault:
    new = copy.copy(node)
    setattr(new, field, value)
    return Fault(node, new, rank)


def _is_text(node: ast.BinOp) -> bool:
    """Whether strings are joined or filled, which has no other side."""
    sides = (node.left, node.right)
    texts = (part for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant | ast.JoinedStr))
    return any(isinstance(part, ast.JoinedStr) or isinstance(part.value, str | bytes) for part in texts)


def _made(path: str, text: str, fault: Fault) -> Mutant | None:
    """The text with one part replaced; None where that is no Python, or the very same."""
    old, new = fault.old, fault.new
    if not isinstance(old, ast.expr | ast.stmt) or isinstance(old, Function | ast.ClassDef):
        return None
    was, becomes = ast.unparse(old), ast.unparse(new)
    put = f"({becomes})" if isinstance(new, ast.expr) and not isinstance(new, ast.Constant) else becomes
    changed = _replaced(text, old, put)
    if parsed(changed) is None or was == becomes:
        return None
    told = f"`{_short(was)}` became `{_short(becomes)}`"
    return Mutant(
        path, old.lineno, told, changed, fault.rank, _replaced(text, old, fault.watched) if fault.watched else ""
    )


def _replaced(text: str, old: ast.expr | ast.stmt, put: str) -> str:
    """The text with other words for one part of it."""
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: old.lineno - 1])) + old.col_offset
    end = sum(map(len, lines[: (old.end_lineno or old.lineno) - 1])) + (old.end_col_offset or 0)
    whole = text.encode()
    return (whole[:start] + put.encode() + whole[end:]).decode(errors="replace")


def _short(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
