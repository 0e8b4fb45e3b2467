"""The verdict of a gate, computed from what its check saw and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tools.checks.findings import Finding, gravest_first
from tools.code.limits import Ran

Json = dict[str, Any]
GateName = Literal["syntax", "tests", "integration", "review", "performance"]
GateState = Literal["passed", "failed", "waiting", "skipped"]
GATES: tuple[GateName, ...] = ("syntax", "tests", "integration", "review", "performance")
PASSING_SCORE = 90
WAITS = "-waits"
"""How the rule of the finding ends that says a person is needed."""


@dataclass(frozen=True)
class Checked:
    """What the check of one gate saw on one tree.

    `score` is 0 to 100 where the gate gives one. `skipped_because` is set where nothing of the change concerns the
    gate (`is_free_to_skip`), or where it could not look, which passes only where the settings allow it. `waits_for` is
    a sentence that says for what a person is needed.
    """

    findings: tuple[Finding, ...] = ()
    commands: tuple[Ran, ...] = ()
    score: float | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    skipped_because: str = ""
    is_free_to_skip: bool = False
    waits_for: str = ""


@dataclass(frozen=True)
class Verdict:
    """A gate and how it ended; `accepted` maps the ids of findings to the person who answers for them."""

    gate: GateName
    mandatory: bool
    state: GateState
    checked: Checked
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """A skip counts as passed where it is allowed, which `judge` has seen to: one that is not allowed failed."""
        return self.state in ("passed", "skipped")

    def to_json(self) -> Json:
        """The gate in the form of contracts; `log` is what each command said."""
        seen = self.checked
        return {
            "gate": self.gate,
            "mandatory": self.mandatory,
            "state": self.state,
            "passed": self.passed,
            "skipped_because": seen.skipped_because or None,
            "waits_for": seen.waits_for or None,
            "score": seen.score,
            "seconds": round(seen.seconds, 3),
            "counts": dict(seen.counts),
            "versions": dict(seen.versions),
            "commands": [command_told(ran) for ran in seen.commands],
            "findings": [one.to_json(self.accepted) for one in gravest_first(seen.findings)],
        }


def judge(
    gate: GateName,
    checked: Checked,
    *,
    mandatory: bool = True,
    may_skip: bool = False,
    accepted: Mapping[str, str] | None = None,
    passing_score: float = PASSING_SCORE,
) -> Verdict:
    """The verdict of code: `accepted` counts only for findings a person may answer for.

    That a person is needed is a finding too, which passes once somebody answered for it.
    """
    if checked.waits_for:
        waits = Finding("", 0, f"{gate}{WAITS}", checked.waits_for, fails=False, is_acceptable=True)
        checked = replace(checked, findings=(*checked.findings, waits))
    answered = {
        one.id: accepted[one.id] for one in checked.findings if accepted and one.is_acceptable and one.id in accepted
    }
    state = _state(checked, answered, may_skip, passing_score)
    return Verdict(gate, mandatory, state, checked, answered)


def _state(checked: Checked, answered: Mapping[str, str], may_skip: bool, passing_score: float) -> GateState:
    if any(one.fails and one.id not in answered for one in checked.findings):
        return "failed"
    if checked.score is not None and checked.score < passing_score:
        return "failed"
    if any(one.rule.endswith(WAITS) and one.id not in answered for one in checked.findings):
        return "waiting"
    if checked.skipped_because:
        return "skipped" if checked.is_free_to_skip or may_skip else "failed"
    return "passed"


def command_told(ran: Ran) -> Json:
    """A command as evidence tells it."""
    return {"argv": list(ran.argv), "exit_code": ran.exit_code, "seconds": round(ran.seconds, 3), "log": ran.log}
