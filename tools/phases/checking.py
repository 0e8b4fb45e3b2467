"""Holds the success criteria of a phase against its tree: what code can check is run, the rest needs proven claims."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from tools.agents.rework import TESTER
from tools.agents.testing import counts, test_command
from tools.checks.stand import Stand
from tools.code.limits import Ran
from tools.phases.criteria import Check, Kind, calls, check_for

Json = dict[str, Any]
LONGEST_S = 600
LAST_LINES = 3
NUMBERED = re.compile(r"^\s*criterion (\d+)\b", re.IGNORECASE)
SHOWS_NOTHING = re.compile(
    r"^\s*(?:(?:/usr)?(?:/bin/)?(?:true|false|pwd|ls|echo|printf|git (?:status|log|diff))\b[^&|;]*|:|exit \d+"
    r"|test -n .*|(?:python3?|bash|sh) -c (?:''|\"\"|'?(?:true|pass|exit 0)'?))\s*$"
    r"|(?:\|\||;)\s*(?:true|:|exit \d+|echo\b[^&|;]*)\s*$"
)
"""Commands that end the same way whatever the code does."""
BEFORE = "(on the code before)"
"""How the log of an agent's commands marks one that ran on the code as it was at first."""


@dataclass(frozen=True)
class Held:
    """One criterion: whether it is met, how that was found out, and in a sentence what was seen."""

    criterion: str
    is_met: bool
    how: Kind
    seen: str
    command: str = ""
    exit_code: int | None = None

    def to_json(self) -> Json:
        """For the record of an iteration."""
        return dict(vars(self))


def hold(stand: Stand, criteria: Sequence[str], handoffs: Sequence[Json]) -> list[Held]:
    """Each criterion held against the tree of the stand; `handoffs` are those of this iteration, oldest first."""
    looker = Looker(stand, handoffs)
    return [looker.look(number, criterion) for number, criterion in enumerate(criteria, 1)]


@dataclass
class Looker:
    """Looks at criteria one after another; each command gets the files of the tree for itself, and is run once."""

    stand: Stand
    handoffs: Sequence[Json]
    ran: dict[tuple[str, ...], Ran] = field(default_factory=dict)

    def look(self, number: int, criterion: str) -> Held:
        """One criterion, by the most exact thing it names."""
        check = check_for(criterion)
        looks = {"command": self._command, "tests": self._tests, "endpoint": self._endpoint, "file": self._file}
        if check.kind == "claim":
            return self._claim(number, criterion)
        return looks[check.kind](criterion, check)

    def _command(self, criterion: str, check: Check) -> Held:
        ran = self._run(check.argv)
        is_met = ran.exit_code == check.exit_code and not ran.stopped_by and check.says in ran.log
        return _of(criterion, check.kind, is_met, ran, "" if is_met else _end_of(ran))

    def _tests(self, criterion: str, check: Check) -> Held:
        """The tests of some files, or all of them, with at least one that passed."""
        root = self.stand.folder(self.stand.change.tree) / self.stand.change.prefix
        first, *others = check.paths or ("",)
        argv = test_command(root, first)
        ran = self._run((*argv, *(others if first in argv else ())))
        counted = counts(ran.log)
        is_met = ran.exit_code == 0 and not ran.stopped_by and (counted.get("passed", 0) > 0 or not counted)
        return _of(criterion, check.kind, is_met, ran, ", ".join(f"{many} {how}" for how, many in counted.items()))

    def _endpoint(self, criterion: str, check: Check) -> Held:
        """An endpoint is shown by tests that call it; where none does, nobody knows whether it works."""
        called, change = calls(check.method, check.path), self.stand.change
        own = (path for path in change.paths() if _is_test(path) and path.startswith(change.prefix))
        tests = tuple(path.removeprefix(change.prefix) for path in own if called.search(change.text(path) or ""))
        if not tests:
            return Held(criterion, False, check.kind, f"No test calls {check.method} {check.path}.")
        return self._tests(criterion, replace(check, paths=tests))

    def _file(self, criterion: str, check: Check) -> Held:
        there = set(self.stand.change.paths())
        found = {path: f"{self.stand.change.prefix}{path.removeprefix('./')}" in there for path in check.paths}
        told = "; ".join(f"{path} is {'there' if is_there else 'not there'}" for path, is_there in found.items())
        return Held(criterion, all(one is not check.is_gone for one in found.values()), check.kind, f"{told}.")

    def _claim(self, number: int, criterion: str) -> Held:
        """What the tester says last about a criterion counts where the log of its commands shows it.

        Only the newest handoff of the tester: what it showed before that was shown of other code.
        """
        newest = next((one for one in reversed(self.handoffs) if one["from_agent"] == TESTER), None)
        found = newest["context"]["claims"] if newest else []
        claims = [claim for claim in found if _is_about(claim["statement"], number, criterion)]
        if not claims:
            return Held(criterion, False, "claim", f"{TESTER} showed nothing for it.")
        claim = claims[-1]
        why = claim["why_not"] or _why_nothing(claim["command"], newest["deliverables"]["evidence"] if newest else [])
        is_met = claim["is_proven"] and not why
        seen = claim["statement"] if is_met else f"{claim['statement']} Unproven: {why}."
        return Held(criterion, is_met, "claim", seen, claim["command"], claim["exit_code"])

    def _run(self, argv: Sequence[str]) -> Ran:
        known = tuple(argv)
        if known not in self.ran:
            self.ran[known] = self.stand.run(argv, self.stand.fresh(self.stand.change.tree), timeout_s=LONGEST_S)
        return self.ran[known]


def _of(criterion: str, how: Kind, is_met: bool, ran: Ran, seen: str) -> Held:
    told = f"`{_shown(ran.argv)}` ended with {ran.exit_code}{f': {seen}' if seen else ''}."
    return Held(criterion, is_met, how, told, _shown(ran.argv), ran.exit_code)


def _shown(argv: Sequence[str]) -> str:
    return argv[2] if tuple(argv[:2]) == ("bash", "-c") else shlex.join(argv)


def _end_of(ran: Ran) -> str:
    """The last lines of what a command said, in one."""
    lines = [line.strip() for line in ran.log.splitlines() if line.strip()]
    return " / ".join(lines[-LAST_LINES:])[:500]


def _is_test(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _is_about(statement: str, number: int, criterion: str) -> bool:
    """Whether a claim names a criterion, by its number at the beginning or by its words anywhere."""
    if found := NUMBERED.match(statement):
        return int(found[1]) == number
    return _plain(criterion) in _plain(statement)


def _why_nothing(command: str, ran: Sequence[Json]) -> str:
    """Why a command that ran as it was claimed shows nothing of the code as it is now; "" where it does."""
    if SHOWS_NOTHING.search(command):
        return "this command shows nothing"
    same = [one["command"] for one in ran if command and command in one["command"]]
    return "it ran on the code before" if same and all(one.endswith(BEFORE) for one in same) else ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
