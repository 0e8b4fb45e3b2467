"""What a comparison decides where its two sides are equal: often nothing, and then no test can tell `<` from `<=`."""

import ast
import copy
from collections.abc import Sequence

LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def is_same_there(statement: ast.stmt, after: Sequence[ast.stmt], node: ast.Compare) -> bool:
    """Whether both ways do the same where the sides of a comparison are equal, as in `if price < low: price = low`.

    `statement` is where it stands, `after` what follows in the same block. Who wins a tie, as in `if new > best: best,
    name = new, other`, is the same to us.
    """
    if len(node.ops) != 1:
        return False
    edge = Edge(node)
    for one in ast.walk(statement):
        if isinstance(one, ast.IfExp) and _decides(one.test, node):
            return edge.told([one.body]) == edge.told([one.orelse])
    if not isinstance(statement, ast.If) or not _decides(statement.test, node):
        return False
    if not statement.orelse and not isinstance(statement.body[-1], LEAVES):
        return edge.keeps(statement.body)
    return edge.told(statement.body) == edge.told(statement.orelse or after[: len(statement.body)])


def _decides(test: ast.expr, node: ast.Compare) -> bool:
    return test is node or (isinstance(test, ast.BoolOp) and any(one is node for one in test.values))


class Edge(ast.NodeTransformer):
    """Reads code as it is on the edge, where the right side is the left one."""

    def __init__(self, node: ast.Compare) -> None:
        self.left, right = node.left, node.comparators[0]
        self.right, self.number = ast.unparse(right), number_of(right)
        self.is_tie = self.number is None and number_of(self.left) is None

    def visit(self, node: ast.AST) -> ast.AST:
        """The left side in the place of the right one, wherever that stands."""
        if isinstance(node, ast.expr) and self._is_right(node):
            return self.left
        read: ast.AST = super().visit(node)
        return read

    def _is_right(self, node: ast.expr) -> bool:
        number = number_of(node)
        return ast.unparse(node) == self.right or (number is not None and number == self.number)

    def told(self, parts: Sequence[ast.AST]) -> list[str]:
        """The words of some code on the edge."""
        return [ast.unparse(self.visit(copy.deepcopy(one))) for one in parts]

    def keeps(self, body: Sequence[ast.stmt]) -> bool:
        """Whether a block leaves everything as it is there; of a tie, whether it leaves the better one."""
        kept = [self._is_kept(target, value) for one in body for target, value in _assigned(one)]
        return all(_assigned(one) for one in body) and all(kept) if not self.is_tie else any(kept)

    def _is_kept(self, target: ast.expr, value: ast.expr) -> bool:
        return self.told([target]) == self.told([value])


def _assigned(statement: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """Each target of an assignment with its value."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            return list(zip(targets, values, strict=False))
        case ast.Assign(targets=[target], value=value):
            return [(target, value)]
    return []


def number_of(node: ast.AST) -> float | None:
    """The number that is written there, None where something else is."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_of(node.operand)
        return None if inner is None else -inner
    value = getattr(node, "value", None)
    is_number = isinstance(node, ast.Constant) and isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else None
