"""Tests that are marked `integration` or `e2e`, or lie in a folder of that name.

They run here whether or not the second gate ran them: many projects leave them out of their usual run. What else the
project leaves out, such as tests marked slow or live, stays left out.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from tools.agents.permission import is_test
from tools.checks.change import Change
from tools.checks.findings import Finding
from tools.checks.outcomes import Outcome, Outcomes, file_of, function_of
from tools.checks.running_tests import Runner, pytest_args
from tools.checks.stand import Stand
from tools.code.git import WORKING
from tools.code.limits import Ran

MARKS = ("integration", "e2e")
FOLDERS = {"integration", "e2e", "integration_tests", "end_to_end", "end2end"}
BY_SURROUNDINGS = {
    "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "gaierror", "OperationalError", "URLError",
    "HTTPError", "ConnectTimeout", "ConnectError", "NewConnectionError", "MaxRetryError", "TimeoutError",
    "InterfaceError", "WayOutIsClosed", "ProxyError", "NoBrokersAvailable", "ServerSelectionTimeoutError",
    "OSError", "PermissionError", "StreamlitSecretNotFoundError",
}  # fmt: skip
"""What is raised where a server or a network is missing, as both are in the box."""
SHOWN = 8


@dataclass
class Marked:
    """What became of the tests: `trouble` says why they could not be looked at."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    trouble: str = ""


def check_marked(stand: Stand) -> Marked | None:
    """The marked tests of the change, held against those of the base where some fail; None where there are none."""
    by_folder, by_mark = marked_files(stand.change, stand.change.tree)
    args = pytest_args(stand.rules.project.tests)
    if not by_folder and not by_mark:
        return None
    runner = Runner(stand, _places_left_out(args or ()))
    marked = Marked()
    for words, files in ((_words(stand.change), by_mark), ((), by_folder)):
        if files:
            _run(stand, replace(runner, args=(*runner.args, *words)), files, marked)
    return marked


def marked_files(change: Change, tree: str) -> tuple[list[str], list[str]]:
    """The files of tests in folders for it, and others in which something is marked."""
    tests = [path for path in change.paths(tree) if path.startswith(change.prefix) and path.endswith(".py")]
    tests = [path for path in tests if is_test(path) and re.match(r"test_.*|.*_test\.py", PurePosixPath(path).name)]
    in_folders = [path for path in tests if FOLDERS & set(PurePosixPath(path).parts[:-1])]
    pattern = rf"mark\.({'|'.join(MARKS)})([^[:alnum:]_]|$)"
    shown = ("grep", "-l", "-z", "-E", "-I", "--full-name", "--no-textconv", "-e", pattern, tree)
    found = change.git.run(*shown, "--", "*.py", may_end=(0, 1), bounds=WORKING).out
    marked = {name.decode(errors="surrogateescape").partition(":")[2] for name in found.split(b"\0")[:-1]}
    return in_folders, [path for path in tests if path in marked and path not in in_folders]


def _places_left_out(args: tuple[str, ...]) -> tuple[str, ...]:
    """The project's own words for pytest without those that choose tests by mark."""
    kept, words = [], iter(args)
    for word in words:
        if word in ("-m", "-k"):
            next(words, None)
        elif not word.startswith(("-m=", "--ignore")):
            kept.append(word)
    return tuple(kept)


def _words(change: Change) -> tuple[str, ...]:
    """What makes pytest choose the marked tests, and none that the base leaves out for another mark."""
    others = [name for name in _left_out(change) if name not in MARKS]
    chosen = f"({' or '.join(MARKS)})"
    return ("-m", " and ".join([chosen, *(f"not {name}" for name in others)]))


def _left_out(change: Change) -> list[str]:
    """The marks of tests that the base's settings leave out of the usual run."""
    texts = [
        change.text(f"{change.prefix}{name}", change.base) or "" for name in ("pytest.ini", "tox.ini", "setup.cfg")
    ]
    options = [line for text in texts for line in re.findall(r"^addopts\s*=(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE)]
    try:
        told = tomllib.loads(change.text(f"{change.prefix}pyproject.toml", change.base) or "")
    except tomllib.TOMLDecodeError:
        told = {}
    given = told.get("tool", {}).get("pytest", {}).get("ini_options", {}).get("addopts", "")
    options.append(shlex.join(given) if isinstance(given, list) else str(given))
    return re.findall(r"\bnot[\s(]+(\w+)", " ".join(options))


def _run(stand: Stand, runner: Runner, files: list[str], marked: Marked) -> None:
    new, ran = runner.run(stand.fresh(stand.change.tree), files)
    marked.commands.append(ran)
    marked.versions |= new.versions
    for name in ("passed", "failed", "skipped"):
        marked.counts[f"marked_{name}"] = marked.counts.get(f"marked_{name}", 0) + len(new.ids(name))
    if new.trouble:
        base = _base(stand, runner, marked)
        if base is None or base.trouble:
            marked.trouble = f"The integration tests could not be run: {new.trouble}"
        else:
            told = f"The integration tests ran on the base and do not now: {new.trouble}"
            marked.findings.append(Finding("", 0, "integration-test", told, "critical"))
    elif new.ids("failed") or new.broken:
        marked.findings += _blamed(new, _base(stand, runner, marked) or Outcomes(), stand.change)


def _base(stand: Stand, runner: Runner, marked: Marked) -> Outcomes | None:
    """The same tests on the base; None where it has none."""
    by_folder, by_mark = marked_files(stand.change, stand.change.base)
    files = by_mark if "-m" in runner.args else by_folder
    if not files:
        return None
    found, ran = runner.run(stand.fresh(stand.change.base), files)
    marked.commands.append(ran)
    return found


def _blamed(new: Outcomes, base: Outcomes, change: Change) -> Iterator[Finding]:
    """Tests that the change broke; others failed before, or are new and miss a network that no box has."""
    renamed = {one.path: one.old_path for one in change.files}
    failed_before = base.ids("failed") | {f"{file}::" for file in base.broken}
    old = []
    for test in sorted(new.ids("failed")):
        how, path = new.tests[test], file_of(test)
        before = f"{renamed.get(path, path)}::{test.partition('::')[2]}"
        if before in failed_before or f"{file_of(before)}::" in failed_before:
            old.append(test)
        elif before not in base.ids("passed") and how.kind in BY_SURROUNDINGS:
            told = f"{_name(test)} is new and cannot run in the box: {how.said}"
            yield Finding(path, 0, "integration-test", told, "low", fails=False)
        else:
            yield Finding(path, 0, "integration-test", _told(test, how, before in base.ids("passed")), "critical")
    for path, why in sorted(new.broken.items()):
        if renamed.get(path, path) in base.broken:
            old.append(path)
        else:
            lines = [line.strip() for line in why.splitlines() if line.strip()]
            told = f"Its tests cannot be loaded: {lines[-1] if lines else why}"
            yield Finding(path, 0, "integration-test", told, "critical")
    if old:
        told = f"{len(old)} integration tests fail as they did on the base: {', '.join(map(function_of, old[:SHOWN]))}."
        yield Finding("", 0, "fails-on-the-base-too", told, "low", fails=False)


def _told(test: str, how: Outcome, has_passed: bool) -> str:
    return f"{_name(test)} {'passed on the base' if has_passed else 'is new'} and fails: {how.said}"


def _name(test: str) -> str:
    return test.partition("::")[2]
