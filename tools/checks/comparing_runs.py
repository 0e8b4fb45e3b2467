"""Holds the run of the tests on a change against the run on its base: what fails, and what does not run any more."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.checks.changed_parts import Parts, is_code
from tools.checks.findings import Finding, Severity
from tools.checks.outcomes import Outcome, Outcomes, file_of, function_of
from tools.checks.tampering import Place, places
from tools.checks.written_tests import Reading

SHOWN = 8
INTERFACE = {"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "NameError", "FixtureLookupError"}
"""What a test of the base raises where something has another name or other parameters now."""


@dataclass(frozen=True)
class Compared:
    """Two runs and what is written in the tests of both trees."""

    reading: Reading
    base: Outcomes
    new: Outcomes

    @property
    def parts(self) -> Parts:
        return self.reading.parts

    @property
    def _successors(self) -> Mapping[str, Place | None]:
        return {pair.before.function: pair.after for pair in self.reading.pairs}

    def blamed(self) -> dict[str, Outcome]:
        """Tests that fail now, and of which that is new."""
        own = {place.function for place in self.reading.changed}
        failed = {test: self.new.tests[test] for test in self.new.ids("failed")}
        before = self._old_ids(self.base.ids("failed"))
        return {test: how for test, how in failed.items() if test not in before or function_of(test) in own}

    def failures(self, blamed: Mapping[str, Outcome]) -> Iterator[Finding]:
        """What fails on the change, and what failed before already."""
        for test, how in sorted(blamed.items()):
            was = "passed on the base" if test in self._old_ids(self.base.ids("passed")) else "is new"
            told = f"{test.partition('::')[2]} {was} and fails: {how.said}"
            yield Finding(file_of(test), 0, "test-fails", told, "critical")
        were_broken = {self.parts.renamed.get(path, path) for path in self.base.broken}
        for path, why in sorted(self.new.broken.items()):
            if path not in were_broken:
                lines = [line.strip() for line in why.splitlines() if line.strip()]
                told = f"Its tests cannot be loaded: {lines[-1] if lines else why}"
                yield Finding(path, 0, "test-fails", told, "critical")
        old = sorted((self.new.ids("failed") - blamed.keys()) | (were_broken & self.new.broken.keys()))
        if old:
            told = f"{len(old)} tests fail as they did on the base: {_listed(old)}."
            yield Finding("", 0, "fails-on-the-base-too", told, "low", fails=False)

    def hidden(self, told_already: set[tuple[str, str]]) -> Iterator[Finding]:
        """Tests that ran on the base and do not on the change, and tests that never run."""
        ran = Counter(map(function_of, self.base.ids("passed")))
        for function in sorted(ran):
            yield from self._of_function(function, ran[function], told_already)
        yield from self._never_collected()

    def _of_function(self, function: str, cases: int, told_already: set[tuple[str, str]]) -> Iterator[Finding]:
        now = self._now(function)
        if now is None or file_of(now) in self.new.broken or not _is_test_function(function):
            return
        path, _, name = now.partition("::")
        if any((path, rule) in told_already for rule in (f"test-skipped {name}", f"test-weakened {name}")):
            return
        found = [test for test in self.new.collected if function_of(test) == now]
        quiet = [test for test in found if self.new.tests[test].result in ("skipped", "xfailed")]
        if not found and path in self.new.left_out:
            yield _finding(path, "test-skipped", f"The whole file is skipped, {name} with it.")
        elif not found:
            yield _finding(path, "test-not-collected", f"{name} ran on the base and is not collected any more.")
        elif quiet and len(found) - len(quiet) < cases:
            how = self.new.tests[quiet[0]]
            yield _finding(path, "test-skipped", f"{name} ran on the base and is {how.result} now: {how.said}")
        elif len(found) < cases:
            is_ours = path in self.parts.new_tests
            told = f"{name} runs {len(found)} cases where there were {cases}."
            severity: Severity = "high" if is_ours else "low"
            yield Finding(path, 0, "test-weakened", told, severity, fails=is_ours, is_acceptable=True)

    def _now(self, function: str) -> str | None:
        """The name of a base's function today; None where it was deleted, which is told by itself."""
        path, _, name = function.partition("::")
        inherited = f"{self.parts.renamed.get(path, path)}::{name}"
        successor = self._successors.get(function)
        if successor is None and function in self._successors:
            return None
        if successor is None and path not in self.parts.renamed and path in self._gone:
            return None
        return successor.function if successor else inherited

    @property
    def _gone(self) -> set[str]:
        return {one.path for one in self.parts.change.files if one.how == "D"}

    def _never_collected(self) -> Iterator[Finding]:
        known = {function_of(test) for test in self.new.collected | self.new.deselected}
        before = {function_of(test) for test in self.base.collected | self.base.deselected}
        out = {*self.new.broken, *self.new.left_out}
        was_out = {path for path in self.parts.old_tests if not any(one.startswith(f"{path}::") for one in before)}
        for place in places(self.parts.new_tests):
            is_one = place.test.is_collectible and place.test.claims and place.path not in out | was_out
            if is_one and place.function not in known and place.function not in before:
                told = f"{place.test.name} is never collected, so it never runs."
                yield Finding(place.path, place.test.line, "test-not-collected", told, is_acceptable=True)

    def _old_ids(self, tests: Iterable[str]) -> set[str]:
        """Ids of the base with the names that files have now."""
        renamed = self.parts.renamed
        return {f"{renamed.get(file_of(test), file_of(test))}::{test.partition('::')[2]}" for test in tests}

    def failing_untouched(self, laid_over: Outcomes) -> list[str]:
        """Tests the change left alone which pass with its tests around them, and fail with those of the base."""
        own = {pair.before.function for pair in self.reading.pairs if pair.is_changed or pair.after is None}
        failed = self.base.ids("passed") & laid_over.ids("failed") & self.new.ids("passed")
        return sorted(test for test in failed if function_of(test) not in own)

    def base_tests_fail(self, laid_over: Outcomes, untouched: set[str], purpose: str) -> Iterator[Finding]:
        """Tests that passed on the base, and as they were written there do not on the change.

        In a fix that is meant: the old test wanted the bug. One that stumbles over another interface is left to the
        third gate, unless all that is new in it are the values it wants. Other words of an error are fine.
        """
        for test in sorted(untouched):
            told = (
                f"{test.partition('::')[2]} passes with the change's tests around it only: {laid_over.tests[test].said}"
            )
            yield Finding(file_of(test), 0, "base-test-fails", told, "critical", is_acceptable=True)
        passed = self.base.ids("passed")
        failed = {function_of(test): laid_over.tests[test] for test in passed & laid_over.ids("failed")}
        for pair in self.reading.pairs:
            how = failed.get(pair.before.function)
            is_lost = pair.before.path in laid_over.broken and pair.has_new_constants_only
            if pair.after is None or not pair.is_changed or not (how or is_lost):
                continue
            is_other_interface = how is not None and how.kind in INTERFACE and not pair.has_new_constants_only
            is_meant = purpose == "fix_bug" or is_other_interface or pair.has_new_words_only
            said = (
                f" fails on the change: {how.said}" if how else " cannot be run on the change, and wants other values"
            )
            told = f"{pair.before.test.name} as the base has it{said}"
            severity: Severity = "low" if is_meant else "high"
            place, fails = pair.after, not is_meant
            yield Finding(place.path, place.test.line, "base-test-fails", told, severity, fails, is_acceptable=True)


def _is_test_function(function: str) -> bool:
    """Examples in docstrings of code come and go with what they explain."""
    return not is_code(file_of(function))


def _finding(path: str, rule: str, told: str) -> Finding:
    return Finding(path, 0, rule, told, is_acceptable=True)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" and more" if names[SHOWN:] else "")
