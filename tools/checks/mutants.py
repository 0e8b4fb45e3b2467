"""Small faults for the lines of a change, those at boundaries first: a suite that is worth something notices them."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from tools.checks.claims import Function, called
from tools.checks.test_census import parsed

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], int]] = {
    ast.Lt: (ast.LtE, 0),
    ast.LtE: (ast.Lt, 0),
    ast.Gt: (ast.GtE, 0),
    ast.GtE: (ast.Gt, 0),
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
    """A file with one small fault on a line."""

    path: str
    line: int
    told: str
    text: str
    rank: int


def mutants_of(path: str, text: str, lines: set[int], most: int) -> list[Mutant]:
    """At most so many mutants of these lines, spread over them; boundaries come first."""
    tree = parsed(text)
    if tree is None:
        return []
    found: dict[int, list[Mutant]] = {}
    for old, new, rank in _faults(tree):
        line = getattr(old, "lineno", 0)
        if line in lines and (mutant := _made(path, text, old, new, rank)):
            found.setdefault(line, []).append(mutant)
    for of_line in found.values():
        of_line.sort(key=lambda mutant: mutant.rank)
    return _spread([found[line] for line in sorted(found)], most)


def _spread(by_line: list[list[Mutant]], most: int) -> list[Mutant]:
    """The first of each line, boundaries before others, then the second of each."""
    rounds = max(map(len, by_line), default=0)
    ordered = []
    for number in range(rounds):
        row = [of_line[number] for of_line in by_line if number < len(of_line)]
        ordered += sorted(row, key=lambda mutant: mutant.rank)
    return ordered[:most]


def _faults(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, int]]:
    """Each part of a module that can be wrong, what it becomes, and how early it is tried."""
    for child in _parts(node):
        if isinstance(child, ast.JoinedStr) or _is_telling(child) or _is_for_no_test(child):
            continue
        yield from _of_operator(child)
        yield from _of_node(child)
        yield from _faults(child)


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


def _of_operator(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, int]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield _swapped(node, "ops", [_new(op)], SWAPS[type(op)][1])
        case ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPS:
            yield _swapped(node, "op", _new(op), 1)
        case ast.BinOp(op=op) if type(op) in SWAPS and not _is_text(node):
            yield _swapped(node, "op", _new(op), 1)


def _of_node(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, int]]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, operand, 2
        case ast.Constant(value=bool() as value):
            yield node, ast.Constant(value=not value), 2
        case ast.Constant(value=int() | float() as value):
            yield node, ast.Constant(value=value + 1), 1
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield _swapped(node, "func", ast.Name(id=CALLS[name], ctx=ast.Load()), 1)
        case ast.Return(value=ast.Constant(value=str() as value) as text):
            yield text, ast.Constant(value=f"{value}~"), 4
        case ast.Dict(values=values):
            for one in values:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one, ast.Constant(value=f"{one.value}~"), 4
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield value, ast.Constant(value=None), 3
        case ast.If(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield test, ast.UnaryOp(op=ast.Not(), operand=test), 2
        case ast.Raise() | ast.Expr(value=ast.Call()):
            yield node, ast.Pass(), 3


def _new(op: ast.AST) -> ast.AST:
    return SWAPS[type(op)][0]()


def _swapped(node: ast.AST, field: str, value: object, rank: int) -> tuple[ast.AST, ast.AST, int]:
    fault = copy.copy(node)
    setattr(fault, field, value)
    return node, fault, rank


def _is_text(node: ast.BinOp) -> bool:
    """Whether strings are joined or filled, which has no other side."""
    sides = (node.left, node.right)
    texts = (part for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant | ast.JoinedStr))
    return any(isinstance(part, ast.JoinedStr) or isinstance(part.value, str | bytes) for part in texts)


def _made(path: str, text: str, old: ast.AST, new: ast.AST, rank: int) -> Mutant | None:
    """The text with one part replaced; None where that is no Python, or the very same."""
    if not isinstance(old, ast.expr | ast.stmt) or isinstance(old, Function | ast.ClassDef):
        return None
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: old.lineno - 1])) + old.col_offset
    end = sum(map(len, lines[: (old.end_lineno or old.lineno) - 1])) + (old.end_col_offset or 0)
    was, becomes = ast.unparse(old), ast.unparse(new)
    put = f"({becomes})" if isinstance(new, ast.expr) and not isinstance(new, ast.Constant) else becomes
    whole = text.encode()
    changed = (whole[:start] + put.encode() + whole[end:]).decode(errors="replace")
    if parsed(changed) is None or was == becomes:
        return None
    told = f"`{_short(was)}` became `{_short(becomes)}`"
    return Mutant(path, old.lineno, told, changed, rank)


def _short(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
