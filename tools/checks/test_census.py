"""The tests of a file as they are written, found without running anything."""

import ast
import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod

from tools.checks.claims import Claim, Function, called, claims_in

SKIPS = {"skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure"}
SKIPPING_CALLS = {"skip", "xfail", "importorskip", "skipTest", "SkipTest", "exit", "_exit"}


@dataclass(frozen=True)
class Written:
    """One test: `name` is `Class::test`, `digest` its body without its docstring, `skips` what may skip it.

    `claims` are counted once for each case. `shape` is the digest without the constants of its assertions and cases,
    `wordless` the digest without what messages of errors have to say.
    """

    name: str
    line: int
    source: str
    digest: str
    shape: str
    wordless: str
    claims: tuple[Claim, ...]
    skips: frozenset[str]
    is_collectible: bool

    @property
    def strengths(self) -> list[int]:
        """How much it claims, most first."""
        return sorted((claim.strength for claim in self.claims), reverse=True)

    @property
    def tolerance(self) -> float:
        """The largest distance that one of its claims allows."""
        return max((claim.tolerance for claim in self.claims), default=0.0)


def parsed(text: str | None) -> ast.Module | None:
    """The tree of a Python text, None where it has none; the first gate says what is wrong with it."""
    try:
        return ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError):
        return None


def census(text: str | None, helpers: Collection[str] = ()) -> dict[str, Written]:
    """The tests of a file by name; of two with one name the later, which is the one that runs."""
    tree = parsed(text)
    if tree is None:
        return {}
    known = {*helpers, *claiming(tree)}
    skips = frozenset(_marks(tree.body) | _calls_outside(tree.body))
    found = _tests(tree.body, "", skips, is_collectible=True)
    return {name: _written(name, node, known, given, is_seen) for name, node, given, is_seen in found}


def claiming(tree: ast.Module) -> set[str]:
    """The functions of a file that are no tests and assert something for whoever calls them."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return {node.name for node in functions if not node.name.startswith("test") and any(claims_in(node.body))}


def _tests(
    body: list[ast.stmt], above: str, skips: frozenset[str], *, is_collectible: bool
) -> Iterator[tuple[str, Function, frozenset[str], bool]]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name.startswith("test") and not _is_fixture(node):
                yield f"{above}{node.name}", node, skips, is_collectible
            case ast.ClassDef():
                given = skips | _decorations(node) | _marks(node.body)
                is_seen = node.name.startswith("Test") or any("TestCase" in called(base) for base in node.bases)
                yield from _tests(node.body, f"{above}{node.name}::", given, is_collectible=is_seen and is_collectible)
            case ast.If() | ast.Try():
                yield from _tests(node.body, above, skips, is_collectible=False)
                yield from _tests(node.orelse, above, skips, is_collectible=False)


def _is_fixture(node: Function) -> bool:
    return any("fixture" in called(decorator) for decorator in node.decorator_list)


def _written(name: str, node: Function, helpers: Collection[str], skips: frozenset[str], is_seen: bool) -> Written:
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    parts: list[ast.AST] = [node.args, *node.decorator_list, *body]
    return Written(
        name=name,
        line=node.lineno,
        source=ast.unparse(ast.Module(body=body, type_ignores=[])),
        digest="\n".join(map(ast.dump, parts)),
        shape="\n".join(_shape(part) for part in parts),
        wordless="\n".join(ast.dump(Wordless().visit(copy.deepcopy(part))) for part in parts),
        claims=tuple(claims_in(body, helpers)) * _cases(node),
        skips=skips | _decorations(node) | _skipping_calls(body),
        is_collectible=is_seen,
    )


def _shape(part: ast.AST) -> str:
    """An assertion or a list of cases without its constants; any other statement as it stands."""
    is_claim = called(part) == "parametrize" or any(isinstance(node, ast.Assert | ast.With) for node in ast.walk(part))
    blanked = Blank().visit(ast.parse(ast.unparse(part))) if is_claim else part
    return ast.dump(blanked)


class Blank(ast.NodeTransformer):
    """Puts one constant in the place of all, and takes the sign away from numbers."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(value=0)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.USub | ast.UAdd) else node


class Wordless(ast.NodeTransformer):
    """Takes out the words that `pytest.raises` wants to find in a message."""

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return ast.keyword(arg="match", value=ast.Constant(value="")) if node.arg == "match" else node


def _cases(node: Function) -> int:
    """How many cases its parameters make, as far as they are written out."""
    lists = [one.args[1] for one in node.decorator_list if isinstance(one, ast.Call) and _is_parametrize(one)]
    return prod(len(cases.elts) for cases in lists if isinstance(cases, ast.List | ast.Tuple))


def _is_parametrize(call: ast.Call) -> bool:
    return called(call) == "parametrize" and len(call.args) > 1


def _decorations(node: Function | ast.ClassDef) -> set[str]:
    return {ast.unparse(one) for one in node.decorator_list if called(one) in SKIPS}


def _marks(body: list[ast.stmt]) -> set[str]:
    """`pytestmark = pytest.mark.skip` and the like, and `__test__ = False`."""
    found = set()
    for node in body:
        if isinstance(node, ast.Assign) and any(called(target) == "pytestmark" for target in node.targets):
            found |= {ast.unparse(part) for part in ast.walk(node.value) if called(part) in SKIPS}
        if isinstance(node, ast.Assign) and any(called(target) == "__test__" for target in node.targets):
            found.add(ast.unparse(node))
    return found


def _calls_outside(body: list[ast.stmt]) -> set[str]:
    """Skips of a whole file; functions and classes are looked at by themselves."""
    outside = [node for node in body if not isinstance(node, Function | ast.ClassDef)]
    return set(_skipping_calls(outside))


def _skipping_calls(body: list[ast.stmt]) -> frozenset[str]:
    calls = (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Call))
    return frozenset(ast.unparse(node) for node in calls if called(node) in SKIPPING_CALLS)
