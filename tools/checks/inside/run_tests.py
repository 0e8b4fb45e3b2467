"""Runs inside the box: pytest on a project, and each step of it as a line of JSON in a file outside of the project.

It is started by its path with the project's Python, so it knows the standard library and what that Python has; pytest
and coverage come from the folder `lib` of the task where the project has none. The task is a JSON file: see `main`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.checks.inside import hits
else:
    import hits

    del sys.modules["hits"]

NO_PYTEST = 97
"""The exit code where no pytest can be imported."""
OLDEST_COVERAGE = 7
LONGEST = 600
COVERAGE_OPTIONS = ("--cov", "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context", "--cov-precision")
COVERAGE_FLAGS = ("--cov-branch", "--cov-append", "--no-cov", "--no-cov-on-fail", "--cov-reset")

MARKS = ("integration", "e2e")

Json = dict[str, Any]


class Told:
    """The file of events; whoever wants to forge one has to get past the exit code and the counts, too."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def tell(self, what: str, **facts: Any) -> None:
        os.write(self.file, (json.dumps({"what": what, **facts}) + "\n").encode())


class Coverage:
    """Which changed statements each test runs; without files it does nothing."""

    def __init__(self, task: Json) -> None:
        self.root: str = task["root"]
        self.exclude: list[str] = task.get("exclude", [])
        self.added: dict[str, list[int]] = {
            str(Path(self.root, path)): lines for path, lines in task.get("added", {}).items()
        }
        self.hits: hits.Hits | None = None
        if self.added:
            import coverage

            self.version = coverage.__version__
            self.hits = hits.Hits(self.added)
            self.hits.install()

    def enter(self, test: str) -> None:
        if self.hits:
            self.hits.now = test

    def facts(self) -> Json:
        """For each file the statements a change touched, those of them that ran, and which test ran each line."""
        if not self.hits:
            return {}
        files = {os.path.relpath(file, self.root): self._of(file, seen) for file, seen in self.hits.seen.items()}
        return {"version": self.version, "files": files}

    def _of(self, file: str, seen: dict[int, set[str]]) -> Json:
        """What counts as a statement, and where one begins, is what coverage says."""
        import coverage
        from coverage.exceptions import CoverageException
        from coverage.python import PythonFileReporter

        rules = coverage.Coverage(data_file=None, config_file=False)
        rules.set_option("report:exclude_lines", self.exclude)
        try:
            known = PythonFileReporter(file, coverage=rules)
            statements = known.lines()
        except CoverageException as error:
            return {"trouble": str(error)[:LONGEST]}
        first = {line: min(known.translate_lines([line])) for line in self.added[file]}
        ran = known.translate_lines(seen) & statements
        touched = set(first.values()) & statements
        tests = {line: sorted(seen[start] - {""}) for line, start in first.items() if start in ran & seen.keys()}
        every = sorted(set().union(*seen.values()) - {""})
        return {"touched": sorted(touched), "ran": sorted(touched & ran), "tests": tests, "every": every}


class Watcher:
    """The plugin: what was collected, what was left out, and how each test ended."""

    def __init__(self, told: Told, coverage: Coverage) -> None:
        self.told = told
        self.coverage = coverage
        self.ids: dict[str, str] = {}

    def pytest_addoption(self, parser: Any) -> None:
        """A project that asks pytest-cov or xdist for something runs where they are not installed, too."""
        group = parser.getgroup("measured elsewhere")
        if importlib.util.find_spec("pytest_cov") is None:
            for name in COVERAGE_OPTIONS:
                group.addoption(name, action="append", nargs="?", const="", default=[])
            for name in COVERAGE_FLAGS:
                group.addoption(name, action="store_true")
        if importlib.util.find_spec("xdist") is None:
            group._addoption("-n", "--numprocesses", default="0")
            group.addoption("--dist", default="no")

    def pytest_configure(self, config: Any) -> None:
        """What the third gate looks for by its mark need not be a mark that the project declares."""
        for name in MARKS:
            if name in (config.getoption("markexpr", "") or ""):
                config.addinivalue_line("markers", f"{name}: end to end")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.told.tell("broken", id=self._place(report), why=str(report.longrepr)[-LONGEST:])
        elif report.skipped:
            self.told.tell("left out", id=self._place(report), why=str(report.longrepr)[-LONGEST:])

    def _place(self, report: Any) -> str:
        path = getattr(report, "magnus_path", "") or report.nodeid
        return str(path)

    def pytest_deselected(self, items: Any) -> None:
        self.told.tell("deselected", ids=[self._id(item) for item in items])

    def pytest_collection_finish(self, session: Any) -> None:
        self.told.tell("collected", ids=[self._id(item) for item in session.items])

    def _id(self, item: Any) -> str:
        path = str(getattr(item, "path", None) or item.fspath)
        own = f"{os.path.relpath(path, self.coverage.root)}::{item.nodeid.partition('::')[2]}"
        self.ids[item.nodeid] = own
        return own

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        own = self.ids.get(nodeid, nodeid)
        self.told.tell("begun", id=own)
        self.coverage.enter(own)

    def pytest_runtest_logfinish(self) -> None:
        self.coverage.enter("")

    def pytest_runtest_logreport(self, report: Any) -> None:
        is_part = type(report).__name__.startswith("Sub") and report.passed
        if report.outcome not in ("passed", "failed", "skipped") or is_part:
            return
        shown = str(report.longrepr)[-LONGEST:] if report.longrepr and report.outcome != "passed" else ""
        facts = {"when": report.when, "outcome": report.outcome, "seconds": round(report.duration, 4), "why": shown}
        kind = getattr(report, "magnus_kind", "")
        is_expected = hasattr(report, "wasxfail")
        self.told.tell("report", id=self.ids.get(report.nodeid, report.nodeid), kind=kind, xfail=is_expected, **facts)


