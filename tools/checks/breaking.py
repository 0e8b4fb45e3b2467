"""Public signatures and command-line options that the change took away.

What fails, until a person answers for it:

- an option or a command that users of a program could type, or that has to be given now and had not;
- a name or a parameter that the base's documents show how to use;
- in a library any public name that is gone, called otherwise or asks for more. A library is a project with packaging
  metadata; one whose package hands out no names but installs commands is an application. Where `__init__` hands out
  some names, the others may get a new name;
- in an application a name that its tests use and an optional parameter that somebody gave by its name, if nothing took
  their place;
- anywhere a call in the repository that cannot work any more.

Told only: the rest of an application, whose every user is in the repository and was changed with it; what said on the
base that it is deprecated; a single required parameter with a new name at its old place, which nobody gave by the old
one; a parameter that others now have to give by name. Private names and modules, tests, scripts and examples are
nobody's interface but their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from tools.agents.permission import is_test
from tools.checks.audience import Audience, scripts_of
from tools.checks.breaks import Break, breaks_of
from tools.checks.callers import Modules, callers_of, says_by_name, tests_name, why_unfit
from tools.checks.change import Change, ChangedFile
from tools.checks.command_line import CommandLine, command_line, lost_words
from tools.checks.findings import Finding
from tools.checks.imports import Trees, trees_of
from tools.checks.interface import Surface, Thing
from tools.checks.layout import Import, above, dotted_name

MOST = 30
PARAMETERS = ("parameter-gone", "parameter-renamed", "parameter-needed", "narrower")


@dataclass(frozen=True)
class Comparison:
    """The interface of both trees of a change."""

    change: Change
    audience: Audience
    _found: dict[str, Finding] = field(default_factory=dict)

    @cached_property
    def trees(self) -> Trees:
        return trees_of(self.change)

    @cached_property
    def before(self) -> Modules:
        return Modules(self.change, self.change.base, self.trees.before)

    @cached_property
    def now(self) -> Modules:
        return Modules(self.change, self.change.tree, self.trees.now)

    @cached_property
    def fresh(self) -> dict[str, Thing]:
        """The public things of all changed files that could be successors of others."""
        found: dict[str, Thing] = {}
        for file in self.change.python:
            old, new = self.before.surface(file.old_path), self.now.surface(file.path)
            known = old.things if old and file.how != "A" else {}
            found |= {name: one for name, one in (new.things if new else {}).items() if name not in known}
        return found

    def of_module(self, file: ChangedFile) -> Iterator[Finding]:
        """What a changed module does not offer any more."""
        old = self.before.surface(file.old_path)
        public = old.public if old else {}
        path = self.trees.now.at(file.old_path.removesuffix(".py").removesuffix("/__init__"))
        if old is None or (path.endswith(".py") and self.now.surface(path) is None):
            return
        if not path:
            yield from self._module_gone(file, public)
            return
        candidates = {**self.fresh, **(new.things if (new := self.now.surface(path)) else {})}
        for one in breaks_of(public, lambda name: self.now.find(path, name), candidates):
            yield self._finding(file, path, one)
        yield from self._handed_out(file, path, old)

    def _module_gone(self, file: ChangedFile, public: dict[str, Thing]) -> Iterator[Finding]:
        if not public:
            return
        name = dotted_name(file.old_path, self.trees.before)[0]
        where = f"it is {dotted_name(file.path, self.trees.now)[0]} now" if file.how == "R" else "it was deleted"
        lost = [one for one in public if one not in self.fresh]
        is_tested = file.how == "D" and any(tests_name(self.before, file.old_path, one) for one in lost)
        fails = is_tested or self.audience.is_library(file.old_path) or self.audience.speaks_of(file.old_path)
        told = f"The module {name} is gone; {where}, and whoever imports it has to change."
        yield _finding(file.path, 0, "breaking", told, fails)

    def _handed_out(self, file: ChangedFile, path: str, old: Surface) -> Iterator[Finding]:
        """Names that a module had from elsewhere and said to be its own."""
        is_package = PurePosixPath(file.old_path).name == "__init__.py"
        for name, (level, module, _) in old.imported.items():
            is_exported = name in old.exported if old.exported is not None else is_package and not name.startswith("_")
            is_own = level > 0 or self.trees.before.has_top(module, file.old_path)
            if is_exported and is_own and self.now.find(path, name) is None:
                fails = self.audience.is_library(file.old_path) or self.audience.speaks_of(file.old_path, name)
                package = dotted_name(file.old_path, self.trees.before)[0]
                yield _finding(path, 0, "breaking", f"{package} does not hand out {name} any more.", fails)

    def _finding(self, file: ChangedFile, path: str, one: Break) -> Finding:
        origin, name = self.now.origin(path, one.name.split(".", maxsplit=1)[0])
        place = origin if one.line else path
        if one.what in PARAMETERS and "." not in one.name and (unfit := self._unfit(origin, name)):
            return unfit
        deprecated = ", as the base had announced" if one.is_deprecated else ""
        return _finding(place, one.line, "breaking", f"{one.message}{deprecated}.", self._fails(file, one))

    def _unfit(self, path: str, name: str) -> Finding | None:
        """A call in the repository that does not fit a function as it is now."""
        thing = self.now.find(path, name)
        for caller in callers_of(self.now, path, name) if thing and thing.call else ():
            why = why_unfit(thing.call, caller) if thing and thing.call else ""
            if why and not is_test(caller.path):
                return _finding(caller.path, caller.call.lineno, "broken-call", f"This call of {name} {why}.", True)
        return None

    def _fails(self, file: ChangedFile, one: Break) -> bool:
        if one.is_deprecated:
            return False
        if self.audience.speaks_of(file.old_path, one.name, one.parameter):
            return True
        if not self.audience.is_library(file.old_path):
            return self._is_missed(file.old_path, one)
        if one.what == "gone" and one.has_successor:
            return self._is_offered(file.old_path, one.name.split(".", maxsplit=1)[0])
        if one.what == "parameter-renamed" and not (one.was_optional or one.is_rearranged):
            return says_by_name(self.before, one.name, one.parameter)
        return not (one.what == "narrower" and one.message.endswith("by its name only"))

    def _is_missed(self, path: str, one: Break) -> bool:
        """Whether the base of an application shows that somebody counts on what is gone for good."""
        if one.what == "gone":
            return not one.has_successor and tests_name(self.before, path, one.name)
        is_lost_option = one.what == "parameter-gone" and one.was_optional
        return is_lost_option and says_by_name(self.before, one.name, one.parameter)

    def _is_offered(self, path: str, name: str) -> bool:
        """Whether a package hands a name out, or hands out nothing, so that its modules are what others import."""
        own = self.before.surface(path)
        inits = [
            found for folder in above(path, self.change.prefix) if (found := f"{folder}__init__.py") in self._inits
        ]
        if own is None or own.exported is not None or path in inits:
            return True
        handed_out: set[tuple[str, str]] = set()
        for init in inits:
            surface = self.before.surface(init)
            for alias in surface.imported if surface else ():
                handed_out.add(self.before.origin(init, alias))
            for level, module in surface.stars if surface else ():
                star = Import(0, level, module, "*", "*", False, "")
                handed_out.add((self.trees.before.target(star, init), name))
        inner = {origin for origin in handed_out if origin[0] not in inits}
        return not inner or (path, name) in inner

    @cached_property
    def _inits(self) -> frozenset[str]:
        return frozenset(one for one in self.trees.before.modules.values() if one.endswith("__init__.py"))


def breaking_findings(change: Change) -> list[Finding]:
    """What users of the base can no longer do; see the top of this file for what of it fails."""
    audience = Audience(change)
    comparison = Comparison(change, audience)
    found: dict[str, Finding] = {}
    for file in change.files:
        if file.how in "MRDT" and audience.is_reachable(file.old_path):
            found |= {one.id: one for one in comparison.of_module(file)}
    found |= {one.id: one for one in (*_lost_scripts(change, audience), *_lost_options(change, audience))}
    return list(found.values())[:MOST]


def _lost_scripts(change: Change, audience: Audience) -> Iterator[Finding]:
    name = f"{change.prefix}pyproject.toml"
    if name in {one.old_path for one in change.files}:
        now = scripts_of(change.text(name) or "")
        for script in audience.scripts.keys() - now.keys():
            yield _finding(name, 0, "cli", f"The command {script} is not installed any more.", True)


def _lost_options(change: Change, audience: Audience) -> Iterator[Finding]:
    """What users could type; an option may have moved to another file of the change."""
    files = [one for one in change.files if one.old_path.endswith(".py") and not is_test(one.old_path)]
    before = {one: command_line(change.old_text(one)) for one in files}
    now = {one: command_line(change.text(one.path) if one.is_there else None) for one in files}
    for file in files:
        old, moved = before[file], CommandLine()
        for other in files:
            if other is not file:
                moved += now[other] - before[other]
        is_gone = not file.is_there and not (audience.names(file.old_path) or _is_started(file, audience))
        for told in lost_words(old, now[file] + moved):
            yield _finding(file.path, 0, "cli", f"{told[0].upper()}{told[1:]}.", not is_gone)


def _is_started(file: ChangedFile, audience: Audience) -> bool:
    """Whether a command that the base installs runs this file."""
    stem = file.old_path.removesuffix(".py").replace("/", ".")
    return any(stem.endswith(target.partition(":")[0]) for target in audience.scripts.values())


def _finding(path: str, line: int, rule: str, message: str, fails: bool) -> Finding:
    return Finding(path, line, rule, message, "high" if fails else "low", fails, is_acceptable=fails)
