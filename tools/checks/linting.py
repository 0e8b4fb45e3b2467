"""Ruff on the lines that are new, by rules of ours: mistakes, traps, and functions that grew too large."""

import platform
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from tools.agents.permission import is_test
from tools.checks.before import Before
from tools.checks.deductions import points
from tools.checks.findings import Finding
from tools.checks.linter import SYNTAX, Hit, Linted, Settings, run_ruff, settings_of
from tools.checks.news import News
from tools.checks.parsing import oldest_python, python_asked
from tools.checks.stand import Stand
from tools.code.limits import Ran

RULES = (
    "F", "E711", "E712", "E713", "E714", "E721", "E722", "E731", "E741", "W605", "BLE001", "C901", "PLE",
    "B002", "B003", "B005", "B006", "B012", "B015", "B016", "B018", "B020", "B021", "B022", "B023", "B025", "B029",
    "B030", "B031", "B032", "B033", "B035", "B039",
)  # fmt: skip
LEFT_OUT = ("F403", "F405", "F722", "F821", "F822", "F823")
"""Stars and names: the first gate has looked at them."""
ALWAYS = ("F6", "F5", "F7", "PLE", "BLE001", "E722", "B006")
"""What no setting of the base takes back."""
BRANCHES = 15
NAMED = re.compile(r"`([^`]+)`")


def lint(stand: Stand, news: News, before: Before, paths: Sequence[str]) -> tuple[list[Finding], list[Ran]]:
    """What ruff says of the new lines, but for what the base's own settings of it take back. Raises ErrandFailed."""
    if not paths:
        return [], []
    settings = settings_of(stand)
    running = platform.python_version()
    linted = run_ruff(
        stand, paths, before, RULES, python=oldest_python(python_asked(stand.change), running), settings=settings,
        config=[f"lint.mccabe.max-complexity = {BRANCHES}"],
    )  # fmt: skip
    return [_finding(hit) for hit in _new(linted, news) if _counts(hit, settings, stand.change.prefix)], [linted.ran]


def _new(linted: Linted, news: News) -> Iterator[Hit]:
    """On new lines, or, of what pyflakes says of a whole file, not said of it before."""
    old = Counter((hit.path, hit.rule, hit.message) for hit in linted.before)
    large = {(hit.path, _name(hit)) for hit in linted.before if hit.rule == "C901"}
    for hit in linted.now:
        is_old = old[hit.path, hit.rule, hit.message] > 0
        old[hit.path, hit.rule, hit.message] -= is_old
        if hit.rule == "C901":
            if (hit.path, _name(hit)) not in large:
                yield hit
        elif not is_old and (hit.rule.startswith("F") or news.touches(hit.path, hit.line, hit.line)):
            yield hit


def _counts(hit: Hit, settings: Settings, prefix: str) -> bool:
    if hit.rule == SYNTAX or hit.rule.startswith(LEFT_OUT):
        return False
    if hit.path.endswith("__init__.py") and hit.rule == "F401":
        return False
    if is_test(hit.path) and not hit.rule.startswith("F"):
        return False
    path = hit.path.removeprefix(prefix)
    places = [rules for pattern, rules in settings.ignored_in.items() if _is_meant(pattern, path)]
    ignored = tuple(rule for rules in (settings.ignored, *places) for rule in rules if rule != "ALL")
    return not hit.rule.startswith(ignored) or hit.rule.startswith(ALWAYS)


def _is_meant(pattern: str, path: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path.rpartition("/")[2], pattern)


def _name(hit: Hit) -> str:
    found = NAMED.search(hit.message)
    return found[1] if found else hit.message


def _finding(hit: Hit) -> Finding:
    rule = "complexity" if hit.rule == "C901" else hit.rule
    return Finding(hit.path, hit.line, rule, f"{hit.message}.", "medium" if points(rule) > 3 else "low", False)
