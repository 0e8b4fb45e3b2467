"""Runs in the box, in Magnus's Python: what a reader of the syntax tree sees that linters do not. It stands alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .injection import called, put_together

Function = ast.FunctionDef | ast.AsyncFunctionDef
RUNNERS = {"pytest", "_pytest", "unittest"}
MARKS_OF_A_TEST = {"PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "PYTEST_VERSION"}
EVERYTHING = {"Exception", "BaseException"}
TELLING = (
    "log", "print", "echo", "warn", "error", "exception", "critical", "debug", "info", "fail", "exit", "report",
    "capture", "record", "notify", "alert", "abort", "secho", "write", "append", "put", "send", "set_exception", "add",
)  # fmt: skip
"""How calls are named by which somebody hears of an error."""


def smells(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Each with its lines, its rule and a key that stays the same where code is only moved."""
    nodes = list(ast.walk(tree))
    yield from _swallowed(nodes)
    yield from _knows_tests(nodes)
    for node, rule, line in put_together(nodes):
        yield {**_smell(node, rule, [node]), "line": line}
    yield from _undocumented(tree)


def _swallowed(nodes: list[ast.AST]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if isinstance(node, ast.Try | ast.TryStar):
            for handler in node.handlers:
                if rule := _silence(handler, node.body):
                    yield _smell(handler, rule, [*node.body, handler])
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and called(call) == "suppress" and _names(call.args) & EVERYTHING:
                    yield _smell(node, "swallowed", [node])


def _knows_tests(nodes: list[ast.AST]) -> Iterator[dict[str, Any]]:
    """Where code asks whether a test is running, to do something else then."""
    for node in nodes:
        is_mark = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in MARKS_OF_A_TEST
        is_asked = isinstance(node, ast.Compare) and "modules" in _names(node.comparators)
        if is_mark or (is_asked and any(getattr(one, "value", None) in RUNNERS for one in ast.walk(node))):
            yield _smell(node, "knows-tests", [node])


def _silence(handler: ast.ExceptHandler, body: list[ast.stmt]) -> str:
    """Whether everything is caught and nothing heard of it ("swallowed"), or one kind ("passed-over"), or neither."""
    inner = [node for statement in handler.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Raise) or _is_kept(node) for node in inner):
        return ""
    if handler.name and any(isinstance(node, ast.Name) and node.id == handler.name for node in inner):
        return ""
    calls = [called(node).lower() for node in inner if isinstance(node, ast.Call)]
    if any(call.startswith(TELLING) or call.endswith(TELLING) for call in calls):
        return ""
    if handler.type is None or _names([handler.type]) & EVERYTHING:
        return "" if _only_imports(body) else "swallowed"
    return "passed-over" if all(_is_nothing(one) for one in handler.body) and len(body) > 1 else ""


def _is_kept(node: ast.AST) -> bool:
    """Whether something is written down that outlives the function: a counter, a field, an entry."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return isinstance(node, ast.AugAssign) or any(isinstance(one, ast.Attribute | ast.Subscript) for one in targets)


def _only_imports(body: list[ast.stmt]) -> bool:
    return all(isinstance(one, ast.Import | ast.ImportFrom) for one in body)


def _is_nothing(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Pass)


def _names(nodes: list[ast.expr]) -> set[str]:
    inner = (node for one in nodes for node in ast.walk(one))
    return {getattr(node, "id", getattr(node, "attr", "")) for node in inner}


def _undocumented(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Public functions and classes, with whether they say what they are for; what no reader looks for is left out."""
    for node, owner in _public(tree, ""):
        rule = "documented" if ast.get_docstring(node) else "docstring"
        if rule == "documented" or not _is_tiny(node):
            yield {"line": node.lineno, "last": node.lineno, "rule": rule, "key": f"{owner}{node.name}"}


def _public(tree: Any, owner: str) -> Iterator[tuple[Any, str]]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            if not any(_names([one]) & {"overload", "override", "setter", "property"} for one in node.decorator_list):
                yield node, owner
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{node.name}.")


def _is_tiny(node: Any) -> bool:
    """A class of nothing, as errors are, or a method that others describe."""
    return len(node.body) == 1 and isinstance(node.body[0], ast.Pass | ast.Expr)


def _smell(node: Any, rule: str, parts: list[Any]) -> dict[str, Any]:
    key = "".join(ast.dump(part) for part in parts)
    return {"line": node.lineno, "last": node.end_lineno or node.lineno, "rule": rule, "key": key[:4000]}


def look(path: str) -> Any:
    """What one file smells of; None where this Python cannot read it."""
    try:
        return list(smells(ast.parse(Path(path).read_bytes(), path)))
    except (SyntaxError, ValueError, RecursionError, MemoryError, FileNotFoundError):
        return None


def main(job: Any) -> Any:
    """The answer to a job."""
    sys.setrecursionlimit(10_000)
    return {"files": {name: look(path) for name, path in job["files"].items()}}
