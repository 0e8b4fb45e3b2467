"""Gate 2 where a project names a command for its tests that is not pytest: its exit code is all there is."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tools.checks.changed_parts import mixed_tree
from tools.checks.findings import Finding
from tools.checks.stand import Stand
from tools.checks.verdict import Checked
from tools.checks.written_tests import Reading
from tools.code.limits import Ran

BLIND = "What the tests run is not known: coverage and mutants need pytest."


def check_command(stand: Stand, reading: Reading, written: list[Finding]) -> Checked:
    """Run the project's own command on the change, and on the base where it fails there."""
    return Command(stand, reading).checked(written)


@dataclass(frozen=True)
class Command:
    """A command, tried on trees of a change."""

    stand: Stand
    reading: Reading

    def checked(self, written: list[Finding]) -> Checked:
        change = self.stand.change
        new = self._run(change.tree)
        commands = [new]
        findings = [*written, Finding("", 0, "coverage-unknown", BLIND, "low", fails=False)]
        if new.exit_code != 0:
            base = self._run(change.base)
            commands.append(base)
            if base.exit_code != 0:
                because = f"`{self._line}` fails on the base as well (exit code {base.exit_code})."
                return Checked(tuple(findings), tuple(commands), skipped_because=because)
            findings.append(
                Finding("", 0, "test-fails", f"`{self._line}` passed on the base and {_how(new)}.", "critical")
            )
        elif self._is_fix:
            findings += self._shown(commands)
        findings += self._untested()
        return Checked(tuple(findings), tuple(commands))

    @property
    def _line(self) -> str:
        return self.stand.rules.project.tests

    @property
    def _is_fix(self) -> bool:
        return self.stand.purpose == "fix_bug" and self.reading.parts.changes_behaviour

    def _run(self, tree: str) -> Ran:
        folder = self.stand.fresh(tree)
        (folder / self.stand.change.prefix).mkdir(parents=True, exist_ok=True)
        return self.stand.run(shlex.split(self._line), folder)

    def _shown(self, commands: list[Ran]) -> Iterator[Finding]:
        """A fix has to fail with its tests on the code of the base."""
        change = self.stand.change
        paths = [path for one in self.reading.parts.around_tests for path in (one.old_path, one.path)]
        ran = self._run(mixed_tree(change, change.base, change.tree, paths))
        commands.append(ran)
        if not paths or ran.exit_code == 0:
            told = f"`{self._line}` passes on the base with the change's tests, so nothing shows that the bug is gone."
            yield Finding("", 0, "no-failing-test", told, is_acceptable=True)

    def _untested(self) -> Iterator[Finding]:
        parts = self.reading.parts
        if parts.changes_behaviour and not parts.around_tests and self.stand.purpose not in ("fix_bug", "refactor"):
            told = "The code changed and no test did."
            yield Finding(parts.change.files[0].path, 0, "no-test-changed", told, is_acceptable=True)


def _how(ran: Ran) -> str:
    return ran.note.rstrip(".") if ran.note else f"fails with exit code {ran.exit_code}"
