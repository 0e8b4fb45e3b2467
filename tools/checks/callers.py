"""Who in the repository calls a function, found by what each file imports, and whether the call still fits."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tools.agents.permission import is_test
from tools.checks.change import Change
from tools.checks.claims import called
from tools.checks.interface import Call, Surface, Thing, surface_of
from tools.checks.layout import Import, Layout
from tools.checks.test_census import parsed
from tools.code.git import WORKING

MOST_FILES = 200
DEEPEST = 8


@dataclass(frozen=True)
class Modules:
    """The modules of one tree of a change, read when they are asked for."""

    change: Change
    tree: str
    layout: Layout
    _surfaces: dict[str, Surface | None] = field(default_factory=dict, repr=False)

    def surface(self, path: str) -> Surface | None:
        """What a module offers, None where it is none that can be read."""
        if path not in self._surfaces:
            self._surfaces[path] = surface_of(self.change.text(path, self.tree))
        return self._surfaces[path]

    def find(self, path: str, name: str, depth: int = 0) -> Thing | None:
        """What a name of a module is, through all imports; where that leads out of the project it is just there."""
        surface = self.surface(path)
        if surface is None or depth > DEEPEST:
            return Thing(name, 0, "value")
        if name in surface.things:
            return surface.things[name]
        if name in surface.imported:
            return self._imported(path, name, surface.imported[name], depth)
        for level, module in surface.stars:
            target = self.layout.target(Import(0, level, module, "*", "*", False, ""), path)
            if not target.endswith(".py"):
                return Thing(name, 0, "value")
            if found := self.find(target, name, depth + 1):
                return found
        is_part = bool(self.layout.submodule(path, name))
        return Thing(name, 0, "value") if surface.makes_names or is_part else None

    def _imported(self, path: str, name: str, told: tuple[int, str, str | None], depth: int) -> Thing | None:
        level, module, origin = told
        target = self.layout.target(Import(0, level, module, origin, name, False, ""), path)
        if origin is None or not target.endswith(".py") or self.layout.submodule(target, origin):
            return Thing(name, 0, "value")
        return self.find(target, origin, depth + 1)

    def origin(self, path: str, name: str, depth: int = 0) -> tuple[str, str]:
        """The module in which something is defined, and its name there."""
        surface = self.surface(path)
        if surface is None or depth > DEEPEST or name in surface.things or name not in surface.imported:
            return path, name
        level, module, origin = surface.imported[name]
        target = self.layout.target(Import(0, level, module, origin, name, False, ""), path)
        return self.origin(target, origin, depth + 1) if origin and target.endswith(".py") else (path, name)

    def speaking_of(self, word: str) -> list[str]:
        """Python files of the tree in which a word stands."""
        shown = ("grep", "-l", "-z", "-w", "-F", "-I", "--full-name", "--no-textconv", "-e", word, self.tree)
        found = self.change.git.run(*shown, "--", "*.py", may_end=(0, 1), bounds=WORKING).out
        names = (name.decode(errors="surrogateescape").partition(":")[2] for name in found.split(b"\0")[:-1])
        return [name for name in names if name.startswith(self.change.prefix)][:MOST_FILES]


@dataclass(frozen=True)
class Caller:
    """One call of a function, and where it stands."""

    path: str
    call: ast.Call

    @cached_property
    def names(self) -> set[str]:
        """The arguments that it gives by their names."""
        return {one.arg for one in self.call.keywords if one.arg is not None}

    @property
    def is_open(self) -> bool:
        """Whether it passes on what nobody can count here."""
        return any(isinstance(one, ast.Starred) for one in self.call.args) or any(
            one.arg is None for one in self.call.keywords
        )


def callers_of(modules: Modules, path: str, name: str) -> Iterator[Caller]:
    """Every call of a function or class of a module that imports show to be one."""
    for file in modules.speaking_of(name):
        tree = parsed(modules.change.text(file, modules.tree))
        if tree is None:
            continue
        aliases = _aliases(tree, file, modules, path, name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in aliases:
                yield Caller(file, node)


def tests_name(modules: Modules, path: str, name: str) -> bool:
    """Whether a test imports a name from a module, or uses it as one of that module."""
    for file in filter(is_test, modules.speaking_of(name)):
        tree = parsed(modules.change.text(file, modules.tree))
        aliases = _aliases(tree, file, modules, path, name) if tree is not None else set()
        if tree is not None and any(
            isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in aliases for node in ast.walk(tree)
        ):
            return True
    return False


def says_by_name(modules: Modules, name: str, parameter: str) -> bool:
    """Whether anybody calls something of that name with an argument of that name."""
    last = name.rpartition(".")[2] if not name.endswith("__init__") else name.split(".")[-2]
    for file in modules.speaking_of(parameter):
        tree = parsed(modules.change.text(file, modules.tree))
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and called(node) == last and parameter in Caller(file, node).names:
                return True
    return False


def _aliases(tree: ast.Module, file: str, modules: Modules, path: str, name: str) -> set[str]:
    """The words by which a file calls a function of a module."""
    if file == path:
        return {name}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            told = [Import(0, 0, one.name, None, one.asname or one.name, False, "") for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            told = [Import(0, node.level, module, one.name, one.asname or one.name, False, "") for one in node.names]
        else:
            continue
        for one in told:
            target = modules.layout.target(one, file)
            part = modules.layout.submodule(target, one.name) if target and one.name else target
            if one.name and target.endswith(".py") and modules.origin(target, one.name) == (path, name):
                found.add(one.alias)
            elif part == path:
                found.add(f"{one.alias}.{name}")
    return found


def why_unfit(call: Call, caller: Caller) -> str:
    """Why a call cannot work, as the end of a sentence, or ""."""
    known: Mapping[str, bool] = {one.name: one.by_name for one in call.parameters}
    if not call.named and (strange := sorted(name for name in caller.names if not known.get(name))):
        return f"gives it {strange[0]}, which it does not take"
    places = [one for one in call.parameters if one.place is not None]
    if not call.more and len(caller.call.args) > len(places) and not caller.is_open:
        return f"gives it {len(caller.call.args)} arguments, and it takes {len(places)}"
    if caller.is_open:
        return ""
    given = {one.name for one in places if one.place is not None and one.place < len(caller.call.args)} | caller.names
    missing = [one.name for one in call.parameters if one.is_required and one.name not in given]
    return f"does not give it {missing[0]}, which it needs" if missing else ""
