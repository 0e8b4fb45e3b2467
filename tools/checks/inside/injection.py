"""SQL and shell commands that are put together from values, found in a syntax tree. It stands alone."""

import ast
import re
from collections.abc import Iterator
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Part = str | ast.expr
"""A text that is put together is what is written out, and the values between."""
Found = tuple[ast.expr, str, int]
"""What is run, what is wrong with it, and the line where its text begins."""

RUNNERS = {
    "execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query", "fetch", "fetchrow", "fetchval",
    "fetchall", "fetchone", "text", "mogrify", "scalar", "scalars", "query", "exec_driver_sql", "run_query",
}  # fmt: skip
SHELLS = {"create_subprocess_shell", "getoutput", "getstatusoutput", "system", "popen"}
SHELL_OWNERS = {"os", "subprocess", "asyncio", "sp"}
SAFE_CALLS = {
    "int", "float", "len", "bool", "join", "Identifier", "quote_ident", "quote_identifier", "quote_name", "quote",
    "identifier", "placeholder", "placeholders",
}  # fmt: skip
THROUGH = {"text", "dedent", "strip", "cleandoc", "SQL"}
"""Calls that leave a text as it is."""
ANY_SQL = re.compile(
    r"\b(select|insert\s+into|update|delete\s+from|where|order\s+by|group\s+by|values|drop|alter|create|union|limit)\b",
    re.IGNORECASE,
)
SURE_SQL = re.compile(
    r"\s*(WITH\s.*)?(SELECT\s.*\sFROM\s|INSERT\s+INTO\s|UPDATE\s.*\sSET\s|DELETE\s+FROM\s)", re.DOTALL
)
MOST_PARTS = 200
VALUE_PLACE = re.compile(r"(['\"]%?|[=<>]\s*|\blike\s+|\bin\s*\(\s*|\bvalues\s*\(\s*|\bbetween\s+)$", re.IGNORECASE)
PERCENT = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[sdrifgxa]")
BRACES = re.compile(r"\{[^{}]*\}")


def put_together(nodes: list[ast.AST]) -> Iterator[Found]:
    """Where a statement is built from values: "sql-values", "sql-names" for what is no value, or "shell-values"."""
    for scope in (node for node in nodes if isinstance(node, ast.Module | Function)):
        yield from _Scope().read(scope)


class _Scope:
    """The texts that the names of one function stand for, as it is read from top to bottom."""

    def __init__(self) -> None:
        self.made: dict[str, list[Part]] = {}
        self.lines: dict[str, int] = {}
        self.asked: list[ast.IfExp] = []

    def read(self, scope: ast.AST) -> Iterator[Found]:
        for node in _own(scope):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
                self._remember(node)
            if isinstance(node, ast.Call) and node.args:
                yield from self._called(node)
            elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
                parts = self.parts(node)
                if SURE_SQL.match(_written(parts)) and "value" in self._places(parts):
                    yield node, "sql-values", node.lineno

    def _remember(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        assert node.value is not None
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                earlier = self.made.get(target.id, []) if isinstance(node, ast.AugAssign) else []
                self.lines[target.id] = self.lines.get(target.id, node.lineno) if earlier else node.lineno
                self.made[target.id] = [*earlier, *self.parts(node.value)][:MOST_PARTS]

    def _called(self, call: ast.Call) -> Iterator[Found]:
        name, parts = called(call), self.parts(call.args[0])
        places = self._places(parts)
        begins = min([call.lineno, *(self.lines[one] for one in _names(call.args[0]) if one in self.lines)])
        is_text = any(isinstance(part, str) for part in parts)
        if name in RUNNERS and places and ANY_SQL.search(_written(parts)):
            yield call, "sql-values" if "value" in places else "sql-names", begins
        elif name in SHELLS and is_text and places and _owner(call) in SHELL_OWNERS:
            yield call, "shell-values", begins

    def _places(self, parts: list[Part]) -> set[str]:
        """Where the unsafe values of a text stand: as a "value", or as a "name" of a table or column."""
        found, written = set(), ""
        for part in parts:
            if isinstance(part, str):
                written += part
            elif not self._is_safe(part):
                found.add("value" if VALUE_PLACE.search(written) else "name")
                written += "?"
            else:
                written += "0"
        return found

    def parts(self, node: ast.expr) -> list[Part]:
        """A text taken apart."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [node]
        if isinstance(node, ast.JoinedStr):
            return [part for one in node.values for part in self._inner(one)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self.parts(node.left), *self.parts(node.right)]
        if isinstance(node, ast.Name) and node.id in self.made:
            return self.made[node.id]
        return self._formatted(node)

    def _formatted(self, node: ast.expr) -> list[Part]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return self._filled(PERCENT, node.left, _given(node.right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and called(node) == "format":
            return self._filled(BRACES, node.func.value, [*node.args, *(word.value for word in node.keywords)])
        if isinstance(node, ast.Call) and called(node) in THROUGH:
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            return [node] if inner is None else self.parts(inner)
        return [node]

    def _inner(self, part: ast.expr) -> list[Part]:
        return self.parts(part.value) if isinstance(part, ast.FormattedValue) else self.parts(part)

    def _filled(self, gaps: re.Pattern[str], text: ast.expr, given: list[ast.expr]) -> list[Part]:
        """What is written around the gaps of a text, with the values that fill them, as far as both go."""
        pattern = self.parts(text)
        if not all(isinstance(part, str) for part in pattern):
            return [*pattern, *given]
        pieces = gaps.split(_written(pattern))
        found: list[Part] = [pieces[0]]
        for number, piece in enumerate(pieces[1:]):
            found += [given[min(number, len(given) - 1)]] if given else []
            found.append(piece)
        return found

    def _is_safe(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return called(node) in SAFE_CALLS
        if isinstance(node, ast.IfExp):
            return self._is_safe_choice(node)
        last = getattr(node, "id", getattr(node, "attr", ""))
        return isinstance(node, ast.Constant) or last.isupper() or last in ("__tablename__", "__name__")

    def _is_safe_choice(self, node: ast.IfExp) -> bool:
        """A name that may keep what it had leads back here, and decides nothing then."""
        if node in self.asked:
            return True
        self.asked.append(node)
        is_safe = all(self._is_safe_text(one) for one in (node.body, node.orelse))
        self.asked.remove(node)
        return is_safe

    def _is_safe_text(self, node: ast.expr) -> bool:
        return all(isinstance(part, str) or self._is_safe(part) for part in self.parts(node))


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _owner(call: ast.Call) -> str:
    return str(getattr(getattr(call.func, "value", None), "id", ""))


def _names(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _written(parts: list[Part]) -> str:
    return "".join(part if isinstance(part, str) else "?" for part in parts)


def _given(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Tuple):
        return list(node.elts)
    return list(node.values) if isinstance(node, ast.Dict) else [node]


def _own(scope: ast.AST) -> Iterator[Any]:
    """The nodes of a scope from top to bottom, without those of functions in it."""
    left = list(ast.iter_child_nodes(scope))[::-1]
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, APART):
            left += list(ast.iter_child_nodes(node))[::-1]
