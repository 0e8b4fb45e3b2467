"""The first gate: everything that changed can be read, and everything it imports is there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tools.checks.before import Before, lay_out_before
from tools.checks.errand import ErrandFailed
from tools.checks.findings import Finding
from tools.checks.imports import (
    Taken,
    Trees,
    broken_imports,
    broken_uses,
    doubts,
    likely_importers,
    taken_away,
    trees_of,
)  # fmt: skip
from tools.checks.linter import SYNTAX, run_ruff, settings_of
from tools.checks.parsing import (
    Parsed,
    broken_data,
    broken_python,
    conflict_marks,
    facts_of,
    is_sample,
    oldest_python,
    parse_python,
    python_asked,
)  # fmt: skip
from tools.checks.probing import Probed, failures, modules_to_try, probe
from tools.checks.resolving import UNCERTAIN, Answers, absent_packages, unresolved
from tools.checks.stand import Stand
from tools.checks.verdict import Checked
from tools.code.limits import Ran

UNDEFINED = ("F821", "F822", "F823")
"""Names that are used and nowhere defined."""


@dataclass
class Seen:
    """What is gathered on the way."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)


def check_syntax(stand: Stand) -> Checked:
    """Whether changed files parse, their names are defined, and every import of the project still resolves."""
    seen = Seen()
    before = lay_out_before(stand, stand.change.files)
    try:
        data, ran, versions = broken_data(stand, before)
        seen.findings += [*data, *conflict_marks(stand)]
        seen.commands += ran
        seen.versions |= versions
        if any(one.old_path.endswith((".py", ".pyi")) or one.is_python for one in stand.change.files):
            _look_at_python(stand, before, seen)
        elif not ran:
            why = "No Python, YAML, TOML or JSON file changed."
            return Checked(tuple(seen.findings), skipped_because=why, is_free_to_skip=True)
    except ErrandFailed as error:
        seen.findings.append(error.finding())
        seen.commands.append(error.ran)
    found = dict.fromkeys(seen.findings)
    waits_for = " ".join(one.message for one in found if one.rule == UNCERTAIN)
    return Checked(tuple(found), tuple(seen.commands), counts=seen.counts, versions=seen.versions, waits_for=waits_for)


def _look_at_python(stand: Stand, before: Before, seen: Seen) -> None:
    parsed = parse_python(stand, before)
    seen.commands.append(parsed.ran)
    seen.versions["python"] = parsed.python
    asked = python_asked(stand.change)
    seen.findings += broken_python(parsed, asked is None or parsed.python in asked)
    sound = {path: facts for path, facts in parsed.now.items() if "error" not in facts}
    linted = run_ruff(
        stand, parsed.now, before, UNDEFINED, python=oldest_python(asked, parsed.python), settings=settings_of(stand)
    )  # fmt: skip
    seen.commands.append(linted.ran)
    old = {(hit.path, hit.message) for hit in linted.before}
    for hit in linted.now:
        if hit.path in sound and (hit.path, hit.message) not in old and not _is_open(hit.rule, parsed, hit.path):
            seen.findings.append(_undefined(hit.path, hit.line, hit.rule, hit.message))
    _look_at_imports(stand, parsed, seen)
    seen.counts |= {"files": len(stand.change.files), "python_files": len(parsed.now)}


def _is_open(rule: str, parsed: Parsed, path: str) -> bool:
    return rule == "F822" and bool(parsed.now[path].get("is_open"))


def _undefined(path: str, line: int, rule: str, message: str) -> Finding:
    fails = not is_sample(path)
    return Finding(path, line, "parse" if rule == SYNTAX else "undefined", f"{message}.", "critical", fails)


def _look_at_imports(stand: Stand, parsed: Parsed, seen: Seen) -> None:
    trees = trees_of(stand.change)
    taken = taken_away(stand.change, parsed)
    doubted = [
        doubt
        for path, facts in parsed.now.items()
        if path.startswith(stand.change.prefix) and not is_sample(path)
        for doubt in doubts(path, facts, trees.now)
    ]
    tried = modules_to_try(stand, parsed, trees)
    added = {one.path: one.added for one in stand.change.files}
    asked = [
        (one, one.kind == "outside" and one.one.line in added[one.path] and (one.one.lazy or one.path not in tried))
        for one in doubted
        if one.kind != "name" and not one.one.level and one.one.guard in ("", "main")
    ]
    probed = probe(stand, stand.change.tree, trees.now, tried, asked)
    seen.commands.append(probed.ran)
    seen.counts["modules_imported"] = sum(map(probed.is_imported, tried))
    importers, ran = _importers(stand, taken)
    seen.commands += ran
    open_now = [one for one in doubted if not _is_proven(one.path, one.one.lazy or one.one.guard != "", probed)]
    answers = Answers(stand, parsed, trees, taken, probed, tuple(asked))
    for path, facts in importers.items():
        open_now += broken_imports(path, facts, taken, trees)
    static, ran = unresolved(answers, open_now)
    seen.commands += ran
    seen.findings += [*static, *_uses({**parsed.now, **importers}, taken, trees)]
    seen.findings += _runs(answers, tried, seen)


def _is_proven(path: str, may_not_run: bool, probed: Probed) -> bool:
    return not may_not_run and probed.is_imported(path)


def _importers(stand: Stand, taken: Taken) -> tuple[Mapping[str, dict[str, object]], list[Ran]]:
    likely = likely_importers(stand.change, taken)
    if not likely:
        return {}, []
    facts, ran = facts_of(stand, likely)
    return facts, [ran]


def _uses(facts: Mapping[str, dict[str, object]], taken: Taken, trees: Trees) -> Iterator[Finding]:
    for path, one in facts.items():
        for line, words, target in broken_uses(path, one, taken, trees):
            message = f"`{words}` is used here, and this change took it out of {target}."
            yield Finding(path, line, "import", message, "critical")


def _runs(answers: Answers, tried: list[str], seen: Seen) -> list[Finding]:
    """Modules that could not be imported, held against the base."""
    stand, probed = answers.stand, answers.probed
    failed = [path for path in tried if not probed.is_imported(path)]
    if not failed:
        return []
    renamed = {one.path: one.old_path for one in stand.change.files}
    there = set(answers.trees.before.modules.values())
    old = [one for path in failed if (one := renamed.get(path, path)) in there]
    base = None
    if old:
        base = probe(stand, stand.change.base, answers.trees.before, old)
        seen.commands.append(base.ran)
    absent = dict(absent_packages(answers, failed))
    told = {(one.file, one.line) for one in seen.findings}
    tell = [one for one in absent.values() if (one.file, one.line) not in told]
    wrong = {one.file for one in seen.findings if one.fails}
    broken = failures(stand, probed, base, renamed, set(failed) - absent.keys())
    return [*tell, *(one for one in broken if one.rule != "import" or one.file not in wrong)]
