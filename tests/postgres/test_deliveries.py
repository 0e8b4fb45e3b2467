"""No delivery without evidence of the five gates on its tree: the database itself refuses it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from verdicts import BASE, NOW, SUBJECT, TREE, evidence_of_five, kept, verdict

from checkpoints.database import Database
from checkpoints.deliveries import Approval, Unproven, latest_deliveries, record_delivery
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased
from tools.checks.findings import Finding
from tools.checks.verdict import GATES

WRONG = Finding("src/app.py", 3, "failed", "test_total fails")


def deliver(database: Database, ids: Sequence[int], key: str = "r/deliver", **more: Any) -> dict[str, Any]:
    subject = more.pop("subject", SUBJECT)
    return record_delivery(database, key, subject, "Total counts fees", "branch", "magnus/total", ids, NOW, **more)


def test_a_delivery_on_evidence_of_five_gates_is_on_record(database: Database) -> None:
    ids = evidence_of_five(database)
    approval = Approval("ada", NOW - timedelta(minutes=5))
    row = deliver(database, ids, commit="d" * 40, approval=approval)
    assert latest_deliveries(database) == [row]
    assert (row["tree"], row["base"], row["evidence"], row["red"]) == (TREE, BASE, ids, [])
    assert (row["approved_by"], row["approved_at"], row["emergency"]) == ("ada", approval.at, None)
    assert (row["mode"], row["branch"], row["commit"], row["at"]) == ("branch", "magnus/total", "d" * 40, NOW)
    assert latest_deliveries(database, project="/somewhere/else") == []


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_is_needed(database: Database, gate: str) -> None:
    ids = evidence_of_five(database)
    left = [number for number, name in zip(ids, GATES, strict=True) if name != gate]
    for given in (left, [*left, left[0]]):
        with pytest.raises(Unproven, match=f"no evidence that passes for: {gate}"):
            deliver(database, given)
    for elsewhere in (replace(SUBJECT, tree="c" * 40), replace(SUBJECT, base="c" * 40)):
        with pytest.raises(Unproven, match=gate):
            deliver(database, [*left, kept(database, verdict(gate), elsewhere)])  # type: ignore[arg-type]
    assert latest_deliveries(database) == []


def test_a_mandatory_gate_that_failed_or_waits_is_no_evidence(database: Database) -> None:
    for other in (verdict("tests", WRONG), verdict("tests", waits_for="A person reviews it.")):
        with pytest.raises(Unproven, match="tests"):
            deliver(database, evidence_of_five(database, tests=other))
    ids = evidence_of_five(database, integration=verdict("integration", WRONG, mandatory=False))
    assert deliver(database, ids)["red"] == ["integration"]


def test_a_red_gate_does_not_hide_behind_an_earlier_row_of_itself(database: Database) -> None:
    ids = evidence_of_five(database)
    with pytest.raises(Unproven, match="one piece of evidence a gate"):
        deliver(database, [*ids, kept(database, verdict("tests", WRONG))])


def test_an_emergency_goes_past_red_gates_with_a_person_and_a_reason(database: Database) -> None:
    ids = evidence_of_five(database, tests=verdict("tests", WRONG))[:2]
    row = deliver(database, ids, approval=Approval("ada", NOW, "The market opens in five minutes."))
    assert row["red"] == ["tests", "integration", "review", "performance"]
    assert (row["approved_by"], row["emergency"]) == ("ada", "The market opens in five minutes.")


@pytest.mark.parametrize(("who", "why"), [("", "It burns."), ("ada", "  ")])
def test_an_emergency_without_a_person_or_a_reason_is_refused(database: Database, who: str, why: str) -> None:
    with pytest.raises(DBAPIError, match="an_emergency_has_a_reason_and_a_person"):
        deliver(database, [], approval=Approval(who, NOW, why))
    assert latest_deliveries(database) == []


def test_the_same_effect_is_one_delivery_however_often_it_is_told(database: Database) -> None:
    ids = evidence_of_five(database)
    first = deliver(database, ids)
    assert deliver(database, evidence_of_five(database)) == first
    second = deliver(database, ids, key="r/rollback 1/deliver")
    assert [row["id"] for row in latest_deliveries(database)] == [second["id"], first["id"]]


def test_a_runner_that_lost_its_thread_delivers_nothing(database: Database) -> None:
    ids = evidence_of_five(database)
    with leased(database, "t", 5, lambda: None) as lease, pytest.raises(LeaseLost):
        deliver(database, ids, fence=Fence("t", lease.epoch - 1))
    assert latest_deliveries(database) == []
