"""docs/rules.md names every rule of the gates, and says of each whether a person may answer for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.checks.deductions import POINTS
from tools.checks.findings import SEVERITIES, Finding
from tools.checks.security import FAILING, FAILING_SMELLS, SMELLS, UNPACKING
from tools.checks.verdict import GATES, WAITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
CHECKS = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tools" / "checks").glob("*.py"))]
RULE = re.compile(r"[a-z]+(?:-[a-z]+)*")
SECTIONS = ("A person may answer for these", "These have to be put right", "These are told, or cost points")
ACCEPTABLE = list(Finding.__dataclass_fields__).index("is_acceptable")


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def words(node: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    """The names of rules that an argument may be."""
    for part in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
        value = constants.get(part.id) if isinstance(part, ast.Name) else getattr(part, "value", None)
        if isinstance(value, str) and RULE.fullmatch(value) and value not in SEVERITIES:
            yield value


def is_for_a_person(call: ast.Call) -> bool:
    """Whether a `Finding(...)` may be acceptable."""
    given = [one.value for one in call.keywords if one.arg == "is_acceptable"] + call.args[ACCEPTABLE:]
    return any(not (isinstance(one, ast.Constant) and one.value is False) for one in given)


def rules_of(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Each rule that a check names, and whether a person may answer for it; both where it depends."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    constants = {ast.unparse(node.targets[0]): str(node.value.value) for node in assigned}  # type: ignore[attr-defined]
    makers = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_finding"]
    made = any(is_for_a_person(call) for maker in makers for call in calls(maker) if called(call) == "Finding")
    for call in calls(tree):
        if called(call) == "Finding" and len(call.args) > 2:
            yield from ((rule, is_for_a_person(call)) for rule in words(call.args[2], constants))
        elif called(call) == "_finding":
            yield from ((rule, made) for argument in call.args for rule in words(argument, constants))


def section(title: str) -> set[str]:
    """The names in the first column of the tables below a heading."""
    text = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


SEEN = [found for tree in CHECKS for found in rules_of(tree)]
FOR_A_PERSON = {rule for rule, may in SEEN if may} | FAILING_SMELLS | FAILING | UNPACKING
FOR_A_PERSON |= {f"{gate}{WAITS}" for gate in GATES}
NAMED = {rule for rule, _ in SEEN} | SMELLS.keys() | FOR_A_PERSON


def test_what_a_person_may_answer_for_is_listed_and_nothing_else() -> None:
    assert section(SECTIONS[0]) == FOR_A_PERSON


def test_what_nobody_can_answer_for_is_listed_too() -> None:
    never = section(SECTIONS[1])
    assert never <= {rule for rule, may in SEEN if not may}
    assert never & FOR_A_PERSON == {"import"}


def test_every_rule_of_a_check_is_on_the_page_and_costs_what_it_says() -> None:
    on_page = set().union(*map(section, SECTIONS))
    assert NAMED - on_page == set()
    assert {rule for rule in POINTS if rule.startswith("review-")} <= on_page
    for rule in section(SECTIONS[-1]) & POINTS.keys():
        (row,) = (line for line in PAGE.splitlines() if line.startswith("| `") and f"`{rule}`" in line)
        assert str(POINTS[rule]) in row.split("|")[3].replace(" ", "").split(","), rule