def hooks(watcher: Watcher) -> Watcher:
    """The plugin with the wrappers that need pytest to be there."""
    import pytest

    class Wrapped(Watcher):
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_makereport(self, call: Any) -> Iterator[None]:
            made: Any = yield
            if call.excinfo is not None:
                made.get_result().magnus_kind = call.excinfo.typename

        @pytest.hookimpl(hookwrapper=True)
        def pytest_make_collect_report(self, collector: Any) -> Iterator[None]:
            made: Any = yield
            path = getattr(collector, "path", None) or collector.fspath
            made.get_result().magnus_path = os.path.relpath(str(path), self.coverage.root)

    return Wrapped(watcher.told, watcher.coverage)


def options(task: Json) -> list[str]:
    """Every test runs once, in this process, in its own order; nothing is written beside the code."""
    words = ["-q", "-rfE", "--tb=short", "--maxfail=0", "--continue-on-collection-errors"]
    words += ["-o", "cache_dir=/tmp/magnus-pytest-cache", "-n0"]
    words += ["--no-cov"] if importlib.util.find_spec("pytest_cov") else []
    words += ["-p", "no:randomly"] if importlib.util.find_spec("pytest_randomly") else []
    return [*words, *(word for plugin in task["without"] for word in ("-p", f"no:{plugin}"))]


def prepare(task: Json) -> None:
    """The import path as `python -m pytest` has it, and behind everything what the project lacks."""
    sys.path[0] = str(Path.cwd())
    if task.get("added") and has_no_coverage():
        for name in [one for one in sys.modules if one.partition(".")[0] == "coverage"]:
            del sys.modules[name]
        sys.path.insert(1, task["lib_coverage"])
    try:
        import pytest  # noqa: F401
    except ImportError:
        sys.path.append(task["lib_pytest"])


def has_no_coverage() -> bool:
    """Whether the project's Python has none, or one that is too old to be asked."""
    try:
        import coverage

        return coverage.version_info[0] < OLDEST_COVERAGE
    except (ImportError, AttributeError):
        return True


def run_suite(task: Json) -> int:
    """Run the tests once."""
    told = Told(task["out"])
    try:
        import pytest
    except ImportError as error:
        told.tell("no pytest", why=str(error))
        return NO_PYTEST
    try:
        coverage = Coverage(task)
    except (ImportError, AttributeError) as error:
        told.tell("no coverage", why=str(error))
        coverage = Coverage({**task, "added": {}})
    began = time.monotonic()
    sys.argv = ["pytest", *task["args"]]
    code = int(pytest.main([*options(task), *task["args"]], plugins=[hooks(Watcher(told, coverage))]))
    seconds = time.monotonic() - began
    told.tell("finished", code=code, seconds=seconds, pytest=pytest.__version__, loaded=loaded(), **coverage.facts())
    return code


def loaded() -> list[str]:
    """The modules of installed packages that the tests needed."""
    places = [(name, getattr(module, "__file__", None) or "") for name, module in list(sys.modules.items())]
    return sorted(name for name, place in places if "site-packages" in place and "." not in name)


def top_of(prefix: str) -> str:
    """The top of the repository, for a program that was started in the folder of the project."""
    here = Path.cwd()
    return str([here, *here.parents][len([part for part in prefix.split("/") if part])])


def main() -> int:
    """Do what the JSON file on the command line says."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    task["root"] = top_of(task["prefix"])
    prepare(task)
    return run_suite(task)


if __name__ == "__main__":
    sys.exit(main())
