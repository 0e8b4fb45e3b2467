"""Trees that mix base and change: the base's tests with the new code, and the change's tests with the old."""

from dataclasses import dataclass
from functools import cached_property

from tools.checks.changed_parts import Parts, mixed_tree
from tools.checks.findings import Finding
from tools.checks.outcomes import Outcomes, file_of
from tools.checks.stand import Stand


@dataclass(frozen=True)
class Layers:
    """What is laid over what; `guarded` are the findings about files that decide how tests run."""

    stand: Stand
    parts: Parts
    guarded: list[Finding]

    @cached_property
    def needs_base_tests(self) -> bool:
        """Whether the base's tests are others than those of the change, and meet other code than they did."""
        return self.base_over_change not in (self.stand.change.tree, self.stand.change.base)

    @property
    def new_tests(self) -> list[str]:
        """The files of tests that the change brings or changes."""
        return list(self.parts.new_tests)

    @cached_property
    def base_over_change(self) -> str:
        """The change with tests and configuration of the base."""
        change = self.stand.change
        return mixed_tree(change, change.tree, change.base, self._around)

    @cached_property
    def change_over_base(self) -> str:
        """The base with tests and configuration of the change."""
        change = self.stand.change
        return mixed_tree(change, change.base, change.tree, self._around)

    @property
    def _around(self) -> list[str]:
        tests = [path for one in self.parts.around_tests for path in (one.old_path, one.path)]
        return [*tests, *self._configuration]

    @property
    def _configuration(self) -> list[str]:
        return [one.file for one in self.guarded if one.rule == "test-configuration"]


def shows_the_bug(on_base: Outcomes, new: Outcomes) -> list[str]:
    """Tests that pass on the change and fail on the code of the base."""
    lost = {test for test in new.ids("passed") if file_of(test) in on_base.broken}
    return sorted((new.ids("passed") & on_base.ids("failed")) | lost)
