"""Changed modules imported in the box, each first in a process of its own, and what their failures mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.checks.change import Change
from tools.checks.errand import project_python, send
from tools.checks.findings import Finding, Json
from tools.checks.imports import Doubt, Trees, imports_of
from tools.checks.layout import Layout, above, dotted_name, import_root
from tools.checks.parsing import Parsed, is_sample
from tools.checks.stand import Stand
from tools.code.limits import Ran

SECONDS = 30.0
MOST_NEIGHBOURS = 20
RUN_BY_OTHERS = {"setup.py", "__main__.py", "noxfile.py", "fabfile.py", "conf.py", "env.py", "wscript"}
"""Files whose import does what they are for, or that need the program that runs them."""
BY_SURROUNDINGS = {
    "OSError",
    "SystemExit",
    "KeyboardInterrupt",
    "TimeoutError",
    "Skipped",
    "OutcomeException",
    "SkipTest",
}
"""What a sound module may raise where there is no network, no database and no setting."""
BY_MISTAKE = {"NameError", "AttributeError", "TypeError", "IndexError", "ZeroDivisionError", "RecursionError"}
SAID = 200


@dataclass(frozen=True)
class Probed:
    """How each module did by its path, and of each question about the outside what is missing: "", "module", "name"."""

    modules: Mapping[str, Json]
    outside: Mapping[tuple[str, str | None], str]
    ran: Ran

    def is_imported(self, path: str) -> bool:
        return bool(self.modules.get(path, {}).get("is_imported"))


def modules_to_try(stand: Stand, parsed: Parsed, trees: Trees) -> list[str]:
    """The changed modules, and unchanged ones that they newly import: a circle may show only from there."""
    changed = [path for path, facts in parsed.now.items() if _is_tried(stand.change, path, facts, trees.now)]
    neighbours: dict[str, None] = {}
    for path in changed:
        old = {one.key for one in imports_of(parsed.before.get(path, {}))}
        for one in imports_of(parsed.now[path]):
            if one.key not in old and not one.lazy and one.guard == "":
                target = trees.now.target(one, path)
                part = trees.now.submodule(target, one.name) if target and one.name else ""
                neighbours[part or target] = None
    new = [path for path in neighbours if path.endswith(".py") and path not in parsed.now and not _is_left(path)]
    return changed + new[:MOST_NEIGHBOURS]


def probe(
    stand: Stand, tree: str, layout: Layout, paths: Sequence[str], doubted: Iterable[tuple[Doubt, bool]] = ()
) -> Probed:
    """Import modules of a tree, and ask its Python for what lies outside; raises ErrandFailed."""
    top = stand.change.prefix
    named = [(path, *dotted_name(path, layout)) for path in paths]
    folders = [import_root(path, layout).removeprefix(top) for path, _, is_member in named if is_member]
    roots = [root.removeprefix(top) for root in layout.roots if any(path.startswith(root) for path in layout.modules)]
    last = [one.removeprefix(top) for path in paths for one in above(path, top)]
    wanted = [[doubt.one.module, doubt.one.name, must] for doubt, must in doubted]
    job = {
        "modules": [[path.removeprefix(top), name, is_member] for path, name, is_member in named],
        "roots": list(dict.fromkeys([*roots, *folders])),
        "last": list(dict.fromkeys(last)),
        "wanted": [list(one) for one in dict.fromkeys(map(tuple, wanted))],
        "seconds": SECONDS,
    }
    told, ran = send(
        stand, "probe", job, what="The imports", python=project_python(stand), options=("-I", "-B"), tree=tree,
        timeout_s=stand.rules.gates.timeout_s,
    )  # fmt: skip
    answers = {f"{top}{path}": answer for path, answer in told["modules"]}
    missing = {path: {"is_imported": False, "ended": "no answer"} for path in paths}
    return Probed({**missing, **answers}, {(module, name): what for module, name, what in told["wanted"]}, ran)


def failures(
    stand: Stand, probed: Probed, base: Probed | None, renamed: Mapping[str, str], failed: Iterable[str]
) -> list[Finding]:
    """What the change broke at import; what fails on the base in the same way is not its fault."""
    found: dict[tuple[str, int], Finding] = {}
    for path in sorted(failed):
        told = probed.modules[path]
        old = base.modules.get(renamed.get(path, path)) if base else None
        if old is None or old["is_imported"] or _how(old) != _how(told):
            one = _failure(stand.change, path, told, bool(old and old["is_imported"]))
            found.setdefault((one.file, one.line), one)
    return list(found.values())


def _failure(change: Change, path: str, told: Json, was_fine: bool) -> Finding:
    """What a failed import means: a mistake fails, surroundings that are missing here are told."""
    if ended := told.get("ended"):
        how = "took too long" if ended == "time" else f"ended the interpreter ({ended})"
        message = f"Importing {path} {how}."
        return Finding(path, 0, "import-run", message, "medium", was_fine and ended != "time", is_acceptable=True)
    file = f"{change.prefix}{told['file']}" if told["file"] else path
    line = told["line"] if file else 0
    kinds = set(told["kinds"])
    said = told["message"].replace(f"{change.root}/", "")
    words = f"{told['type']}: {said}"[:SAID]
    place = "" if file == path else f"Importing {path} fails here. "
    if "partially initialized module" in told["message"]:
        message = f"{place}The import goes in a circle: {words}."
        return Finding(file, line, "circular-import", message, "critical")
    if (kinds & BY_SURROUNDINGS and not ("SystemExit" in kinds and was_fine)) or told["is_environ"]:
        message = f"{place}It could not be imported in the box, which has no network and no settings: {words}."
        return Finding(file, line, "import-run", message, "low", False)
    is_mistake = bool(kinds & (BY_MISTAKE | {"SyntaxError"})) or ("ImportError" in kinds and told["is_own"])
    fails = is_mistake or was_fine
    message = f"{place}The module cannot be imported: {words}."
    return Finding(file, line, "import", message, "critical" if fails else "low", fails, fails and not is_mistake)


def _how(told: Json) -> tuple[str, str]:
    return str(told.get("type", told.get("ended"))), str(told.get("message", ""))


def _is_tried(change: Change, path: str, facts: Json, layout: Layout) -> bool:
    """Whether importing a file shows something: no script, which would do its work, and no sample."""
    if "error" in facts or not path.endswith(".py") or not path.startswith(change.prefix) or is_sample(path):
        return False
    is_member = f"{PurePosixPath(path).parent}/__init__" in layout.modules
    return not _is_left(path) and (is_member or not facts["acts"])


def _is_left(path: str) -> bool:
    return PurePosixPath(path).name in RUN_BY_OTHERS
