"""What a run of tests came to: how each test ended, and whether the run can be believed at all."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tools.code.limits import Ran

Json = dict[str, Any]
Result = Literal["passed", "failed", "skipped", "xfailed"]
ENDS_WELL, SOME_FAILED, NOTHING_COLLECTED = 0, 1, 5
SHOWN = 300


@dataclass(frozen=True)
class Outcome:
    """How one test ended: `kind` is the type of what it raised, `why` the end of what pytest said of it."""

    result: Result
    kind: str = ""
    why: str = ""
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """The last line that says something."""
        lines = [line.strip() for line in self.why.splitlines() if line.strip()]
        told = [line[1:].strip() for line in lines if line.startswith("E ")] or lines
        return told[0][:SHOWN] if told else self.kind


@dataclass(frozen=True)
class Outcomes:
    """One run. Ids are `path/from/the/top.py::Class::test[case]`.

    `broken` are files that could not be collected, with the reason, and `left_out` such that skipped themselves.
    `trouble` is a sentence where what was reported cannot be believed, or "".
    """

    tests: Mapping[str, Outcome] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()
    deselected: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    seconds: float = 0.0
    coverage: Json = field(default_factory=dict)
    loaded: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def ids(self, result: Result) -> set[str]:
        """The tests that ended so."""
        return {test for test, outcome in self.tests.items() if outcome.result == result}

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing passed although there was something to run: the place lacks what the tests need."""
        return bool(self.trouble) or (not self.ids("passed") and bool(self.ids("failed") or self.broken))


def function_of(test: str) -> str:
    """The function of a test, which may have several cases.

    >>> function_of("tests/test_a.py::TestPut::test_price[90-::-put]")
    'tests/test_a.py::TestPut::test_price'
    """
    return test.partition("[")[0]


def file_of(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def read_outcomes(events: str, ran: Ran) -> Outcomes:
    """What the lines of `inside/run_tests.py` say, held against how the run ended."""
    try:
        told = [json.loads(line) for line in events.splitlines()]
    except ValueError:
        return Outcomes(trouble="The report of the tests is damaged.", seconds=ran.seconds)
    by_kind: dict[str, list[Json]] = {}
    for event in told:
        by_kind.setdefault(event["what"], []).append(event)
    finished = by_kind.get("finished", [{}])[-1]
    tests = _ended(by_kind.get("report", []))
    found = Outcomes(
        tests=tests,
        collected=frozenset(_ids(by_kind.get("collected", []))),
        deselected=frozenset(_ids(by_kind.get("deselected", []))),
        broken={event["id"]: event["why"] for event in by_kind.get("broken", [])},
        left_out={event["id"]: event["why"] for event in by_kind.get("left out", [])},
        seconds=finished.get("seconds", ran.seconds),
        coverage=finished.get("files", {}),
        loaded=tuple(finished.get("loaded", ())),
        versions={name: finished[key] for name, key in VERSIONS.items() if key in finished},
    )
    return _with_trouble(found, by_kind, ran)


VERSIONS = {"pytest": "pytest", "coverage": "version"}


def _ids(events: Iterable[Json]) -> Iterable[str]:
    return (test for event in events for test in event["ids"])


def _ended(reports: Iterable[Json]) -> dict[str, Outcome]:
    """A test failed if any part of it did: its start, itself, one of its subtests, its end."""
    parts: dict[str, list[Json]] = {}
    for report in reports:
        parts.setdefault(report["id"], []).append(report)
    return {test: _together(of) for test, of in parts.items()}


def _together(parts: list[Json]) -> Outcome:
    seconds = sum(part["seconds"] for part in parts)
    for part in sorted(parts, key=lambda part: part["outcome"] != "failed"):
        if part["outcome"] != "passed":
            result: Result = "xfailed" if part["xfail"] else part["outcome"]
            return Outcome(result, part["kind"], part["why"], seconds)
    return Outcome("passed", seconds=seconds)


def _with_trouble(found: Outcomes, by_kind: Mapping[str, list[Json]], ran: Ran) -> Outcomes:
    trouble = _trouble(found, by_kind, ran)
    return Outcomes(**{**found.__dict__, "trouble": trouble}) if trouble else found


def _trouble(found: Outcomes, by_kind: Mapping[str, list[Json]], ran: Ran) -> str:
    """Why a run is no evidence, in a sentence; "" where exit code, counts and reports agree."""
    begun = by_kind.get("begun", [])
    during = f" in {begun[-1]['id']}" if begun and "finished" not in by_kind else ""
    if ran.note:
        return f"{ran.note.rstrip('.')}{during}."
    if "no pytest" in by_kind:
        return f"The project's Python has no pytest that works: {by_kind['no pytest'][0]['why'][:SHOWN]}."
    if "finished" not in by_kind:
        return f"The run of the tests broke off{during} with exit code {ran.exit_code}: {_last_line(ran)}"
    return _disagreement(found, by_kind["finished"][-1]["code"], ran)


def _disagreement(found: Outcomes, code: int, ran: Ran) -> str:
    unrun = sorted(found.collected - found.tests.keys())
    is_red = bool(found.ids("failed") or found.broken)
    if code != ran.exit_code:
        return f"pytest ended with {code}, but its process with {ran.exit_code}."
    if code not in (ENDS_WELL, SOME_FAILED, NOTHING_COLLECTED):
        return f"pytest stopped with exit code {code}: {_last_line(ran)}"
    if unrun:
        return f"{len(unrun)} tests were collected and never ended, {unrun[0]} among them."
    if (code == ENDS_WELL and is_red) or (code == SOME_FAILED and not is_red):
        return f"pytest ended with {code}, which its own reports of the tests contradict."
    return ""


def _last_line(ran: Ran) -> str:
    lines = [line.strip() for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
    return lines[-1][:SHOWN] if lines else "it said nothing."
