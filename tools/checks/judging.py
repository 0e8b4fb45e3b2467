"""A change before its gates: which run when, what a person answered for, and the evidence that is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from checkpoints.database import Database
from checkpoints.evidence import Subject, accepted, record_evidence
from checkpoints.fence import Fence
from checkpoints.tree_results import TreeResults
from tools.checks.change import Change
from tools.checks.findings import Finding, gravest_first
from tools.checks.gates import Check, run_gate
from tools.checks.major import why_major
from tools.checks.stand import Stand, open_stand
from tools.checks.verdict import GATES, Checked, GateName, GateState, Verdict, judge
from tools.code.sandbox import Sandbox

Json = dict[str, Any]
Told = Callable[[GateName, Verdict | None], None]

TOGETHER: tuple[GateName, ...] = ("tests", "integration", "review")
NEEDS_SOUND_SYNTAX: tuple[GateName, ...] = ("tests", "integration", "performance")
NOT_RUN = "Not run, since the syntax gate failed."


@dataclass(frozen=True)
class Record:
    """Where verdicts are kept, for which request, and by what clock."""

    database: Database
    subject: Subject
    fence: Fence | None = None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def keep(self, verdict: Verdict) -> int:
        """Keep a verdict; returns the id of its evidence."""
        return record_evidence(self.database, self.subject, verdict.to_json(), self.now(), self.fence)

    def accepted(self) -> Mapping[str, str]:
        """What persons answered for on this tree."""
        return accepted(self.database, self.subject.tree)


@dataclass(frozen=True)
class Judgement:
    """The verdicts on one change, each with the id of its evidence; `major_because` is "" where it is not major."""

    change: Change
    verdicts: Mapping[GateName, Verdict]
    evidence: Mapping[GateName, int]
    major_because: str

    @property
    def state(self) -> GateState:
        """Failed where a gate failed, else waiting where one waits, else passed."""
        states = {verdict.state for verdict in self.verdicts.values()}
        return "failed" if "failed" in states else "waiting" if "waiting" in states else "passed"

    @property
    def findings(self) -> list[tuple[GateName, Finding]]:
        """What nobody answered for, of all gates, gravest first."""
        whose = {
            finding: verdict.gate
            for verdict in reversed(list(self.verdicts.values()))
            for finding in verdict.checked.findings
            if finding.id not in verdict.accepted
        }
        return [(whose[finding], finding) for finding in gravest_first(tuple(whose))]

    def to_json(self) -> Json:
        """The form of contracts."""
        return {
            "passed": self.state == "passed",
            "tree": self.change.tree,
            "base": self.change.base,
            "is_major": bool(self.major_because),
            "major_because": self.major_because or None,
            "gates": [
                verdict.to_json() | {"evidence": self.evidence[verdict.gate]} for verdict in self.verdicts.values()
            ],
        }


def subject_of(
    change: Change, purpose: str = "", thread_id: str | None = None, request_id: str | None = None
) -> Subject:
    """Under what the evidence of a change is kept."""
    return Subject(str(change.root / change.prefix), change.tree, change.base, purpose, thread_id, request_id)


@contextmanager
def stand_with_memory(change: Change, sandbox: Sandbox, record: Record, audit_url: str = "") -> Iterator[Stand]:
    """A stand that remembers what was found out about a tree from one run to the next."""
    memory = TreeResults(record.database, record.subject.project, record.now())
    with open_stand(change, sandbox, record.subject.purpose, cache=memory, audit_url=audit_url) as stand:
        yield stand


def judge_gate(gate: GateName, stand: Stand, record: Record, check: Check | None = None) -> tuple[Verdict, int]:
    """One gate, and the id of the evidence that is kept of it."""
    verdict = run_gate(gate, stand, record.accepted(), check)
    return verdict, record.keep(verdict)


def judge_change(
    stand: Stand,
    record: Record,
    gates: Sequence[GateName] = GATES,
    told: Told = lambda gate, verdict: None,
    checks: Mapping[GateName, Check] | None = None,
) -> Judgement:
    """The verdicts of these gates: syntax alone, then tests, integration and review side by side, then performance by
    itself.

    `told` hears of each gate when it begins and when it is over. Where syntax fails, what would run the code fails
    with it unseen: `NOT_RUN`. Evidence of each gate is kept as soon as it is over.
    """
    answered = record.accepted()
    found: dict[GateName, Verdict] = {}
    kept: dict[GateName, int] = {}
    for stage in (("syntax",), TOGETHER, ("performance",)):
        wanted = [gate for gate in stage if gate in gates]
        is_broken = "syntax" in found and found["syntax"].state == "failed"
        unseen = [gate for gate in wanted if is_broken and gate in NEEDS_SOUND_SYNTAX]
        looks = {gate: _look(gate, stand, answered, checks or {}) for gate in wanted if gate not in unseen}
        failed_unseen = (judge(gate, Checked(skipped_because=NOT_RUN)) for gate in unseen)
        for verdict in chain(failed_unseen, _run(stand, looks, told)):
            found[verdict.gate], kept[verdict.gate] = verdict, record.keep(verdict)
            told(verdict.gate, verdict)
    ordered = {gate: found[gate] for gate in GATES if gate in found}
    return Judgement(stand.change, ordered, kept, why_major(stand.change, stand.rules))


def _look(
    gate: GateName, stand: Stand, answered: Mapping[str, str], checks: Mapping[GateName, Check]
) -> Callable[[], Verdict]:
    return lambda: run_gate(gate, stand, answered, checks.get(gate))


def _run(stand: Stand, looks: Mapping[GateName, Callable[[], Verdict]], told: Told) -> Iterator[Verdict]:
    """Each verdict as it comes. Where one look raises, or somebody interrupts, the others run nothing more."""
    if not looks:
        return
    with ThreadPoolExecutor(len(looks), "gate") as pool:
        for gate in looks:
            told(gate, None)
        waiting: list[Future[Verdict]] = [pool.submit(look) for look in looks.values()]
        try:
            for done in as_completed(waiting):
                yield done.result()
        except BaseException:
            stand.stopped.set()
            raise
