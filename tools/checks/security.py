"""Bandit and our own reading of the syntax tree: what an attacker, or a silent error, would come through."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os.path import normpath
from typing import Any

from tools.agents.permission import is_test
from tools.checks.before import Before
from tools.checks.errand import ErrandFailed, send
from tools.checks.findings import Finding, Json, Severity
from tools.checks.news import News
from tools.checks.parsing import inside
from tools.checks.stand import Stand
from tools.code.limits import Ran

LOOKED_FOR = (
    "B102", "B104", "B108", "B113", "B201", "B202", "B301", "B302", "B304", "B305", "B307", "B310", "B314", "B318",
    "B323", "B324", "B501", "B502", "B503", "B504", "B505", "B506", "B507", "B601", "B602", "B604", "B605", "B608",
    "B609", "B610", "B611", "B701", "B702",
)  # fmt: skip
"""Bandit's rules; silent errors, passwords and values in SQL are read by ourselves, with fewer false alarms."""
FAILING = {"B102", "B201", "B307", "B323", "B501", "B502", "B503", "B506", "B507", "B601", "B602", "B605", "B609"}
BY_SEVERITY = {"B602", "B605", "B609", "B601", "B307"}
"""Of these only what bandit is sure of: a fixed text in a shell is low."""
UNPACKING = {"B301", "B302"}
"""Objects made of bytes that came from somewhere; a file of the program's own only costs points."""
SMELLS = {
    "swallowed": "Every error is caught here and nobody hears of it",
    "passed-over": "An error is passed over here in silence",
    "sql-values": "SQL is put together from values here: give them as parameters",
    "sql-names": "Names in SQL are put together here: check them against a fixed list",
    "shell-values": "A shell command is put together from values here: give a list of arguments",
    "knows-tests": "This code asks whether a test is running: what is tested has to be what runs",
    "docstring": "A public name says not what it is for: the project writes docstrings",
}
FAILING_SMELLS = {"swallowed", "sql-values", "shell-values", "knows-tests"}
ENOUGH, MOST = 4, 40
HABIT = 0.7
"""The share of public names with a docstring from which on the project is one that writes them."""


def run_bandit(stand: Stand, news: News, paths: Sequence[str]) -> tuple[list[Finding], list[Ran]]:
    """What bandit says of the new lines; nothing in them silences it. Raises ErrandFailed."""
    paths = [path for path in paths if not is_test(path) and news.new.get(path)]
    if not paths:
        return [], []
    words = ["-q", "-f", "json", "--ignore-nosec", "-t", ",".join(LOOKED_FOR), *(inside(stand, path) for path in paths)]
    argv = [stand.own_python, "-I", "-m", "bandit", *words]
    ran = stand.run(argv, stand.folder(stand.change.tree), may_write=False)
    try:
        told = json.loads(ran.stdout)
        if ran.exit_code not in (0, 1) or ran.is_truncated or not isinstance(told["results"], list):
            raise ErrandFailed("The safety of the change", ran)
        by_name = {normpath(inside(stand, path)): path for path in paths}
        seen = {normpath(name) for name in told["metrics"]} - {normpath(one["filename"]) for one in told["errors"]}
        unread = [path for name, path in by_name.items() if name not in seen]
        found = [*_hits(told["results"], by_name, news), *map(_unread, unread)]
    except (ValueError, KeyError, TypeError) as error:
        raise ErrandFailed("The safety of the change", ran) from error
    return found, [ran]


def _hits(results: list[Any], by_name: Mapping[str, str], news: News) -> Iterator[Finding]:
    for one in results:
        path, rule = by_name[normpath(one["filename"])], one["test_id"]
        lines = [one["line_number"], *one["line_range"]]
        if news.touches(path, min(lines), max(lines)):
            is_sure = rule not in BY_SEVERITY or one["issue_severity"] != "LOW"
            fails = (rule in FAILING and is_sure) or (rule in UNPACKING and _is_of_bytes(news, path, min(lines)))
            if rule == "B608":
                yield Finding(path, one["line_number"], "sql-constant", f"{one['issue_text']}", "low", False)
            elif fails or one["issue_severity"] != "LOW":
                severity: Severity = "critical" if fails else "medium"
                yield Finding(path, one["line_number"], rule, one["issue_text"], severity, fails, fails)


