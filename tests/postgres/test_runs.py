"""What is remembered of requests: accepted once, answered once, in the order they came."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from checkpoints.database import Database
from checkpoints.runs import (
    accept,
    executions_of,
    find_run,
    finish,
    latest_runs,
    mark_waiting,
    rate,
    record_execution,
    runs_of,
    supersede_older,
)

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def request(prompt: str = "puts on KO") -> dict[str, object]:
    return {"request_id": str(uuid4()), "priority": "medium", "prompt": prompt, "task": None}


def answer(to: dict[str, object], **more: object) -> dict[str, object]:
    return {"request_id": to["request_id"], "status": "success", "result": {}, **more}


def test_a_request_is_accepted_once(database: Database) -> None:
    asked = request()
    first = accept(database, asked, "t", "sample", NOW)
    again = accept(database, asked, "elsewhere", "stored", NOW + timedelta(hours=1))
    assert first == again
    assert first.status == "accepted"


def test_the_first_answer_is_kept(database: Database) -> None:
    asked = request()
    accept(database, asked, "t", "sample", NOW)
    kept = finish(database, answer(asked, result={"n": 1}), NOW, None)
    assert finish(database, answer(asked, result={"n": 2}), NOW, None) == kept
    run = find_run(database, str(asked["request_id"]))
    assert run and run.response == kept and run.status == "done" and run.is_finished


def test_a_failure_is_kept_as_one(database: Database) -> None:
    asked = request()
    accept(database, asked, "t", "sample", NOW)
    finish(database, answer(asked, status="failure"), NOW, None)
    assert runs_of(database, "t")[0].status == "failed"


def test_a_newer_request_takes_the_place_of_an_open_one(database: Database) -> None:
    waiting, newer = request(), request()
    accept(database, waiting, "t", "sample", NOW)
    mark_waiting(database, str(waiting["request_id"]), None)
    run = accept(database, newer, "t", "sample", NOW + timedelta(seconds=1))
    supersede_older(database, run, NOW, None)
    assert [run.status for run in runs_of(database, "t")] == ["superseded", "accepted"]


def test_threads_are_listed_newest_first_with_their_last_request(database: Database) -> None:
    for number, thread in enumerate("aba"):
        accept(database, request(f"wish {number}"), thread, "sample", NOW + timedelta(seconds=number))
    assert [(run.thread_id, run.wish) for run in latest_runs(database, 5)] == [("a", "wish 2"), ("b", "wish 1")]
    assert len(latest_runs(database, 1)) == 1


def test_a_rating_belongs_to_the_last_execution(database: Database) -> None:
    assert not rate(database, "t", "good", None)
    for number in range(2):
        asked = request()
        accept(database, asked, "t", "sample", NOW)
        record_execution(database, execution(asked, NOW + timedelta(seconds=number)), None)
    assert rate(database, "t", "bad", "too slow")
    assert [(one["rating"], one["note"]) for one in executions_of(database, "t")] == [(None, None), ("bad", "too slow")]


def execution(asked: dict[str, object], when: datetime) -> dict[str, object]:
    return {
        "request_id": asked["request_id"],
        "thread_id": "t",
        "prompt": asked["prompt"],
        "task_type": "find_opportunities",
        "agents": ["market_data"],
        "decided_by": "rules",
        "outcome": "success",
        "errors": [],
        "started_at": when,
        "finished_at": when,
        "seconds": 0.0,
    }
