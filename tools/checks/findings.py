"""What a check found: one thing wrong at one place, under an id that stays the same for the same change."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Finding:
    """A file from the top of the project, a line counted from 1 (0: the whole file), a rule, and a sentence.

    `file` is "" where the change as a whole is meant. `fails` says that the gate fails by this finding alone; one that
    does not only costs points or is told. `is_acceptable` says that a person may answer for it.
    """

    file: str
    line: int
    rule: str
    message: str
    severity: Severity = "high"
    fails: bool = True
    is_acceptable: bool = False

    @property
    def id(self) -> str:
        """Twelve hex digits of file, line, rule and message.

        >>> Finding("a.py", 3, "parse", "invalid syntax").id
        'b486f67a18f9'
        """
        told = "\0".join((self.file, str(self.line), self.rule, self.message))
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:12]

    def to_json(self, accepted: Mapping[str, str] | None = None) -> Json:
        """The finding in the form of contracts, with who accepted it, or None."""
        shown = ("file", "line", "rule", "severity", "message", "fails", "is_acceptable")
        told = {name: getattr(self, name) for name in shown}
        return {"id": self.id, **told, "accepted_by": (accepted or {}).get(self.id)}


def gravest_first(findings: tuple[Finding, ...]) -> list[Finding]:
    """What fails before what does not, then by severity, file and line."""
    return sorted(findings, key=lambda one: (not one.fails, SEVERITIES.index(one.severity), one.file, one.line))
