"""Gate 2: the suite passes on the change, what passed on the base still does, and tests look at what is new.

Side by side run the suite on base and change, the base's own tests laid over the change, and for a fix the change's
tests laid over the base. Mutants get what is left of four times the suite.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from tools.checks.changed_parts import Parts
from tools.checks.command_suite import check_command
from tools.checks.comparing_runs import Compared
from tools.checks.coverage_of_change import Covered, Exceptions, covered, exceptions_of, measured_lines
from tools.checks.findings import Finding
from tools.checks.guarded import guarded_findings
from tools.checks.killing import Killing, try_mutants
from tools.checks.laid_over import Layers, shows_the_bug
from tools.checks.outcomes import Outcome, Outcomes, file_of, function_of
from tools.checks.pages import pages_of
from tools.checks.running_tests import Runner, pytest_args
from tools.checks.stand import Stand
from tools.checks.tampering import told_of
from tools.checks.verdict import Checked
from tools.checks.written_tests import Reading
from tools.code.limits import Ran

TIMES_THE_SUITE = 3.5
"""What all gates may have taken when the mutants are over; the half that is left of four is for the last gate."""
LEAST_SECONDS = 5.0
"""What mutants get however quick the suite is: each start of a Python counts more than a test there."""
KEEPING = ("refactor", "optimize", "update_dependencies")
"""Tasks after which everything does what it did, so that the tests of the base say enough."""
ENOUGH_FOR_ALL = 0.8
"""The share of mutants that old tests have to notice where no new one came."""
FEW = 5
"""So many failures may be tests that are not steady; more are not."""
NO_TESTS = "The project has no tests, and the change brings none for its code."
Timed = tuple[Outcomes, Ran | None]


def check_tests(stand: Stand) -> Checked:
    """Run the tests of base and change, and hold the one against the other."""
    parts = Parts(stand.change)
    guarded = guarded_findings(stand.change)
    args = pytest_args(stand.rules.project.tests)
    has_tests = args is None or parts.has_tests
    if not parts.concerns_tests or not (parts.has_code or has_tests):
        return _nothing_to_test(guarded)
    reading = Reading(parts)
    written = [*guarded, *reading.findings()]
    if args is None:
        return check_command(stand, reading, written)
    if not has_tests:
        found = Finding("", 0, "no-tests", NO_TESTS, is_acceptable=True) if parts.changes_behaviour else None
        return Checked((*written, found) if found else tuple(written))
    return Trial(stand, reading, Runner(stand, args), Layers(stand, parts, guarded)).checked(written)


def _nothing_to_test(guarded: list[Finding]) -> Checked:
    if guarded:
        return Checked(tuple(guarded))
    return Checked(skipped_because="Nothing that changed is tested.", is_free_to_skip=True)


@dataclass
class Trial:
    """One change tried with pytest."""

    stand: Stand
    reading: Reading
    runner: Runner
    layers: Layers
    commands: list[Ran] = field(default_factory=list)

    @cached_property
    def measured(self) -> dict[str, list[int]]:
        """The changed lines that tests have to run; those of a page run when the integration gate loads it."""
        pages = set(pages_of(self.stand.change, self.stand.rules.integration.pages))
        lines = measured_lines(self.reading.parts, self._exceptions)
        return {path: numbers for path, numbers in lines.items() if path not in pages}

    @cached_property
    def _exceptions(self) -> Exceptions:
        return exceptions_of(self.stand.change)

    def checked(self, written: list[Finding]) -> Checked:
        """Everything the runs show, on top of what was found in writing."""
        base, new, laid_over, on_base = self._runs()
        if base.is_hopeless and new.is_hopeless:
            why = base.trouble or f"not one of {len(base.tests)} tests passes"
            because = f"The tests cannot be run here, not on the base either: {why}."
            return Checked(tuple(written), tuple(self.commands), skipped_because=because.replace("..", "."))
        if new.trouble:
            found = Finding("", 0, "suite", new.trouble, "critical")
            return Checked((*written, found), tuple(self.commands))
        return self._compared(written, Compared(self.reading, base, new), laid_over, on_base)

    def _runs(self) -> tuple[Outcomes, Outcomes, Outcomes | None, Outcomes | None]:
        """The runs that do not need each other, two at a time."""
        tree, layers, lines = self.stand.change.tree, self.layers, self._exceptions.lines
        jobs: list[Callable[[], Timed]] = [
            self.runner.run_base,
            lambda: self.runner.run(self.stand.fresh(tree), added=self.measured, excluded=lines),
        ]
        if layers.needs_base_tests:
            jobs.append(lambda: self.runner.run(self.stand.fresh(layers.base_over_change)))
        if self.stand.purpose == "fix_bug" and layers.new_tests:
            jobs.append(lambda: self.runner.run(self.stand.fresh(layers.change_over_base), layers.new_tests))
        with ThreadPoolExecutor(2) as pool:
            done = [one.result() for one in [pool.submit(job) for job in jobs]]
        self.commands += [ran for _, ran in done if ran is not None]
        found: list[Outcomes | None] = [outcomes for outcomes, _ in done]
        laid_over = found.pop(2) if layers.needs_base_tests else None
        on_base = found[2] if len(found) > 2 else None
        return done[0][0], done[1][0], laid_over, on_base

    def _compared(
        self, written: list[Finding], runs: Compared, laid_over: Outcomes | None, on_base: Outcomes | None
    ) -> Checked:
        blamed, unsteady = self._steady(runs)
        seen = covered(self.measured, runs.new)
        findings = [*written, *runs.failures(blamed), *unsteady, *runs.hidden(told_of(self.reading.pairs))]
        findings += self._of_base_tests(runs, laid_over) if laid_over else []
        findings += seen.findings(self.stand.rules.gates.min_diff_coverage)
        is_green = not blamed and not any(one.rule in ("test-fails", "diff-coverage") and one.fails for one in findings)
        killing = (
            self._mutants(runs, seen) if is_green else Killing(unjudged="the tests fail, or do not run the change")
        )
        findings += killing.findings()
        findings += self._needed_tests(runs, seen, killing, on_base)
        commands = [*self.commands, *([killing.ran] if killing.ran else [])]
        unique = tuple({one.id: one for one in findings}.values())
        return Checked(
            unique, tuple(commands), counts=_counts(runs.new, seen, killing), versions=dict(runs.new.versions)
        )

    def _steady(self, runs: Compared) -> tuple[dict[str, Outcome], list[Finding]]:
        """The tests that fail because of the change: a few failures of old tests get a second run."""
        blamed = runs.blamed()
        own = {place.function for place in self.reading.changed}
        if not 0 < len(blamed) <= FEW or any(function_of(test) in own for test in blamed):
            return blamed, []
        again, ran = self.runner.run(self.stand.fresh(self.stand.change.tree))
        self.commands += [ran] if ran else []
        passed = blamed.keys() & again.ids("passed") if not again.trouble else set()
        told = [_unsteady(test) for test in sorted(passed)]
        return {test: how for test, how in blamed.items() if test not in passed}, told

    def _of_base_tests(self, runs: Compared, laid_over: Outcomes) -> Iterator[Finding]:
        """The base's own tests on the new code; the few that fail although nobody changed them get a second run."""
        if laid_over.trouble:
            told = f"The tests of the base cannot be run on the change. {laid_over.trouble}"
            yield Finding("", 0, "base-test-fails", told, "critical", is_acceptable=True)
            return
        doubted = runs.failing_untouched(laid_over)
        steady = set(doubted)
        if 0 < len(doubted) <= FEW:
            folder = self.stand.fresh(self.layers.base_over_change)
            again, ran = self.runner.run(folder, sorted({file_of(test) for test in doubted}))
            self.commands.append(ran)
            steady -= again.ids("passed")
        yield from runs.base_tests_fail(laid_over, steady, self.stand.purpose)

    def _mutants(self, runs: Compared, seen: Covered) -> Killing:
        seconds = left_for_mutants(max(runs.base.seconds, runs.new.seconds), time.monotonic() - self.stand.began)
        return try_mutants(self.runner, self.reading.parts, runs.new, seen, seconds)

    def _needed_tests(
        self, runs: Compared, seen: Covered, killing: Killing, on_base: Outcomes | None
    ) -> Iterator[Finding]:
        """A change of behaviour comes with tests, and a fix with one that failed."""
        parts, purpose = self.reading.parts, self.stand.purpose
        passed = {function_of(test) for test in runs.new.ids("passed")}
        has_tests = any(place.function in passed for place in self.reading.changed)
        if not parts.changes_behaviour:
            return
        if purpose == "fix_bug":
            if not (on_base and shows_the_bug(on_base, runs.new)):
                told = "No new or changed test fails on the base and passes now, so nothing shows that the bug is gone."
                yield Finding("", 0, "no-failing-test", told, is_acceptable=True)
        elif not has_tests and purpose not in KEEPING:
            yield from _untested(parts, seen, killing, purpose)


