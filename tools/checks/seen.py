"""What a gate of several looks gathers on the way, and what it comes to."""

from dataclasses import dataclass, field

from tools.checks.findings import Finding
from tools.checks.verdict import Checked
from tools.code.limits import Ran


@dataclass
class Seen:
    """What is gathered on the way; `troubles` are what could not be looked at, `looks` what was."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    looks: int = 0
    waits_for: str = ""

    def checked(self, nothing: str) -> Checked:
        """What the check saw; `nothing` says why the gate is skipped where there was nothing to look at."""
        because = " ".join(dict.fromkeys(self.troubles))
        is_free = not self.looks and not self.findings and not because
        return Checked(
            tuple(dict.fromkeys(self.findings)),
            tuple(self.commands),
            counts=self.counts,
            versions=self.versions,
            skipped_because=nothing if is_free else because,
            is_free_to_skip=is_free,
            waits_for=self.waits_for,
        )
