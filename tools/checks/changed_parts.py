"""The files of a change by what they are to its tests: code, tests, what tests need, and what does not concern them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from tools.agents.permission import is_test
from tools.checks.change import Change, ChangedFile
from tools.checks.claims import Function
from tools.checks.guarded import PYTHON
from tools.checks.tampering import Tests
from tools.checks.test_census import census, parsed
from tools.code.git import WORKING

DOCUMENTS = {".md", ".rst", ".adoc", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".ico", ".webp"}
DOCUMENT_NAMES = {"license", "licence", "notice", "authors", "codeowners", "changelog", "readme", "copying"}
DOCUMENT_FOLDERS = {"docs", "doc"}
UNMEASURED = {"setup.py", "noxfile.py", "conftest.py", "tasks.py", "fabfile.py"}
"""Python that packs or starts a project; no suite runs it."""


@dataclass(frozen=True)
class Parts:
    """The parts of one change."""

    change: Change

    @cached_property
    def code(self) -> tuple[ChangedFile, ...]:
        """Python files that the tests are there for, new or different."""
        return tuple(one for one in self.change.python if is_code(one.path))

    @cached_property
    def tests(self) -> tuple[ChangedFile, ...]:
        """Python files of tests that are new, different or gone."""
        return tuple(one for one in self.change.files if one.is_python and is_test(one.old_path or one.path))

    @cached_property
    def around_tests(self) -> tuple[ChangedFile, ...]:
        """The tests and the files beside them."""
        return tuple(one for one in self.change.files if is_test(one.path) or is_test(one.old_path))

    @property
    def concerns_tests(self) -> bool:
        """Whether anything changed that tests may see."""
        return any(not is_document(path) for one in self.change.files for path in (one.path, one.old_path))

    @property
    def has_code(self) -> bool:
        """Whether code changed, or went away."""
        return bool(self.code) or any(one.how == "D" and is_code(one.path) for one in self.change.files)

    @property
    def has_tests(self) -> bool:
        """Whether either tree has a file of tests."""
        trees = (self.change.base, self.change.tree)
        return any(path.endswith(".py") and is_test(path) for tree in trees for path in self.change.paths(tree))

    @property
    def renamed(self) -> dict[str, str]:
        """Old and new name of each file of tests that has another."""
        return {one.old_path: one.path for one in self.tests if one.how == "R"}

    @cached_property
    def old_tests(self) -> Tests:
        """The tests of the base that the change touches."""
        found = {one.old_path: census(self.change.old_text(one)) for one in self.tests if one.how != "A"}
        return {path: tests for path, tests in found.items() if tests}

    @cached_property
    def new_tests(self) -> Tests:
        """The tests in the touched files as they are now."""
        found = {one.path: census(self.change.text(one.path)) for one in self.tests if one.is_there}
        return {path: tests for path, tests in found.items() if tests}

    @cached_property
    def changes_behaviour(self) -> bool:
        """Whether the code does not only look different: comments, docstrings and types do nothing."""
        gone = any(one.how == "D" and is_code(one.path) for one in self.change.files)
        return gone or any(self._differs(one) for one in self.code)

    @cached_property
    def new_public_names(self) -> list[str]:
        """Functions, classes and parameters that a user can reach and could not before."""
        code = [one for one in self.change.files if one.is_python and is_code(one.path)]
        old = [self.change.old_text(one) for one in code]
        if any(text is not None and parsed(text) is None for text in old):
            return []
        new = [self.change.text(one.path) for one in code if one.is_there]
        return sorted(set().union(*map(_public, new)) - set().union(*map(_public, old)))

    @property
    def moved_lines(self) -> set[str]:
        """The text of lines that the change took away; where one stands again it only moved."""
        lines: set[str] = set()
        for one in self.change.files:
            if one.removed and is_code(one.old_path):
                text = (self.change.old_text(one) or "").splitlines()
                lines |= {text[number - 1].strip() for number in one.removed if number <= len(text)}
        return lines

    def _differs(self, one: ChangedFile) -> bool:
        before, after = self.change.old_text(one), self.change.text(one.path)
        return _behaviour(before) != _behaviour(after)


def is_code(path: str) -> bool:
    """Whether tests are there for a file."""
    place = PurePosixPath(path)
    is_ours = place.name not in UNMEASURED and place.name not in PYTHON and place.parts[0] not in DOCUMENT_FOLDERS
    return place.suffix == ".py" and is_ours and not is_test(path)


def is_document(path: str) -> bool:
    """Whether a file is there for people only."""
    place = PurePosixPath(path)
    if is_test(path) or place.suffix == ".py":
        return False
    is_text = place.suffix == ".txt" and not place.stem.startswith(("requirements", "constraints"))
    is_named = place.stem.casefold() in DOCUMENT_NAMES and place.suffix in ("", ".txt")
    is_filed = place.parts[0] in DOCUMENT_FOLDERS and (is_text or place.suffix in ("", ".html", ".css"))
    return place.suffix in DOCUMENTS or is_named or is_filed or place.name in (".gitignore", ".editorconfig")


def mixed_tree(change: Change, tree: str, other: str, paths: Iterable[str]) -> str:
    """A tree like `tree`, with some files as they are in another: left out where that does not have them."""
    with TemporaryDirectory(prefix="magnus-index-") as scratch:
        apart = replace(change.git, index=Path(scratch) / "index")
        apart.run("read-tree", tree, bounds=WORKING)
        gone, given = [], []
        for path in dict.fromkeys(paths):
            gone.append(f"0 {'0' * 40}\t{path}\0")
            for entry in apart.fields("ls-tree", "-z", other, "--", f":(literal){path}"):
                mode, _, blob = entry.partition("\t")[0].split()
                given.append(f"{mode} {blob}\t{path}\0")
        told = "".join([*gone, *given]).encode(errors="surrogateescape")
        apart.run("update-index", "-z", "--index-info", given=told, bounds=WORKING)
        return apart.line("write-tree", bounds=WORKING)


class Quiet(ast.NodeTransformer):
    """Takes out of a module what does nothing when it runs: docstrings and types of arguments."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, Function):
            node.returns = None
        if isinstance(node, Function | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        return super().generic_visit(node)


def _behaviour(text: str | None) -> list[str]:
    """What a module does, statement by statement; in which order it imports does not count."""
    tree = parsed(text)
    if tree is None:
        return [text or ""]
    body = Quiet().visit(tree).body
    imports = sorted(ast.dump(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    return [*imports, *(ast.dump(node) for node in body if not isinstance(node, ast.Import | ast.ImportFrom))]


def _public(text: str | None) -> set[str]:
    tree = parsed(text)
    return set(_names(tree.body, "")) if tree is not None else set()


def _names(body: list[ast.stmt], above: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{above}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _names(node.body, f"{above}{node.name}.")
            else:
                yield from (f"{above}{node.name}({one.arg})" for one in [*node.args.args, *node.args.kwonlyargs])
