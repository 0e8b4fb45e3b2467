"""What can be said of a change's tests without running them: what became of each, and what code does to please them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tools.agents.permission import is_test
from tools.checks.changed_parts import Parts
from tools.checks.findings import Finding
from tools.checks.shortcuts import Asked, asked_in, shortcut_findings
from tools.checks.tampering import Pair, Place, empty_tests, pair_up, places, tamper_findings
from tools.checks.test_census import census, claiming, parsed

MOST_HELPERS = 400
"""Files of tests that are searched for functions which assert something for others."""


@dataclass(frozen=True)
class Reading:
    """The tests of a change as they are written."""

    parts: Parts

    @cached_property
    def pairs(self) -> list[Pair]:
        """Each touched test of the base, and what became of it."""
        return pair_up(self.parts.old_tests, self.parts.new_tests, self.parts.renamed)

    @cached_property
    def changed(self) -> list[Place]:
        """Tests that are new, or say something else than before."""
        same = {pair.after.function for pair in self.pairs if pair.after and not pair.is_changed}
        return [place for place in places(self.parts.new_tests) if place.function not in same]

    def findings(self) -> Iterator[Finding]:
        """Everything that speaks against the change so far."""
        gone = {one.path for one in self.parts.change.files if one.how == "D"}
        yield from tamper_findings(self.pairs, gone)
        yield from self._empty()
        asked = list(self._asked())
        for one in self.parts.code:
            yield from shortcut_findings(one.path, self.parts.change.text(one.path) or "", one.added, asked)

    def _empty(self) -> Iterator[Finding]:
        """Tests that assert nothing themselves; only then their helpers in other files are looked for."""
        found = list(empty_tests(self.changed))
        if not found:
            return
        helpers, change = self._helpers(), self.parts.change
        paths = {one.file for one in found}
        again = {path: census(change.text(path), helpers) for path in paths}
        now = {place.function for path in paths for place in places({path: again[path]}) if not place.test.claims}
        yield from empty_tests([place for place in self.changed if place.function in now])

    def _helpers(self) -> set[str]:
        paths = [path for path in self.parts.change.paths() if path.endswith(".py") and is_test(path)]
        trees = (parsed(self.parts.change.text(path)) for path in paths[:MOST_HELPERS])
        return {name for tree in trees if tree is not None for name in claiming(tree)}

    def _asked(self) -> Iterator[Asked]:
        by_file: dict[str, set[str]] = {}
        for place in self.changed:
            by_file.setdefault(place.path, set()).add(place.short)
        for path, names in by_file.items():
            yield from asked_in(self.parts.change.text(path) or "", names)
