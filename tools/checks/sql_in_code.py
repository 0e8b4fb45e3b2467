"""SQL that stands in the Python of a project: its queries by the function they are in, and what makes its tables."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.agents.permission import is_test
from tools.checks.before import blobs
from tools.checks.change import Change
from tools.checks.claims import Function, called
from tools.checks.test_census import parsed
from tools.code.git import WORKING

QUERY = re.compile(r"^\s*(SELECT|WITH|UPDATE|DELETE\s+FROM|INSERT\s+INTO)\b", re.IGNORECASE)
MAKES = re.compile(r"\bCREATE\s+(?:TEMP\w*\s+|UNLOGGED\s+)?(TABLE|VIEW|(?:UNIQUE\s+)?INDEX)\b", re.IGNORECASE)
PLACEHOLDERS = re.compile(r"%\((\w+)\)s|%s|(?<![:\w]):([A-Za-z_]\w*)|(?<![?\w])\?(?![?|&])|\$\d+")
STRINGS = re.compile(r"('(?:[^']|'')*')")
ASKS = {"execute", "read_sql", "read_sql_query", "fetchval", "fetchrow", "fetch_one", "fetch_all", "scalars", "scalar"}
MOST_FILES = 300
PORTIONS = re.compile(r"chunk|batch|page|portion|retr(y|ies)|attempt|\bIN\s*\(|\bANY\b|OFFSET|LIMIT", re.IGNORECASE)
LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Query:
    """One statement: `place` names its file, its function and which one of several it is there."""

    path: str
    line: int
    place: str
    sql: str


@dataclass(frozen=True)
class Sql:
    """All the SQL of a tree; `schema` are single statements in their order."""

    queries: Mapping[str, Query]
    schema: tuple[str, ...]
    is_sqlite: bool


def sql_of(change: Change, tree: str) -> Sql:
    """The SQL in the Python files of a tree, those of its tests left out."""
    paths = [path for path in _speaking(change, tree, r"SELECT|CREATE|UPDATE|DELETE|INSERT") if not is_test(path)]
    texts = {path: text.decode(errors="replace") for path, text in blobs(change, tree, paths[:MOST_FILES]).items()}
    queries: dict[str, Query] = {}
    schema: list[str] = []
    for path, text in texts.items():
        queries |= {one.place: one for one in queries_in(path, text)}
        schema += [statement for words in _texts(text) if MAKES.search(words) for statement in statements(words)]
    return Sql(queries, tuple(schema), bool(_speaking(change, tree, r"import sqlite3|sqlite://|aiosqlite")))


def _speaking(change: Change, tree: str, pattern: str) -> list[str]:
    shown = ("grep", "-l", "-z", "-i", "-E", "-I", "--full-name", "--no-textconv", "-e", pattern, tree)
    found = change.git.run(*shown, "--", "*.py", may_end=(0, 1), bounds=WORKING).out
    names = (name.decode(errors="surrogateescape").partition(":")[2] for name in found.split(b"\0")[:-1])
    return [name for name in names if name.startswith(change.prefix)]


def queries_in(path: str, text: str) -> Iterator[Query]:
    """The queries of a module, each with the function it stands in."""
    tree = parsed(text)
    counted: dict[str, int] = {}
    for scope, node in _scoped(tree, "") if tree else ():
        words = _text(node)
        if words is not None and QUERY.match(words) and len(words.split()) > 2:
            counted[scope] = counted.get(scope, 0) + 1
            yield Query(path, getattr(node, "lineno", 0), f"{path}::{scope}::{counted[scope]}", words)


def _texts(text: str) -> Iterator[str]:
    tree = parsed(text)
    yield from (words for _, node in (_scoped(tree, "") if tree else ()) if (words := _text(node)) is not None)


def _scoped(node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
    """Every expression with the function or the name of the module it belongs to; docstrings are none."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, Function | ast.ClassDef):
            yield from _scoped(child, f"{scope}.{child.name}".lstrip("."))
        elif isinstance(child, ast.Assign) and not scope:
            yield from _scoped(child, ast.unparse(child.targets[0]))
        elif _text(child) is not None:
            yield scope, child
        else:
            yield from _scoped(child, scope)


def _text(node: ast.AST) -> str | None:
    """A text that is written out, in one piece or in several."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return left + right if left is not None and right is not None else None
    return None


def statements(script: str) -> list[str]:
    """The statements of a script that make tables, views and indexes.

    >>> statements("CREATE TABLE t (a int); -- it's one\\nINSERT INTO t VALUES (1); CREATE INDEX i ON t (a)")
    ['CREATE TABLE t (a int)', 'CREATE INDEX i ON t (a)']
    """
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", "", script, flags=re.DOTALL)
    return [one.strip() for one in plain.split(";") if MAKES.search(one)]


def spelled(sql: str, numbered: bool) -> str:
    """A query whose open values are written `$1` for Postgres, `?` otherwise.

    >>> spelled("SELECT a FROM t WHERE b = %(b)s AND c = ? AND d = ':e'", True)
    "SELECT a FROM t WHERE b = $1 AND c = $2 AND d = ':e'"
    """
    known: dict[str, int] = {}

    def put(match: re.Match[str]) -> str:
        name = match[1] or match[2] or f"\0{len(known)}"
        known.setdefault(name, len(known) + 1)
        return f"${known[name]}" if numbered else "?"

    parts = STRINGS.split(sql.strip().rstrip(";"))
    return "".join(part if part.startswith("'") else PLACEHOLDERS.sub(put, part) for part in parts).replace("%%", "%")


@dataclass(frozen=True)
class Asks:
    """Where one function asks a database: lines to which a loop comes each time, and how often outside of loops."""

    repeated: tuple[int, ...]
    once: int


def asks_of(text: str | None) -> dict[str, Asks]:
    """The questions of each function of a module; those of a loop that goes by portions count as asked once."""
    tree = parsed(text) if text else None
    found: dict[str, Asks] = {}
    for function in ast.walk(tree) if tree else ():
        if isinstance(function, Function):
            loops = [node for node in ast.walk(function) if isinstance(node, LOOPS) and not _is_portioned(node)]
            again = {id(call): call.lineno for loop in loops for part in _repeated(loop) for call in _asks(part)}
            every = list(_asks(function))
            found[function.name] = Asks(tuple(sorted(set(again.values()))), len(every) - len(again))
    return found


def _is_portioned(loop: ast.AST) -> bool:
    """Whether a loop asks for many rows at a time, or for the same again after a failure."""
    return bool(PORTIONS.search(ast.unparse(loop)))


def _repeated(loop: ast.AST) -> Iterator[ast.AST]:
    """What a loop does each time; what it goes through is asked for once."""
    match loop:
        case ast.For() | ast.AsyncFor() | ast.While():
            yield from loop.body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield loop.elt
        case ast.DictComp():
            yield loop.value


def _asks(node: ast.AST) -> Iterator[ast.Call]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and called(one) in ASKS:
            words = next((_text(arg) for arg in one.args[:1]), None)
            if re.match(r"^\s*(SELECT|WITH)\b", words or "", re.IGNORECASE) or called(one).startswith("read_sql"):
                yield one
