"""Whether what files import is there: the modules of the project by reading, everything else by asking its Python."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.checks.change import Change
from tools.checks.findings import Json
from tools.checks.layout import Import, Layout, layout_of, roots_of
from tools.checks.parsing import Parsed
from tools.code.git import WORKING

MOST_WORDS = 500
MOST_IMPORTERS = 800
PYTHON = (".py", ".pyi")

Taken = Mapping[str, frozenset[str] | None]
"""What a change took away: of each old file the names it no longer has, None where the module itself is gone."""


@dataclass(frozen=True)
class Doubt:
    """An import that reading alone cannot show to work.

    `kind` is "module" where a module of the project is not there, "name" where `target` has to have it, and "outside"
    where it is none of the project's.
    """

    path: str
    one: Import
    kind: str
    target: str = ""


@dataclass(frozen=True)
class Trees:
    """The modules of the project before and now."""

    before: Layout
    now: Layout


def trees_of(change: Change) -> Trees:
    """Both layouts of a change; the roots are those that its base names."""
    roots = roots_of(change.text(f"{change.prefix}pyproject.toml", change.base) or "")
    return Trees(*(layout_of(change.paths(tree), roots, change.prefix) for tree in (change.base, change.tree)))


def imports_of(facts: Json) -> list[Import]:
    """What a file imports."""
    return [Import(*one) for one in facts.get("imports", [])]


def doubts(path: str, facts: Json, layout: Layout) -> Iterator[Doubt]:
    """The imports of a file that have to be looked at closer; one that may fail on purpose is none of them."""
    for one in imports_of(facts):
        if one.guard == "try":
            continue
        target = layout.target(one, path)
        if not target:
            is_own = one.level > 0 or layout.has_top(one.module, path)
            yield Doubt(path, one, "module" if is_own else "outside")
        elif one.name not in (None, "*") and not layout.submodule(target, str(one.name)):
            yield Doubt(path, one, "name", target)


def taken_away(change: Change, parsed: Parsed) -> Taken:
    """What other files can no longer import."""
    gone: dict[str, frozenset[str] | None] = {}
    for one in change.files:
        if not one.old_path.endswith(PYTHON):
            continue
        if one.how == "D" or (one.how == "R" and one.old_path != one.path):
            gone[one.old_path] = None
        elif one.how in ("M", "T") and "names" in (now := parsed.now.get(one.path, {})) and not now["is_open"]:
            names = frozenset(parsed.before.get(one.path, {}).get("names", [])) - frozenset(now["names"])
            gone |= {one.old_path: names} if names else {}
    return gone


def likely_importers(change: Change, taken: Taken) -> list[str]:
    """Unchanged files that speak of something that was taken away."""
    words = {word for path, names in taken.items() for word in (names if names is not None else [_module(path)])}
    if not words or len(words) > MOST_WORDS:
        return []
    asked = [part for word in sorted(words) for part in ("-e", word)]
    shown = ("grep", "-l", "-z", "-w", "-F", "-I", "--full-name", "--no-textconv", *asked, change.tree)
    found = change.git.run(*shown, "--", "*.py", "*.pyi", may_end=(0, 1), bounds=WORKING).out
    changed = {one.path for one in change.files}
    paths = (name.decode(errors="surrogateescape").partition(":")[2] for name in found.split(b"\0")[:-1])
    return [path for path in paths if path not in changed and path.startswith(change.prefix)][:MOST_IMPORTERS]


def broken_imports(path: str, facts: Json, taken: Taken, trees: Trees) -> Iterator[Doubt]:
    """What an unchanged file imports and the change took away."""
    for doubt in doubts(path, facts, trees.now):
        old = trees.before.target(doubt.one, path)
        part = trees.before.submodule(old, doubt.one.name) if old and doubt.one.name else ""
        names = taken.get(old, frozenset())
        if part in taken or names is None or doubt.one.name in names:
            yield doubt


def broken_uses(path: str, facts: Json, taken: Taken, trees: Trees) -> Iterator[tuple[int, str, str]]:
    """Line, words and file of what is used as `module.name` and was taken away."""
    modules: dict[str, str] = {}
    for one in imports_of(facts):
        target = trees.now.target(one, path)
        if target and one.name not in (None, "*"):
            target = trees.now.submodule(target, str(one.name))
        modules[one.alias] = target
    for line, alias, name in facts.get("uses", []):
        target = modules.get(alias, "")
        if name in (taken.get(target) or ()) and not trees.now.submodule(target, name):
            yield line, f"{alias}.{name}", target


def _module(path: str) -> str:
    place = PurePosixPath(path)
    return place.parent.name if place.stem == "__init__" else place.stem