def left_for_mutants(suite_s: float, spent_s: float) -> float:
    """How long mutants may take where the suite takes so long, and all gates so far took so long.

    >>> left_for_mutants(40, 85), left_for_mutants(40, 139), left_for_mutants(1, 2)
    (55.0, 5.0, 5.0)
    """
    return max(LEAST_SECONDS, TIMES_THE_SUITE * suite_s - spent_s)


def _untested(parts: Parts, seen: Covered, killing: Killing, purpose: str) -> Iterator[Finding]:
    """Code that changed without a test: accepted where the tests there run all of it and notice its faults."""
    names = parts.new_public_names
    why = (
        f"{', '.join(names[:3])} can be used from now on" if names
        else "what it adds is meant to be new" if purpose == "add_feature"
        else "the tests of the base do not run all of it" if seen.percent < 100
        else "the tests of the base do not notice small faults in it" if killing.share < ENOUGH_FOR_ALL
        else ""
    )  # fmt: skip
    first = parts.code[0].path if parts.code else ""
    told = "The code changed and no test did" + (f", and {why}." if why else "; the tests that were there cover it.")
    if why:
        yield Finding(first, 0, "no-test-changed", told, is_acceptable=True)
    else:
        yield Finding(first, 0, "no-test-changed", told, "low", fails=False)


def _unsteady(test: str) -> Finding:
    told = f"{test.partition('::')[2]} failed once and passed at the second try."
    return Finding(test.partition("::")[0], 0, "unsteady-test", told, "medium", fails=False)


def _counts(new: Outcomes, seen: Covered, killing: Killing) -> dict[str, float]:
    counts: dict[str, float] = {name: len(new.ids(name)) for name in ("passed", "failed", "skipped", "xfailed")}
    counts |= {"changed_statements": seen.statements, "diff_coverage": round(seen.percent, 1)}
    return {**counts, "mutants": killing.judged, "mutants_killed": killing.killed}
