"""Runs in the box, in the project's own Python: what files import and define. Nothing of the project is run by it.

It stands alone, on the oldest Python a project may have.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
QUIET_CALLS = (
    "sys.path.", "warnings.", "logging.", "load_dotenv", "dotenv.", "os.environ.", "matplotlib.use", "mpl.use",
    "django.setup", "pytest.", "np.", "pd.", "locale.", "register", "sqlalchemy.", "structlog.",
)  # fmt: skip
"""Calls at the top of a module that only prepare it; another one makes it a script."""


class Reader:
    """The statements of one module: `lazy` in a function, `guard` what may keep them from running."""

    def __init__(self) -> None:
        self.imports: list[list[Any]] = []
        self.names: set[str] = set()
        self.is_open = False
        self.acts = False

    def read(self, body: Iterable[ast.stmt], lazy: bool = False, guard: str = "") -> None:
        for node in body:
            self._import(node, lazy, guard)
            if not lazy:
                self._bind(node, guard)
            for inner, is_lazy, inner_guard in _inside(node):
                self.read(inner, lazy or is_lazy, inner_guard or guard)

    def _import(self, node: ast.stmt, lazy: bool, guard: str) -> None:
        if isinstance(node, ast.Import):
            for one in node.names:
                self.imports.append([node.lineno, 0, one.name, None, one.asname or one.name, lazy, guard])
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for one in node.names:
                told = [node.lineno, node.level or 0, module, one.name, one.asname or one.name, lazy, guard]
                self.imports.append(told)

    def _bind(self, node: ast.stmt, guard: str) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.names.add(node.name)
            self.is_open = self.is_open or node.name == "__getattr__"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.is_open = self.is_open or any(one.name == "*" for one in node.names)
            self.names.update((one.asname or one.name).split(".")[0] for one in node.names)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = _dotted(node.value.func)
            self.acts = self.acts or (guard != "main" and not called.startswith(QUIET_CALLS))
        else:
            for part in ast.iter_child_nodes(node):
                if not isinstance(part, ast.stmt):
                    self.names.update(_stored(part))


def _stored(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _inside(node: Any) -> Iterator[tuple[list[ast.stmt], bool, str]]:
    """The blocks of a statement: whether they run later, and what may keep them from running."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.body, True, ""
    elif isinstance(node, ast.ClassDef):
        yield [one for one in node.body if not isinstance(one, ast.Expr)], True, ""
    elif isinstance(node, ast.If):
        yield node.body, False, _condition(node.test)
        yield node.orelse, False, "if"
    elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        yield node.body, False, "try" if _catches_imports(node) else ""
        for handler in node.handlers:
            yield handler.body, False, "try"
        yield node.orelse, False, ""
        yield node.finalbody, False, ""
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        is_suppressed = any("suppress" in ast.dump(item.context_expr) for item in node.items)
        yield node.body, False, "try" if is_suppressed else ""
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        yield node.body, False, ""
        yield node.orelse, False, ""
    elif type(node).__name__ == "Match":
        for case in node.cases:
            yield case.body, False, "if"


def _condition(test: ast.expr) -> str:
    told = ast.dump(test)
    if "TYPE_CHECKING" in told:
        return "typing"
    return "main" if "__main__" in told else "if"


def _catches_imports(node: Any) -> bool:
    caught = [one for handler in node.handlers for one in ast.walk(handler.type or ast.Name("Exception", ast.Load()))]
    return any(getattr(one, "id", getattr(one, "attr", "")) in IMPORT_ERRORS for one in caught)


def _dotted(node: ast.AST) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([getattr(node, "id", "?"), *reversed(parts)])


def _uses(nodes: list[ast.AST], imports: list[list[Any]]) -> list[list[Any]]:
    """Attributes that are read of what was imported: the first line, the name it goes by, the attribute."""
    known = {one[4] for one in imports}
    found: dict[tuple[str, str], int] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _dotted(node.value) in known:
            found.setdefault((_dotted(node.value), node.attr), node.lineno)
    return [[line, *names] for names, line in found.items()]


def _is_open(nodes: list[ast.AST]) -> bool:
    """Whether it gives itself names in a way that cannot be read."""
    return any(
        (isinstance(node, ast.Name) and node.id in ("globals", "exec"))
        or (isinstance(node, ast.Attribute) and node.attr == "modules" and getattr(node.value, "id", "") == "sys")
        for node in nodes
    )


def facts(path: str, is_old: bool = False) -> dict[str, Any]:
    """What one file imports and defines, or where and why it is no Python; of an old one not what it uses."""
    source = Path(path).read_bytes()
    try:
        tree = ast.parse(source, path)
        compile(source, path, "exec", dont_inherit=True)
        reader = Reader()
        reader.read(tree.body)
    except BROKEN as error:
        message = getattr(error, "msg", None) or str(error) or type(error).__name__
        return {"error": {"line": getattr(error, "lineno", 0) or 0, "message": message}}
    is_plain = is_old and not any(word in source for word in (b"global", b"exec", b"sys.modules"))
    nodes = [] if is_plain else list(ast.walk(tree))
    reader.names.update(name for node in nodes if isinstance(node, ast.Global) for name in node.names)
    return {
        "imports": reader.imports,
        "names": sorted(reader.names),
        "is_open": reader.is_open or _is_open(nodes),
        "acts": reader.acts,
        "uses": [] if is_old else _uses(nodes, reader.imports),
    }


def main(job: Any) -> Any:
    """The answer to a job."""
    warnings.simplefilter("ignore")
    old = set(job.get("old", []))
    told = {name: facts(path, name in old) for name, path in job["files"].items()}
    return {"python": ".".join(str(part) for part in sys.version_info[:3]), "files": told}
