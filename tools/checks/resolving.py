"""The verdict on imports that are in doubt: what is wrong, what the base suffers from too, and what needs a person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tools.checks.before import blobs
from tools.checks.declared import Needs, is_declaration, is_declared, needs_of
from tools.checks.findings import Finding, Json
from tools.checks.imports import Doubt, Taken, Trees, imports_of
from tools.checks.parsing import Parsed, facts_of
from tools.checks.probing import Probed
from tools.checks.stand import Stand
from tools.code.limits import Ran

UNCERTAIN = "import-unknown"
"""The rule of a finding for which the gate waits: only a person knows what will be installed."""


@dataclass(frozen=True)
class Answers:
    """All that is known when an import is judged; `asked` are the doubts that were put to the project's Python."""

    stand: Stand
    parsed: Parsed
    trees: Trees
    taken: Taken
    probed: Probed
    asked: tuple[tuple[Doubt, bool], ...]

    def is_old(self, doubt: Doubt) -> bool:
        """Whether the file imported the very same before."""
        return doubt.one.key in {one.key for one in imports_of(self.parsed.before.get(doubt.path, {}))}

    def missing(self, doubt: Doubt) -> str:
        """What the project's Python does not have of it: "", "name", "module", or "package" for all of it."""
        is_asked = any(one is doubt for one, _ in self.asked)
        return self.probed.outside.get((doubt.one.module, doubt.one.name), "") if is_asked else ""

    @cached_property
    def needs_before(self) -> Needs:
        return self._needs(self.stand.change.base)

    @cached_property
    def needs_now(self) -> Needs:
        return self._needs(self.stand.change.tree)

    def _needs(self, tree: str) -> Needs:
        paths = filter(is_declaration, self.stand.change.paths(tree))
        told = blobs(self.stand.change, tree, paths)
        return {
            name: one
            for path, text in told.items()
            for name, one in needs_of(path, text.decode("utf-8", "replace")).items()
        }

    def judge_package(self, package: str, file: str, line: int, words: str) -> Finding:
        """A package that is not installed: an invention fails, a new need waits for it, an old one is told."""
        start = f"{words}: {package} is not in the project's environment"
        if is_declared(package, self.needs_before) or self._is_used_before(package):
            return Finding(file, line, "import-missing", f"{start}, as before this change.", "low", False)
        if is_declared(package, self.needs_now):
            message = f"{start} yet, only declared: install it there, or answer for it."
            return Finding(file, line, UNCERTAIN, message, "medium", False)
        return Finding(file, line, "import", f"{start}, and nothing declares it.", "critical")

    def _is_used_before(self, package: str) -> bool:
        pattern = rf"^[[:space:]]*(import|from)[[:space:]]+{package}([[:space:].,]|$)"
        if not package.isidentifier():
            return False
        shown = ("grep", "-q", "-E", "-I", "--no-textconv", "-e", pattern, self.stand.change.base, "--", "*.py")
        is_own = self.trees.before.has_top(package, self.stand.change.prefix + "x")
        return not is_own and self.stand.change.git.run(*shown, may_end=(0, 1)).status == 0


def unresolved(answers: Answers, doubted: Iterable[Doubt]) -> tuple[list[Finding], list[Ran]]:
    """The findings of the doubts that turn out to be right."""
    open_now = list(dict.fromkeys(doubted))
    names, ran = _names(answers, open_now)
    return [found for one in open_now if (found := _judge(answers, one, names)) is not None], ran


def _judge(answers: Answers, doubt: Doubt, names: Mapping[str, Json]) -> Finding | None:
    if doubt.kind == "name":
        return _without_name(answers, doubt, names)
    if doubt.kind == "outside":
        return _outside(answers, doubt)
    return _without_module(answers, doubt)


def _names(answers: Answers, doubted: Iterable[Doubt]) -> tuple[dict[str, Json], list[Ran]]:
    """The facts of every module that has to have a name."""
    known = dict(answers.parsed.now)
    wanted = {one.target for one in doubted if one.kind == "name" and one.target.endswith((".py", ".pyi"))}
    if not wanted - known.keys():
        return known, []
    more, ran = facts_of(answers.stand, sorted(wanted - known.keys()))
    return {**known, **more}, [ran]


def _without_name(answers: Answers, doubt: Doubt, names: Mapping[str, Json]) -> Finding | None:
    name, facts = str(doubt.one.name), names.get(doubt.target)
    taken = answers.taken.get(doubt.target) or frozenset()
    if doubt.target.endswith("/"):
        if answers.is_old(doubt) and not _was_there(answers, doubt):
            return None
        return _finding(doubt, f"there is no {name} in {doubt.target}")
    if facts is None or "error" in facts or facts["is_open"] or name in facts["names"] or name.startswith("__"):
        return None
    if name in taken:
        return _finding(doubt, f"this change took {name} out of {doubt.target}")
    return None if answers.is_old(doubt) else _finding(doubt, f"{doubt.target} has no {name}")


def _without_module(answers: Answers, doubt: Doubt) -> Finding | None:
    was_there = _was_there(answers, doubt)
    if answers.is_old(doubt) and not was_there:
        return None
    is_asked = any(one is doubt for one, _ in answers.asked)
    if not doubt.one.level and (
        (is_asked and not answers.missing(doubt))
        or (not was_there and answers.trees.now.has_somewhere(doubt.one.module))
    ):
        return None
    return _finding(doubt, "this change took that module away" if was_there else "there is no such module")


def _outside(answers: Answers, doubt: Doubt) -> Finding | None:
    what, top = answers.missing(doubt), doubt.one.module.split(".")[0]
    if not what or (answers.is_old(doubt) and not _was_there(answers, doubt)):
        return None
    if _was_there(answers, doubt):
        return _finding(doubt, "this change took that module away")
    if what == "package":
        return answers.judge_package(top, doubt.path, doubt.one.line, f"`{doubt.one}`")
    lacking = f"no {doubt.one.name}" if what == "name" else "no such module"
    return _finding(doubt, f"{doubt.one.module if what == 'name' else top} as it is installed has {lacking}")


def _was_there(answers: Answers, doubt: Doubt) -> bool:
    old = answers.trees.before
    path = next((one.old_path for one in answers.stand.change.files if one.path == doubt.path), doubt.path)
    target = old.target(doubt.one, path)
    return bool(target) and (
        not target.endswith("/") or doubt.one.name is None or bool(old.submodule(target, doubt.one.name))
    )


def _finding(doubt: Doubt, why: str) -> Finding:
    return Finding(doubt.path, doubt.one.line, "import", f"`{doubt.one}`: {why}.", "critical")


def absent_packages(answers: Answers, tried: Iterable[str]) -> Iterator[tuple[str, Finding]]:
    """Modules that failed for want of a package, each with what is to be said of it."""
    for path in tried:
        told = answers.probed.modules[path]
        package = str(told.get("missing") or "").split(".")[0]
        is_absent = "ModuleNotFoundError" in told.get("kinds", []) and told["is_own"]
        if is_absent and package and not answers.trees.now.has_top(package, path):
            file = f"{answers.stand.change.prefix}{told['file']}"
            if not answers.trees.before.has_top(package, path) and told["missing"] == package:
                yield path, answers.judge_package(package, file, told["line"], f"Importing {path}")
