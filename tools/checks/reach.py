"""What of a change can be seen when the project runs, and which files lead to it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from tools.agents.permission import is_test
from tools.checks.change import Change
from tools.checks.changed_parts import Parts, is_document
from tools.checks.imports import trees_of
from tools.checks.layout import Import, Layout
from tools.checks.test_census import parsed

DATA = {".csv", ".json", ".yaml", ".yml", ".toml", ".sql", ".parquet", ".jinja", ".html", ".css", ".ini", ".db"}
"""Files that code may read without importing anything."""
SETTINGS = {"pyproject.toml", "tox.ini", "pytest.ini", "mypy.ini", "ruff.toml"}
MOST_FILES = 400


def changes_what_runs(change: Change) -> bool:
    """Whether anything differs when the project runs: documents, tests, comments and types do not count."""
    parts = Parts(change)
    others = [one for one in change.files if not one.is_python and one not in parts.around_tests]
    return parts.changes_behaviour or any(not (is_document(one.path) or _is_hidden(one.path)) for one in others)


def _is_hidden(path: str) -> bool:
    """Whether a file tells tools how to treat the project, which the project does not read."""
    place = PurePosixPath(path)
    return place.parts[0].startswith(".") and place.parts[0] not in (".streamlit", ".env")


@dataclass(frozen=True)
class Reach:
    """The files that a change touches, seen from others that import them."""

    change: Change

    @cached_property
    def changed(self) -> frozenset[str]:
        """Every path that is touched, under its old and its new name."""
        return frozenset(path for one in self.change.files for path in (one.path, one.old_path))

    @cached_property
    def touches_data(self) -> bool:
        """Whether a file changed that any code may read."""
        return any(
            PurePosixPath(path).suffix in DATA
            and PurePosixPath(path).name not in SETTINGS
            and not (is_test(path) or _is_hidden(path))
            for path in self.changed
        )

    def reaches(self, path: str) -> bool:
        """Whether a file is changed or imports, over whatever steps, one that is, before or now."""
        return any(self._is_near(path, tree, layout) for tree, layout in self._trees)

    @cached_property
    def _trees(self) -> tuple[tuple[str, Layout], ...]:
        trees = trees_of(self.change)
        return (self.change.tree, trees.now), (self.change.base, trees.before)

    def _is_near(self, start: str, tree: str, layout: Layout) -> bool:
        seen, waiting = {start}, [start]
        while waiting and len(seen) < MOST_FILES:
            path = waiting.pop()
            if path in self.changed:
                return True
            known = parsed(self.change.text(path, tree))
            found = {target for one in _imports(known) for target in _targets(one, path, layout)} if known else set()
            waiting += found - seen
            seen |= found
        return False


def _targets(one: Import, path: str, layout: Layout) -> Iterator[str]:
    """The files an import loads; a page finds what lies beside the folder of pages, too."""
    near = f"{PurePosixPath(path).parent.parent}/{one.module.replace('.', '/')}".lstrip("./")
    target = layout.target(one, path) or layout.at(near)
    part = layout.submodule(target, one.name) if target and one.name else ""
    yield from (found for found in (target, part) if found.endswith(".py"))


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(0, 0, one.name, None, one.name, False, "") for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(0, node.level, node.module or "", one.name, one.name, False, "") for one in node.names)
