"""What a test claims, and how much: each assertion that can fail, from a bare truth up to an exact value."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef

NOTHING, WEAK, SOME, EXACT = 0, 1, 2, 3
"""It cannot fail; truth, type or difference; membership or order; one value, nothing, or one type of error."""

BROAD = {"Exception", "BaseException"}
SWALLOWING = BROAD | {"AssertionError"}
APPROXIMATE = {"approx", "isclose", "allclose", "assert_allclose", "assertAlmostEqual", "assert_almost_equal"}
TOLERANCES = {"rel", "abs", "rtol", "atol", "rel_tol", "abs_tol", "delta"}
BY_POSITION = {"approx", "allclose", "assert_allclose"}
HUGE = 0.5
WEAK_METHODS = {"assertTrue", "assertIsNotNone", "assertNotEqual", "assertIsInstance"}
SOME_METHODS = {"assertIn", "assertNotIn", "assertLess", "assertLessEqual", "assertGreater", "assertGreaterEqual"}
RAISING = {"raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns", "deprecated_call"}
VERBS = ("assert", "check", "expect", "verify", "validate", "ensure", "should")
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Claim:
    """One assertion: its strength, and how far a number may be off where it says so."""

    strength: int
    tolerance: float = 0.0


def claims_in(body: list[ast.stmt], helpers: Collection[str] = ()) -> Iterator[Claim]:
    """Every claim of a block that is reached; `helpers` are functions that claim something for their caller."""
    for statement in body:
        yield from _of_statement(statement, helpers)
        if isinstance(statement, ENDS):
            return


def called(node: ast.AST) -> str:
    """The last name of what is called or named, or ""."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _of_statement(statement: ast.stmt, helpers: Collection[str]) -> Iterator[Claim]:
    match statement:
        case ast.Assert(test=test):
            yield from _of_test(test)
        case ast.If(test=ast.Constant(value=value)) | ast.While(test=ast.Constant(value=value)):
            yield from claims_in(statement.body if value else statement.orelse, helpers)
        case ast.For(iter=ast.List(elts=rows) | ast.Tuple(elts=rows)):
            for _ in rows:
                yield from claims_in(statement.body, helpers)
        case ast.Try():
            is_void = any(map(_swallows, statement.handlers))
            yield from [] if is_void else claims_in(statement.body, helpers)
            yield from claims_in([*statement.orelse, *statement.finalbody], helpers)
        case ast.With() | ast.AsyncWith():
            for item in statement.items:
                yield from _of_call(item.context_expr, helpers)
            if not any(map(_suppresses, statement.items)):
                yield from claims_in(statement.body, helpers)
        case _:
            yield from _of_rest(statement, helpers)


def _of_rest(statement: ast.stmt, helpers: Collection[str]) -> Iterator[Claim]:
    for name in ("body", "orelse"):
        yield from claims_in(getattr(statement, name, []), helpers)
    for case in getattr(statement, "cases", []):
        yield from claims_in(case.body, helpers)
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            for node in ast.walk(child):
                yield from _of_call(node, helpers)


def _of_test(test: ast.expr) -> Iterator[Claim]:
    """The parts of `a and b` are claims of their own; `a or b` claims no more than its weakest part."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _of_test(value)
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = [claim for value in values for claim in (list(_of_test(value)) or [Claim(NOTHING)])]
            if all(part.strength for part in parts):
                yield min(parts, key=lambda part: part.strength)
        case _:
            claim = Claim(_strength(test), _tolerance(test))
            if claim.strength:
                yield Claim(WEAK, claim.tolerance) if claim.tolerance >= HUGE else claim


def _strength(test: ast.expr) -> int:
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _of_comparison(left, op, right)
        case ast.Tuple() | ast.Lambda() | ast.JoinedStr() | ast.Dict() | ast.List():
            return NOTHING
        case _ if _is_fixed(test):
            return NOTHING
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return SOME if isinstance(operand, ast.Compare | ast.BoolOp) else EXACT
        case ast.Call() if called(test) in APPROXIMATE:
            return EXACT
    return SOME if isinstance(test, ast.Compare) or called(test) in ("all", "any") else WEAK


def _of_comparison(left: ast.expr, op: ast.cmpop, right: ast.expr) -> int:
    if ast.dump(left) == ast.dump(right):
        return WEAK if any(isinstance(part, ast.Call) for part in ast.walk(left)) else NOTHING
    if _is_fixed(left) and _is_fixed(right):
        return NOTHING
    if called(left) == "len" and isinstance(op, ast.GtE) and isinstance(right, ast.Constant) and right.value == 0:
        return NOTHING
    if isinstance(op, ast.Eq | ast.Is):
        return WEAK if _is_true(left) or _is_true(right) else EXACT
    return WEAK if isinstance(op, ast.NotEq | ast.IsNot) else SOME


def _is_fixed(node: ast.expr) -> bool:
    """Whether nothing that runs has a say in a value."""
    return not any(isinstance(part, ast.Name | ast.Call | ast.Attribute) for part in ast.walk(node))


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _of_call(node: ast.AST, helpers: Collection[str]) -> Iterator[Claim]:
    if not isinstance(node, ast.Call):
        return
    name = called(node)
    if name in RAISING:
        is_broad = not node.args or called(node.args[0]) in BROAD
        yield Claim(WEAK if is_broad else EXACT)
        if any(word.arg == "match" for word in node.keywords) or name.endswith("Regex"):
            yield Claim(SOME)
    elif name == "fail":
        yield Claim(WEAK)
    elif name in WEAK_METHODS | SOME_METHODS:
        if not node.args or not all(map(_is_fixed, node.args)):
            yield Claim(WEAK if name in WEAK_METHODS else SOME)
    elif name in helpers or name.lower().lstrip("_").startswith(VERBS):
        is_exact = name in helpers or name.startswith("assert")
        yield Claim(EXACT if is_exact else SOME, _tolerance(node))


def _tolerance(test: ast.AST) -> float:
    """The largest distance that an approximate comparison allows; 0 where it names none."""
    found = [0.0]
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and (name := called(node)) in APPROXIMATE:
            given = {word.arg: word.value for word in node.keywords if word.arg}
            values = [value for key, value in given.items() if key in TOLERANCES]
            values += node.args[1:2] if name == "approx" else node.args[2:3] if name in BY_POSITION else []
            found += map(_number, values)
            places = given.get("places") or (node.args[2] if name == "assertAlmostEqual" and node.args[2:] else None)
            if isinstance(places, ast.Constant) and isinstance(places.value, int):
                found.append(10.0**-places.value)
    return max(found)


def _number(node: ast.expr) -> float:
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else 0.0


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a failed assertion ends here."""
    names = {called(node) for node in ast.walk(handler.type)} if handler.type else SWALLOWING
    goes_on = any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and called(node) in ("fail", "exit"))
        for statement in handler.body
        for node in ast.walk(statement)
    )
    return bool(names & SWALLOWING) and not goes_on


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call) or called(call) != "suppress":
        return False
    return any(called(argument) in SWALLOWING for argument in call.args)
