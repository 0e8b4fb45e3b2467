"""Tries mutants of the changed lines on the tests that run those lines, and says which of them nobody noticed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tools.checks.boundaries import known_edges
from tools.checks.changed_parts import Parts, is_code
from tools.checks.coverage_of_change import Covered
from tools.checks.findings import Finding
from tools.checks.mutants import Mutant, boundaries_first, mutants_of
from tools.checks.outcomes import Json, Outcomes
from tools.checks.running_tests import Runner
from tools.code.limits import Ran

ENOUGH = 4
LEAST_KILLED = 1 / 3
"""A share and not all: a mutant may do the same as the code, and boundaries, which come first, are hard to notice.

Tests that look at what code does notice half of them and more; those that only run it, hardly any.
"""
MOST_TESTS = 60
PATIENCE, GRACE_S = 4, 3.0
ALIVE, NO_TESTS = 0, 5
MISSED = ("whole", "unseen")
"""How far tests came to an edge where one of them should stand on it."""
CONTROL = -1


@dataclass(frozen=True)
class Killing:
    """What came of the mutants; `unjudged` says why none was tried.

    `missed` are those of the survivors that moved the edge of a comparison, which no test stands on.
    """

    killed: int = 0
    survivors: tuple[Mutant, ...] = ()
    missed: tuple[Mutant, ...] = ()
    unjudged: str = ""
    ran: Ran | None = None
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """The part that was noticed; 1 where there was none."""
        return self.killed / self.judged if self.judged else 1.0

    @property
    def is_too_weak(self) -> bool:
        """Fewer than a third of four or more were noticed, or none of two or three."""
        return self.share < LEAST_KILLED and (self.judged >= ENOUGH or (self.judged > 1 and self.killed == 0))

    def findings(self) -> Iterator[Finding]:
        """One for each survivor, which fails at an edge that was missed, and one where they are too many."""
        for mutant in self.survivors:
            told = f"No test notices when {mutant.told}"
            if mutant in self.missed:
                told += ", and none stands on that edge, where both sides are equal."
                yield Finding(mutant.path, mutant.line, "boundary-untested", told, is_acceptable=True)
            else:
                yield Finding(mutant.path, mutant.line, "mutant-survives", f"{told}.", "low", fails=False)
        if self.is_too_weak:
            told = f"The tests notice {self.killed} of {self.judged} small faults in the changed lines: they run the "
            told += "code without looking at what it does."
            first = self.survivors[0]
            yield Finding(first.path, first.line, "mutants-survive", told, is_acceptable=True)


def try_mutants(runner: Runner, parts: Parts, new: Outcomes, seen: Covered, seconds: float) -> Killing:
    """Try as many mutants as the rules and the time allow."""
    most = runner.stand.rules.gates.mutants
    chosen = _chosen(parts, seen, most) if most else []
    if not chosen:
        return Killing(unjudged="no changed line can be mutated")
    tasks = [_task(number, mutant, new) for number, mutant in enumerate(chosen)]
    tests = sorted({test for task in tasks for test in task["tests"]}, key=lambda test: new.tests[test].seconds)
    text = parts.change.text(chosen[0].path)
    control = {**tasks[0], "id": CONTROL, "text": text, "watched": "", "tests": tests[:MOST_TESTS]}
    folder = runner.stand.fresh(parts.change.tree)
    job = {
        "mutants": [control, *tasks],
        "seconds": seconds,
        "preload": list(new.loaded),
        "args": runner.options(folder),
    }
    told, ran = runner.send("run_mutants.py", job, folder, timeout_s=seconds + PATIENCE * GRACE_S)
    return _judged(told, chosen, ran)


def _chosen(parts: Parts, seen: Covered, most: int) -> list[Mutant]:
    """Mutants of lines that ran and that did not only move, a fair share for each file."""
    moved = parts.moved_lines
    known = _known(parts)
    by_file = []
    for one in parts.code:
        text = parts.change.text(one.path) or ""
        lines = text.splitlines()
        ran = seen.lines.get(one.path, frozenset())
        wanted = {line for line in ran if lines[line - 1].strip() not in moved}
        by_file.append(mutants_of(one.path, text, wanted, most, known))
    longest = max(map(len, by_file), default=0)
    shared = [of_file[number] for number in range(longest) for of_file in by_file if number < len(of_file)]
    return boundaries_first(shared)[:most]


def _known(parts: Parts) -> frozenset[str]:
    """Comparisons that the change did not bring: under other names, in another line or file they are the same."""
    code = [one for one in parts.change.files if one.is_python and is_code(one.path)]
    now = [parts.change.text(one.path) for one in code if one.is_there]
    return known_edges(map(parts.change.old_text, code), now)


def _task(number: int, mutant: Mutant, new: Outcomes) -> Json:
    tests = _tests_for(mutant, new)
    needed = sum(new.tests[test].seconds for test in tests)
    task = {"id": number, "path": mutant.path, "text": mutant.text, "watched": mutant.watched, "tests": tests}
    return {**task, "timeout_s": PATIENCE * needed + GRACE_S}


def _tests_for(mutant: Mutant, new: Outcomes) -> list[str]:
    """The quickest tests that run the line; for one that only runs at import those that run anything of the file."""
    facts, passed = new.coverage[mutant.path], new.ids("passed")
    found = passed & set(facts["tests"].get(str(mutant.line), [])) or passed & set(facts["every"]) or passed
    return sorted(found, key=lambda test: (new.tests[test].seconds, test))[:MOST_TESTS]


def _judged(told: str, chosen: list[Mutant], ran: Ran) -> Killing:
    codes = {event["id"]: event for event in _events(told) if event["what"] == "mutant"}
    if codes.get(CONTROL, {}).get("code") != ALIVE:
        return Killing(unjudged="the tests do not pass one by one, so nothing can be said of mutants", ran=ran)
    survivors, missed, killed = [], [], 0
    for number, mutant in enumerate(chosen):
        event = codes.get(number, {"code": NO_TESTS})
        if event["code"] == ALIVE:
            survivors.append(mutant)
            missed += [mutant] if event["edge"] in MISSED else []
        elif event["code"] != NO_TESTS and not event.get("is_cut"):
            killed += 1
    return Killing(killed, tuple(survivors), tuple(missed), ran=ran)


def _events(told: str) -> list[Json]:
    try:
        return [json.loads(line) for line in told.splitlines()]
    except ValueError:
        return []
