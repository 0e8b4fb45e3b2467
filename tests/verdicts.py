"""Verdicts and evidence for tests: a gate that saw what it is told to have seen."""

from datetime import UTC, datetime

from checkpoints.database import Database
from checkpoints.evidence import Subject, record_evidence
from checkpoints.fence import Fence
from tools.checks.findings import Finding
from tools.checks.verdict import GATES, Checked, GateName, Verdict, judge
from tools.code.limits import Ran

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
TREE, BASE = "a" * 40, "b" * 40
SUBJECT = Subject("/somewhere/wheel", TREE, BASE)
LOG = "1 passed\n" * 500


def verdict(gate: GateName = "tests", *findings: Finding, mandatory: bool = True, waits_for: str = "") -> Verdict:
    """A verdict after one command; it passed unless a finding fails it or it waits."""
    ran = Ran(("pytest", "-q"), int(bool(findings)), 1.25, LOG, "")
    counts, versions = {"passed": 3, "failed": len(findings)}, {"pytest": "9.0"}
    seen = Checked(findings, (ran,), counts=counts, versions=versions, seconds=1.5, waits_for=waits_for)
    return judge(gate, seen, mandatory=mandatory)


def evidence_of_five(database: Database, subject: Subject = SUBJECT, **other: Verdict) -> list[int]:
    """The ids of passing evidence of the five gates, but for those that are given by name."""
    return [kept(database, other.get(gate) or verdict(gate), subject) for gate in GATES]


def kept(database: Database, seen: Verdict, subject: Subject = SUBJECT, fence: Fence | None = None) -> int:
    """The id of the evidence of a verdict."""
    return record_evidence(database, subject, seen.to_json(), NOW, fence)
