"""Ways in which code makes tests pass without doing what they ask: knowing the runner, or their very numbers."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.checks.claims import Function, called
from tools.checks.findings import Finding
from tools.checks.test_census import parsed

RUNNERS = {"pytest", "_pytest", "unittest", "nose"}
RUNNER_VARIABLE = re.compile(r"_?PYTEST_\w+|_called_from_test|COVERAGE_RUN")
KNOWN_BY = {"modules", "argv"}
NO_COVER = re.compile(r"#\s*pragma[:\s]?\s*no\s*(cover|branch)", re.IGNORECASE)
PLAIN_NUMBERS = {-1, 0, 1, 2}
WORD = re.compile(r"[A-Za-z_][\w.-]{0,30}")


@dataclass(frozen=True)
class Asked:
    """What a test asks of a function: values it gives it, and the one it expects."""

    function: str
    given: frozenset[str]
    expected: frozenset[str]


def shortcut_findings(path: str, text: str, added: frozenset[int], asked: Iterable[Asked]) -> Iterator[Finding]:
    """The shortcuts among the added lines of a file that is no test."""
    tree = parsed(text)
    if tree is None:
        return
    for line, what in enumerate(text.splitlines(), 1):
        if line in added and NO_COVER.search(what):
            yield _finding(path, line, "coverage-hidden", "This line is taken out of what the tests have to cover.")
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) in added and _knows_the_runner(node):
            told = "This code behaves differently when tests run, so tests do not show what users get."
            yield _finding(path, getattr(node, "lineno", 0), "knows-the-tests", told)
        elif isinstance(node, Function):
            yield from _hard_coded(path, node, added, [one for one in asked if one.function == node.name])


def _finding(path: str, line: int, rule: str, message: str) -> Finding:
    return Finding(path, line, rule, message, is_acceptable=True)


def _knows_the_runner(node: ast.AST) -> bool:
    parts = list(ast.walk(node))
    words = {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    is_question = isinstance(node, ast.Compare | ast.Subscript) or called(node) in ("get", "getenv", "hasattr")
    if is_question and any(map(RUNNER_VARIABLE.fullmatch, words)):
        return True
    if isinstance(node, ast.Compare) or called(node) in ("get", "any", "endswith"):
        return bool(words & RUNNERS) and any(called(part) in KNOWN_BY for part in parts)
    return False


def _hard_coded(path: str, function: Function, added: frozenset[int], asked: list[Asked]) -> Iterator[Finding]:
    """Answers that are written down for what a test gives, instead of being worked out."""
    if not asked:
        return
    arguments = function.args
    names = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)} - {"self", "cls"}
    expected = frozenset().union(*(one.expected for one in asked))
    answers = list(_answers(function, names))
    is_constant = len(answers) == 0 and _is_one_value(function, names, expected)
    if is_constant and {function.body[-1].lineno} & added:
        told = f"{function.name} gives back the value that its test expects, whatever it is given."
        yield _finding(path, function.body[-1].lineno, "hard-coded-expectation", told)
    for line, given, value in answers:
        if line in added and any(given & one.given and value in one.expected for one in asked):
            told = f"{function.name} has the answer to its test written down: the very value for the very input."
            yield _finding(path, line, "hard-coded-expectation", told)


def _is_one_value(function: Function, names: set[str], expected: frozenset[str]) -> bool:
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    last = function.body[-1]
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    is_alone = bool(names) and not names & used and len(returns) == 1
    return is_alone and isinstance(last, ast.Return) and bool(last.value) and _literal(last.value) in expected - {""}


def _answers(function: Function, names: set[str]) -> Iterator[tuple[int, set[str], str]]:
    """`if x == 3.5: return 7`: the line, what is compared with, and what is given back."""
    for node in ast.walk(function):
        if isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Return):
            test, value = node.test, node.body[0].value
        elif isinstance(node, ast.IfExp):
            test, value = node.test, node.body
        else:
            continue
        given = {literal for literal in _compared(test, names) if literal}
        if value is not None and given and (answer := _literal(value)):
            yield node.lineno, given, answer


def _compared(test: ast.expr, names: set[str]) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            sides = (node.left, node.comparators[0])
            if any(isinstance(part, ast.Name) and part.id in names for side in sides for part in ast.walk(side)):
                for side in sides:
                    yield _literal(side)
                    if isinstance(side, ast.Tuple):
                        yield from map(_literal, side.elts)


def _literal(node: ast.expr | None) -> str:
    """A value that nobody writes by chance, as text; "" for names of things, small whole numbers and nothing."""
    if node is None:
        return ""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""
    if isinstance(value, bool) or not value or (isinstance(value, int | float) and value in PLAIN_NUMBERS):
        return ""
    if isinstance(value, str) and WORD.fullmatch(value):
        return ""
    return repr(value)


def asked_in(text: str, tests: set[str]) -> Iterator[Asked]:
    """What the tests of those names, without their classes, ask of functions: in assertions, and by their cases."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, Function) and node.name in tests:
            rows = [_values(row) for row in _rows(node)]
            for claim in ast.walk(node):
                if isinstance(claim, ast.Assert):
                    yield from _asked_by(claim.test, rows)


def _rows(function: Function) -> Iterator[ast.expr]:
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and called(one) == "parametrize" and len(one.args) > 1:
            yield from getattr(one.args[1], "elts", [])


def _values(node: ast.expr) -> frozenset[str]:
    inner = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
    parts = [node, *inner]
    return frozenset(filter(None, map(_literal, parts)))


def _asked_by(test: ast.expr, rows: list[frozenset[str]]) -> Iterator[Asked]:
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call) and called(node) not in ("approx", "len")]
    every = [node for node in ast.walk(test) if isinstance(node, ast.expr)]
    for call in calls:
        given = frozenset().union(*map(_values, [*call.args, *(word.value for word in call.keywords)]))
        inside = {id(node) for node in ast.walk(call)}
        expected = frozenset(filter(None, (_literal(node) for node in every if id(node) not in inside)))
        yield Asked(called(call), given, expected)
        yield from (Asked(called(call), row, row) for row in rows)
