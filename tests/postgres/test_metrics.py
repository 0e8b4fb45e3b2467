"""The overview of the system: each figure counted from rows that were written the way the system writes them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update
from verdicts import NOW, SUBJECT, evidence_of_five, kept, verdict

from apps.cli.metrics_tables import show_metrics
from checkpoints.budget import Cost, Ledger, Limits
from checkpoints.database import Database
from checkpoints.deliveries import Approval, record_delivery
from checkpoints.effects import Place
from checkpoints.fence import Fence
from checkpoints.leases import leased
from checkpoints.lessons import Lesson, keep_lesson
from checkpoints.runs import accept, finish, park, rate, record_execution
from checkpoints.tables import effects, runs
from tools.checks.findings import Finding
from tools.metrics import metrics

WRONG = Finding("src/app.py", 3, "failed", "test_total fails")
DAY = timedelta(days=1)


def done(
    database: Database, task_type: str, outcome: str, seconds: float = 1.0, at: datetime = NOW, **result: Any
) -> str:
    """The id of a request of its own thread that was answered after so many seconds."""
    request_id, after = str(uuid4()), timedelta(seconds=seconds)
    accept(database, {"request_id": request_id, "priority": "medium", "prompt": "p"}, request_id, "sample", at - after)
    row = {"request_id": UUID(request_id), "thread_id": request_id, "prompt": "p", "task_type": task_type}
    row |= {"agents": [], "decided_by": "rules", "outcome": outcome, "errors": [], "seconds": seconds}
    record_execution(database, row | {"started_at": at - after, "finished_at": at}, None)
    finish(database, {"request_id": request_id, "status": outcome, "result": result}, at, None)
    return request_id


def spend(database: Database, request_id: str, work: Callable[[Ledger, Place], None]) -> None:
    limits = Limits(usd=Decimal(9), calls=99, tokens=10**6, seconds=600, agents=9)
    with leased(database, request_id, 5, lambda: None) as lease:
        work(Ledger(database, Fence(request_id, lease.epoch), request_id, limits, lambda: NOW), Place(request_id))


def deliver(database: Database, branch: str, request_id: str | None = None, **more: Any) -> None:
    other = more.pop("gates", {})
    subject = replace(SUBJECT, tree=f"{branch:c<40}", request_id=request_id)
    ids = evidence_of_five(database, subject, **other)
    record_delivery(database, branch, subject, "fix_bug", more.pop("mode", "branch"), branch, ids, NOW, **more)


def row_of(rows: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    return next(row for row in rows if row[key] == name)


def goal(found: dict[str, Any], name: str) -> dict[str, Any]:
    return row_of(found["wanted"], "name", name)


def test_an_empty_database_has_no_figure_that_was_made_up(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    found = metrics(database, NOW)
    assert (found["requests"]["count"], found["requests"]["success_rate"], found["requests"]["p95_s"]) == (
        0,
        None,
        None,
    )
    assert (found["models"]["calls"], found["models"]["median_s"], found["gates"]) == (0, None, [])
    assert [(one["figure"], one["holds"], one["of"]) for one in found["wanted"]] == [(None, None, 0)] * 5
    show_metrics(found)
    said = capsys.readouterr().out
    for name in ("Requests", "Models", "Agents", "Gates", "Deliveries"):
        assert f"{name}: none yet\n" in said


def test_requests_are_counted_by_task_type_and_by_how_they_ended(database: Database) -> None:
    for seconds in (1, 2, 3, 4, 100):
        done(database, "market_data", "success", seconds)
    done(database, "fix_bug", "success", 1000)
    done(database, "fix_bug", "failure", 4000)
    done(database, "fix_bug", "partial", 5)
    found = metrics(database, NOW)["requests"]
    assert (found["count"], found["endings"]) == (8, {"failure": 1, "partial": 1, "success": 6})
    assert found["success_rate"] == 6 / 8
    lookups, fixes = found["by_type"]
    assert (lookups["task_type"], lookups["count"], lookups["success_rate"]) == ("market_data", 5, 1.0)
    assert (lookups["median_s"], lookups["p95_s"]) == (3, pytest.approx(80.8))
    assert (fixes["task_type"], fixes["success_rate"], fixes["median_s"]) == ("fix_bug", 1 / 3, 1000)


def test_what_was_refused_for_its_input_or_is_open_counts_as_neither_done_nor_failed(database: Database) -> None:
    done(database, "market_data", "success")
    refused = done(database, "market_data", "failure")
    with database.begin() as connection:
        told = {"status": "failure", "bad_input": True}
        connection.execute(update(runs).where(runs.c.request_id == UUID(refused)).values(response=told))
    accept(database, {"request_id": str(uuid4()), "priority": "medium"}, "open", "sample", NOW)
    found = metrics(database, NOW)["requests"]
    assert (found["count"], found["success_rate"], found["endings"]["refused"]) == (3, 1.0, 1)


def test_since_leaves_out_what_was_before(database: Database) -> None:
    old = done(database, "market_data", "failure", at=NOW - 8 * DAY)
    spend(database, old, lambda ledger, place: ledger.reserve_agent(place, "python_pro"))
    done(database, "market_data", "success")
    deliver(database, "magnus/today")
    found = metrics(database, NOW, NOW - 7 * DAY)
    assert (found["requests"]["count"], found["requests"]["success_rate"]) == (1, 1.0)
    assert found["agents"][0]["runs"] == 1
    assert metrics(database, NOW, NOW + DAY)["agents"] == []
    assert metrics(database, NOW, NOW + DAY)["gates"] == []
    assert metrics(database, NOW, NOW + DAY)["deliveries"]["count"] == 0
    assert found["since"] == (NOW - 7 * DAY).isoformat()


def test_what_was_spent_and_what_is_only_set_aside_are_two_figures(database: Database) -> None:
    def work(ledger: Ledger, place: Place) -> None:
        for number, seconds in ((1, 2.0), (2, 4.0)):
            key = ledger.reserve_call(place, "python_pro", number, "claude", 5000, Decimal("0.50"))
            ledger.settle(key, Cost(100, 20, Decimal("0.03"), seconds))
        ledger.reserve_call(place, "python_pro", 3, "claude", 5000, Decimal("0.50"))

    spend(database, done(database, "fix_bug", "partial"), work)
    found = metrics(database, NOW)
    spent = found["models"]
    assert (spent["calls"], spent["unsettled_calls"], spent["input_tokens"], spent["output_tokens"]) == (3, 1, 200, 40)
    assert (spent["spent_usd"], spent["reserved_usd"], spent["median_s"]) == (pytest.approx(0.06), 0.5, 3.0)
    assert [row["model"] for row in spent["by_model"]] == ["claude"]
    assert row_of(found["agents"], "agent", "python_pro")["calls"] == 3


def test_an_agent_shows_how_often_it_began_broke_off_and_claimed_what_the_log_does_not_show(database: Database) -> None:
    def handoff(agent: str, ended: str, *is_proven: bool) -> dict[str, Any]:
        return {"from_agent": agent, "context": {"ended": ended, "claims": [{"is_proven": one} for one in is_proven]}}

    left = [handoff("python_pro", "", True, False), handoff("qa_debugger", "It had its 30 turns.", True)]
    request_id = done(database, "fix_bug", "success", handoffs=left)
    done(database, "fix_bug", "success", handoffs=[handoff("python_pro", "")])

    def work(ledger: Ledger, place: Place) -> None:
        for agent in ("python_pro", "qa_debugger", "qa_debugger"):
            ledger.reserve_agent(place, agent)

    spend(database, request_id, work)
    agents = metrics(database, NOW)["agents"]
    figures = ("runs", "handoffs", "unfinished", "unproven")
    assert [row_of(agents, "agent", "python_pro")[name] for name in figures] == [1, 2, 0, 1]
    assert [row_of(agents, "agent", "qa_debugger")[name] for name in figures] == [1, 1, 1, 0]


def test_a_gate_shows_its_pass_rate_and_how_many_tries_a_request_took(database: Database) -> None:
    one, two = (replace(SUBJECT, request_id=str(uuid4())) for _ in range(2))
    for tree in ("a", "a", "b"):
        kept(database, verdict("tests", WRONG), replace(one, tree=tree * 40))
    kept(database, verdict("tests"), replace(one, tree="c" * 40))
    kept(database, verdict("tests"), two)
    kept(database, verdict("tests", waits_for="A person looks."), replace(two, tree="d" * 40))
    (gate,) = metrics(database, NOW)["gates"]
    assert [gate[name] for name in ("gate", "runs", "passed", "failed", "waiting")] == ["tests", 6, 2, 3, 1]
    assert (gate["pass_rate"], gate["tries_until_passed"], gate["most_tries"]) == (2 / 6, 2.0, 3)
    assert gate["median_s"] == 1.5


def test_an_emergency_is_counted_and_told_first_with_who_why_and_what_was_red(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(database, "magnus/plain", mode="merge")
    why = Approval("ada", NOW, "The [market] opens.")
    deliver(database, "magnus/hurry", approval=why, gates={"tests": verdict("tests", WRONG)})
    found = metrics(database, NOW)
    told = found["deliveries"]
    assert (told["count"], told["by_mode"], told["approved"], told["emergencies"]) == (
        2,
        {"branch": 1, "merge": 1},
        1,
        1,
    )
    (emergency,) = told["latest_emergencies"]
    assert [emergency[name] for name in ("approved_by", "emergency", "red")] == ["ada", why.emergency, ["tests"]]
    assert goal(found, "tests passed before delivery")["figure"] == 0.5
    show_metrics(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "1 EMERGENCY: delivered past red gates."
    assert "approved by ada, EMERGENCY past tests: The [market] opens." in " ".join(" ".join(lines[2:5]).split())
    assert [line for line in lines if len(line) > 80] == []


def test_what_the_plan_wanted_stands_beside_what_is(database: Database) -> None:
    for seconds in (1800, 3600):
        done(database, "fix_bug", "success", seconds)
    wrong = done(database, "market_data", "success")
    keep_lesson(database, Lesson("corrected", "no, a scan", "no a scan", "market_data", "x", 1.0), wrong, NOW, None)
    low = replace(verdict("review"), checked=replace(verdict("review").checked, score=89.5))
    deliver(database, "magnus/low", gates={"review": low})
    found = metrics(database, NOW)
    assert (goal(found, "time to fix a bug, mean")["figure"], goal(found, "time to fix a bug, mean")["holds"]) == (
        2700,
        True,
    )
    assert (goal(found, "requests routed as meant")["figure"], goal(found, "requests routed as meant")["holds"]) == (
        pytest.approx(2 / 3),
        False,
    )
    assert (goal(found, "lowest review score delivered")["figure"], goal(found, "requests done")["holds"]) == (
        89.5,
        True,
    )


def test_kills_parked_requests_doubtful_effects_and_ratings_are_told(database: Database) -> None:
    survivor = done(database, "market_data", "success")
    rate(database, survivor, "bad", None)
    stuck = accept(database, {"request_id": str(uuid4()), "priority": "medium"}, "stuck", "sample", NOW)
    with database.begin() as connection:
        connection.execute(update(runs).values(attempts=2))
        lost = {"key": "k", "thread_id": "stuck", "kind": "ask", "payload": {}, "state": "doubtful", "intended_at": NOW}
        connection.execute(insert(effects).values(lost))
    park(database, stuck.request_id, "It killed its worker five times.")
    found = metrics(database, NOW)
    names = ("killed", "answered_after", "parked", "rolled_back", "doubtful_effects")
    assert [found["survival"][name] for name in names] == [2, 1, 1, 0, 1]
    assert found["ratings"] == {"bad": 1}
