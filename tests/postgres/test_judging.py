"""The five gates on a change: their order, what a person answered for, and the evidence that stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, new_checkout
from verdicts import NOW

from checkpoints.database import Database
from checkpoints.evidence import accept_finding, latest_evidence
from tools.checks.change import change_of
from tools.checks.findings import Finding
from tools.checks.gates import Check
from tools.checks.judging import NOT_RUN, Judgement, Record, judge_change, judge_gate, stand_with_memory, subject_of
from tools.checks.stand import Stand, Stopped
from tools.checks.verdict import GATES, Checked, GateName, Verdict
from tools.code.sandbox import Sandbox

BROKEN = Finding("src/app.py", 1, "parse", "It cannot be read.", "critical")
TAMPER = Finding("conftest.py", 1, "conftest", "It can hide tests.", is_acceptable=True)
STYLE = Finding("src/app.py", 1, "style", "A long line.", "low", fails=False)


@dataclass
class Told:
    """What was told of the gates, in order."""

    events: list[str] = field(default_factory=list)

    def __call__(self, gate: GateName, verdict: Verdict | None) -> None:
        self.events.append(f"{gate} {verdict.state if verdict else 'begins'}")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = new_checkout(tmp_path / "wheel")
    checkout.commit(readme__md="# The wheel\n")
    return checkout


@contextmanager
def bench(checkout: Checkout, database: Database) -> Iterator[tuple[Stand, Record]]:
    change = change_of(checkout.folder)
    record = Record(database, subject_of(change), now=lambda: NOW)
    with stand_with_memory(change, Sandbox(), record) as stand:
        yield stand, record


def sees(*findings: Finding, waits_for: str = "") -> Check:
    """A check that sees the same everywhere."""
    return lambda stand: Checked(findings, waits_for=waits_for)


def judged(checkout: Checkout, database: Database, told: Told | None = None, **other: Check) -> Judgement:
    """The judgement of five gates that pass, but for those given."""
    checks = {gate: other.get(gate) or sees() for gate in GATES}
    with bench(checkout, database) as (stand, record):
        return judge_change(stand, record, told=told or Told(), checks=checks)


def test_syntax_runs_first_three_side_by_side_and_performance_by_itself(checkout: Checkout, database: Database) -> None:
    told, meeting = Told(), Barrier(3, timeout=20)

    def meets(stand: Stand) -> Checked:
        meeting.wait()
        return Checked()

    judgement = judged(checkout, database, told, tests=meets, integration=meets, review=meets)
    assert judgement.state == "passed"
    assert told.events[:5] == ["syntax begins", "syntax passed", "tests begins", "integration begins", "review begins"]
    assert set(told.events[5:8]) == {"tests passed", "integration passed", "review passed"}
    assert told.events[8:] == ["performance begins", "performance passed"]
    assert list(judgement.verdicts) == list(GATES)


def test_each_verdict_is_kept_for_its_tree(checkout: Checkout, database: Database) -> None:
    judgement = judged(checkout, database, tests=sees(BROKEN))
    kept = latest_evidence(database, judgement.change.tree, judgement.change.base, str(checkout.folder))
    assert {gate: row["id"] for gate, row in kept.items()} == judgement.evidence
    assert {gate: row["state"] for gate, row in kept.items()} == dict.fromkeys(GATES, "passed") | {"tests": "failed"}
    assert judgement.change.tree == checkout.git("rev-parse", "HEAD^{tree}")
    assert judgement.change.base == checkout.git("rev-parse", "HEAD~1^{tree}")


def test_code_that_cannot_be_loaded_is_not_run_and_has_not_passed(checkout: Checkout, database: Database) -> None:
    checkout.commit(**{"__magnus__toml": '[gates]\nmay_skip = ["tests", "integration", "performance"]\n'})
    checkout.commit(readme__md="# Again\n")
    told = Told()
    judgement = judged(checkout, database, told, syntax=sees(BROKEN))
    states = {gate: (verdict.state, verdict.passed) for gate, verdict in judgement.verdicts.items()}
    assert states == dict.fromkeys(GATES, ("failed", False)) | {"review": ("passed", True)}
    assert judgement.verdicts["tests"].to_json()["skipped_because"] == NOT_RUN
    assert not {"tests begins", "integration begins", "performance begins"} & set(told.events)
    assert len(judgement.evidence) == 5


def test_what_a_person_answered_for_counts_on_that_tree_and_no_other(checkout: Checkout, database: Database) -> None:
    first = judged(checkout, database, tests=sees(TAMPER))
    assert (first.state, [finding for _, finding in first.findings]) == ("failed", [TAMPER])
    accept_finding(database, first.change.tree, TAMPER.id, "ada", "It only names a marker.", NOW)
    again = judged(checkout, database, tests=sees(TAMPER))
    assert (again.state, again.findings) == ("passed", [])
    assert again.to_json()["gates"][1]["findings"][0]["accepted_by"] == "ada"
    checkout.commit(readme__md="# Another\n")
    assert judged(checkout, database, tests=sees(TAMPER)).state == "failed"


@pytest.mark.parametrize(
    ("tests", "review", "state"),
    [
        (sees(), sees(waits_for="A person reviews it."), "waiting"),
        (sees(BROKEN), sees(waits_for="A person reviews it."), "failed"),
        (sees(STYLE), sees(), "passed"),
    ],
)
def test_a_failure_outweighs_waiting(
    checkout: Checkout, database: Database, tests: Check, review: Check, state: str
) -> None:
    judgement = judged(checkout, database, tests=tests, review=review)
    assert (judgement.state, judgement.to_json()["passed"]) == (state, state == "passed")


def test_findings_of_all_gates_come_gravest_first_and_once(checkout: Checkout, database: Database) -> None:
    judgement = judged(checkout, database, tests=sees(STYLE, TAMPER), review=sees(BROKEN, STYLE))
    assert judgement.findings == [("review", BROKEN), ("tests", TAMPER), ("tests", STYLE)]


def test_one_gate_alone_is_judged_and_kept(checkout: Checkout, database: Database) -> None:
    with bench(checkout, database) as (stand, record):
        judgement = judge_change(stand, record, ["performance"], checks={"performance": sees()})
        verdict, number = judge_gate("review", stand, record, sees(BROKEN))
    assert list(judgement.verdicts) == ["performance"]
    kept = latest_evidence(database, judgement.change.tree, judgement.change.base)
    assert {gate: row["id"] for gate, row in kept.items()} == {**judgement.evidence, "review": number}
    assert (verdict.state, kept["review"]["state"]) == ("failed", "failed")


@needs_bubblewrap
def test_where_a_check_breaks_down_the_others_run_nothing_more(checkout: Checkout, database: Database) -> None:
    meeting, stopped = Barrier(2, timeout=20), []

    def breaks(stand: Stand) -> Checked:
        meeting.wait()
        raise ZeroDivisionError

    def goes_on(stand: Stand) -> Checked:
        meeting.wait()
        stand.stopped.wait(20)
        try:
            stand.run(["true"], stand.folder(stand.change.tree))
        except Stopped as error:
            stopped.append(str(error))
        return Checked()

    with pytest.raises(ZeroDivisionError):
        judged(checkout, database, tests=breaks, review=goes_on)
    assert stopped == ["The gates were stopped."]


def test_what_was_found_out_about_a_tree_is_remembered_by_the_next_stand(
    checkout: Checkout, database: Database
) -> None:
    seen = []

    def remembers(stand: Stand) -> Checked:
        seen.append(stand.cache.get("base"))
        stand.cache.put("base", {"passed": 3})
        return Checked()

    judged(checkout, database, tests=remembers)
    judged(checkout, database, tests=remembers)
    assert seen == [None, {"passed": 3}]


def test_two_projects_of_one_repository_have_evidence_of_their_own(checkout: Checkout, database: Database) -> None:
    checkout.write("tool/app.py", "print('tool')\n")
    checkout.commit()
    own = replace(checkout, folder=checkout.folder / "tool")
    judgement = judged(own, database)
    assert latest_evidence(database, judgement.change.tree, judgement.change.base, str(checkout.folder)) == {}
    assert len(latest_evidence(database, judgement.change.tree, judgement.change.base, f"{own.folder}")) == 5
