"""Runs inside the box: which of the changed statements each test runs, by a call that is put before each of them.

A tracer looks at every line of a changed file, and made some suites three times as slow; this costs where a changed
statement runs. There is no `from __future__` here on purpose: what `compile` is given would inherit it.
"""

import ast
import builtins
from typing import Any

COUNT = "__magnus_hit__"
Block = list[ast.stmt]


class Hits:
    """The tests that ran each line of some files; `now` is the test that runs."""

    def __init__(self, added: dict[str, list[int]]) -> None:
        self.added = {path: frozenset(lines) for path, lines in added.items()}
        self.paths = list(added)
        self.seen: dict[str, dict[int, set[str]]] = {path: {} for path in added}
        self.now = ""

    def hit(self, number: int, *lines: int) -> None:
        """Count statements that run now."""
        seen = self.seen[self.paths[number]]
        for line in lines:
            seen.setdefault(line, set()).add(self.now)

    def install(self) -> None:
        """Count in everything that is compiled from now on, whoever asks for it."""
        setattr(builtins, COUNT, self.hit)
        original: Any = builtins.compile

        def compile_counted(
            source: Any,
            filename: Any,
            mode: str,
            flags: int = 0,
            dont_inherit: bool = False,
            optimize: int = -1,
            **more: Any,
        ) -> Any:
            is_text = not isinstance(source, ast.AST)
            is_ours = isinstance(filename, str) and filename in self.added and mode == "exec"
            if is_ours and not flags & ast.PyCF_ONLY_AST:
                only_tree = flags | ast.PyCF_ONLY_AST
                tree = original(source, filename, mode, only_tree, True, optimize) if is_text else source
                source = self.counted(tree, filename)
            return original(source, filename, mode, flags, dont_inherit, optimize, **more)

        builtins.compile = compile_counted

    def counted(self, tree: Any, path: str) -> Any:
        """A module with a call before each changed statement."""
        self._count_in(tree, path)
        return ast.fix_missing_locations(tree)

    def _count_in(self, node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            self._count_in(child, path)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, name, self._block(node, block, path, is_body=name == "body"))

    def _block(self, node: ast.AST, block: Block, path: str, *, is_body: bool) -> Block:
        """The first statements may have to stay first: a docstring, and what changes how the rest is read."""
        late = self._call(_opening(node), 0, path, block[0]) if is_body else []
        counted: Block = []
        is_head = True
        for position, statement in enumerate(block):
            is_head = is_head and _is_head(node, statement, position)
            call = self._call(_begins(statement), _last(statement), path, statement)
            if is_head:
                counted.append(statement)
                late += call
            else:
                counted += [*late, *call, statement]
                late = []
        return [*counted, *late]

    def _call(self, lines: list[int], last: int, path: str, place: ast.stmt) -> Block:
        """The call that counts these lines, if the change touches one of them or one up to the last."""
        span = range(min(lines, default=1), max([*lines, last]) + 1) if lines else ()
        if not self.added[path].intersection(span):
            return []
        numbers: list[ast.expr] = [ast.Constant(value=value) for value in (self.paths.index(path), *lines)]
        call = ast.Call(func=ast.Name(id=COUNT, ctx=ast.Load()), args=numbers, keywords=[])
        return [ast.copy_location(ast.Expr(value=ast.copy_location(call, place)), place)]


def _is_head(node: ast.AST, statement: ast.stmt, position: int) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)
    has_docstring = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return (position == 0 and is_text and has_docstring) or is_future


def _begins(statement: ast.stmt) -> list[int]:
    """The lines that count as run when a statement runs: its first, and those of its decorators."""
    return [*(one.lineno for one in getattr(statement, "decorator_list", [])), statement.lineno]


def _last(statement: ast.stmt) -> int:
    """Its last line, or the last before its first inner statement."""
    inner: Any = getattr(statement, "body", None)
    return int(inner[0].lineno) - 1 if inner else statement.end_lineno or statement.lineno


def _opening(node: ast.AST) -> list[int]:
    """`except` and `case` are lines that run, and no statements of their own."""
    if isinstance(node, ast.ExceptHandler):
        return [node.lineno]
    pattern: Any = getattr(node, "pattern", None)
    return [pattern.lineno] if pattern is not None else []