def _is_of_bytes(news: News, path: str, line: int) -> bool:
    return "loads(" in news.lines[path].get(line, "")


def _unread(path: str) -> Finding:
    return Finding(path, 0, "unread", "Bandit cannot read this file: a person has to.", "medium", False)


def find_smells(stand: Stand, news: News, before: Before, paths: Sequence[str]) -> tuple[list[Finding], list[Ran]]:
    """What our own reading finds and the base did not have; tests are left to the gate that runs them."""
    files = {
        f"now {path}": inside(stand, path) for path in paths if not is_test(path) and not path.endswith("conftest.py")
    }
    if not files:
        return [], []
    files |= {f"before {path}": str(place) for path, place in before.places.items() if place.suffix == ".py"}
    told, ran = send(
        stand, "smells", {"files": files}, what="The changed files", python=stand.own_python, seen=[before.folder]
    )
    now, then = _under("now ", told["files"]), _under("before ", told["files"])
    found = [*_new_smells(now, then, news), *(_unread(path) for path, one in now.items() if one is None)]
    undocumented = list(_undocumented(now, then))
    commands = [ran]
    if undocumented:
        writes, more = _writes_docstrings(stand, then)
        commands += more
        found += undocumented if writes else []
    return found, commands


def _new_smells(now: Mapping[str, Any], then: Mapping[str, Any], news: News) -> Iterator[Finding]:
    old = Counter((one["rule"], one["key"]) for told in then.values() for one in told or [])
    for path, told in now.items():
        for one in told or []:
            is_old = old[one["rule"], one["key"]] > 0
            old[one["rule"], one["key"]] -= is_old
            is_meant = one["rule"] in SMELLS and one["rule"] != "docstring"
            if is_meant and not is_old and news.touches(path, one["line"], one["last"]):
                yield _smell(path, one)


def _undocumented(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[Finding]:
    moved = {one["key"] for told in then.values() for one in told or [] if one["rule"] == "docstring"}
    for path, told in now.items():
        yield from (_smell(path, one) for one in told or [] if one["rule"] == "docstring" and one["key"] not in moved)


def _smell(path: str, one: Json) -> Finding:
    rule, fails = one["rule"], one["rule"] in FAILING_SMELLS
    message = f"{SMELLS[rule]}: {one['key']}." if rule == "docstring" else f"{SMELLS[rule]}."
    return Finding(path, one["line"], rule, message, "critical" if fails else "low", fails, fails)


def _writes_docstrings(stand: Stand, then: Mapping[str, Any]) -> tuple[bool, list[Ran]]:
    """Whether the project's public names say what they are for: those of the changed files, and some of the others."""
    known = [one["rule"] for told in then.values() for one in told or [] if one["rule"] in ("docstring", "documented")]
    commands = []
    if len(known) < ENOUGH:
        changed = {one.path for one in stand.change.files}
        others = [path for path in stand.change.paths() if path.endswith(".py") and not is_test(path)]
        others = [path for path in others if path not in changed and path.startswith(stand.change.prefix)]
        files = {path: inside(stand, path) for path in others[:: max(1, len(others) // MOST)]}
        told, ran = send(stand, "smells", {"files": files}, what="The project", python=stand.own_python)
        known += [one["rule"] for told in told["files"].values() for one in told or [] if one["rule"].startswith("doc")]
        commands.append(ran)
    return len(known) >= ENOUGH and known.count("documented") >= HABIT * len(known), commands


def _under(word: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(word): one for name, one in told.items() if name.startswith(word)}
