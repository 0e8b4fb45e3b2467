"""The state of the system from a real database: threads, failures, feeds, and a database that is not there."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from checkpoints.chains import save_chain
from checkpoints.database import Database, open_database
from checkpoints.health import count_runs, count_threads, database_facts, open_runs
from checkpoints.leases import leased
from checkpoints.past import Wanted, count_endings, list_requests
from checkpoints.runs import accept, finish, mark_waiting, park, record_execution
from checkpoints.tables import SCHEMA_VERSION
from graph.settings import Settings
from tools.health import system_health

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def begin(database: Database, thread: str, at: datetime = NOW, prompt: str = "puts on KO") -> str:
    request = {"request_id": str(uuid4()), "priority": "medium", "prompt": prompt, "task": None}
    return accept(database, request, thread, "sample", at).request_id


def end(database: Database, thread: str, outcome: str, at: datetime = NOW, bad_input: bool = False) -> str:
    request_id = begin(database, thread, at)
    row = {
        "request_id": UUID(request_id),
        "thread_id": thread,
        "prompt": "puts on KO",
        "task_type": "find_opportunities",
        "agents": [],
        "decided_by": "rules",
        "outcome": outcome,
        "errors": [] if outcome == "success" else ["it did not work"],
        "started_at": at,
        "finished_at": at,
        "seconds": 0.5,
    }
    record_execution(database, row, None)
    finish(database, {"request_id": request_id, "status": outcome, "bad_input": bad_input}, at, None)
    return request_id


def look(database: Database, besides: str | None = None) -> dict[str, dict[str, Any]]:
    found = system_health(lambda: database, database.settings, NOW, besides, {"PATH": ""})
    return {part["name"]: part for part in found["parts"]} | {"": found}


def test_every_part_says_its_source_and_its_time(database: Database) -> None:
    found = look(database)
    parts = found[""]["parts"]
    assert [part["name"] for part in parts] == ["database", "work", "failures", "feeds", "sandbox", "disk", "model"]
    assert all(part["source"] and part["as_of"] == NOW.isoformat() and part["sentence"][-1] == "." for part in parts)
    assert found[""]["healthy"]


def test_the_database_tells_its_version_size_and_latency(database: Database) -> None:
    facts = database_facts(database)
    assert facts.version[0].isdigit()
    assert (facts.schema, facts.size_bytes > 1_000_000, 0 < facts.latency_ms < 5_000) == (SCHEMA_VERSION, True, True)


def test_threads_are_counted_by_the_state_of_their_newest_request(database: Database) -> None:
    end(database, "done", "success")
    end(database, "again", "failure", NOW - timedelta(hours=1))
    waiting = begin(database, "again")
    mark_waiting(database, waiting, None)
    begin(database, "killed")
    park(database, begin(database, "parked"), "damaged")
    begin(database, "new", datetime.now(UTC))
    begin(database, "running")
    with ExitStack() as stack:
        stack.enter_context(leased(database, "running", database.settings.lease_s, lambda: None))
        threads = count_threads(database, None)
        owners = {row["thread_id"]: row["owner"] for row in open_runs(database, None, 20)}
    assert threads == {"done": 1, "waiting": 1, "stopped": 1, "parked": 1, "starting": 1, "running": 1}
    assert "process" in str(owners["running"])
    assert count_runs(database) == {"accepted": 3, "done": 1, "failed": 1, "parked": 1, "waiting": 1}


def test_the_request_that_asks_is_not_part_of_the_answer(database: Database) -> None:
    own = begin(database, "mine")
    assert count_threads(database, own) == {}
    assert open_runs(database, own, 20) == []
    assert list_requests(database, Wanted(besides=own), 20) == []


def test_a_parked_run_is_wrong_and_says_how_to_go_on(database: Database) -> None:
    park(database, begin(database, "t1", prompt="puts on PEP"), "Step 3 is damaged.")
    begin(database, "t2")
    found = look(database)
    assert (found[""]["healthy"], found[""]["wrong"]) == (False, ["work"])
    parked, stopped = found["work"]["open"]
    assert (parked["wish"], parked["error"]) == ("puts on PEP", "Step 3 is damaged.")
    assert (parked["next_step"], stopped["next_step"]) == ("magnus resume t1 --again", "magnus resume t2")


def test_work_that_waits_for_the_person_is_a_note_and_nothing_wrong(database: Database) -> None:
    mark_waiting(database, begin(database, "t"), None)
    found = look(database)
    assert (found["work"]["condition"], found[""]["healthy"]) == ("note", True)
    assert found["work"]["sentence"] == "1 thread: nothing is running, 1 waiting for you."


def test_failures_of_the_last_day_are_listed_and_refused_input_is_none(database: Database) -> None:
    end(database, "old", "failure", NOW - timedelta(days=2))
    failed = end(database, "t", "failure", NOW - timedelta(hours=2))
    end(database, "t", "failure", NOW - timedelta(hours=1), bad_input=True)
    end(database, "t", "success", NOW - timedelta(minutes=5))
    part = look(database)["failures"]
    assert (part["condition"], part["failed"], part["endings"]) == (
        "note",
        1,
        {"failure": 1, "refused": 1, "success": 1},
    )
    assert [(row["request_id"], row["error"]) for row in part["latest"]] == [(failed, "it did not work")]
    assert part["sentence"] == "1 of 3 requests failed in the last day."


def test_endings_are_counted_within_their_time_and_thread(database: Database) -> None:
    end(database, "ab1", "success", NOW - timedelta(days=1))
    end(database, "ab2", "failure", NOW)
    end(database, "cd", "failure", NOW)
    assert count_endings(database, Wanted(since=NOW)) == {"failure": 2}
    assert count_endings(database, Wanted(until=NOW)) == {"success": 1}
    assert count_endings(database, Wanted(thread="ab")) == {"success": 1, "failure": 1}
    assert [row["thread_id"] for row in list_requests(database, Wanted(), 1, ["success"])] == ["ab1"]


def test_a_thread_name_with_signs_of_sql_is_only_a_name(database: Database) -> None:
    end(database, "ab", "success")
    assert count_endings(database, Wanted(thread="%")) == {}
    assert count_endings(database, Wanted(thread="'; DROP TABLE runs; --")) == {}


def test_feeds_tell_the_age_of_their_newest_chain_and_an_old_one_is_a_note(database: Database) -> None:
    assert look(database)["feeds"]["condition"] == "note"
    record(database, "KO", NOW - timedelta(days=9))
    assert look(database)["feeds"]["condition"] == "note"
    record(database, "AMD", NOW - timedelta(hours=3))
    part = look(database)["feeds"]
    assert part["condition"] == "ok"
    (feed,) = part["feeds"]
    assert (feed["age_s"], feed["as_of"]) == (3 * 3600, (NOW - timedelta(hours=3)).isoformat())
    assert [row["symbol"] for row in feed["symbols"]] == ["KO", "AMD"]
    assert part["sentence"] == "Recorded chains of 2 symbols: the newest is 3 hours old, the oldest 9 days."


def record(database: Database, symbol: str, as_of: datetime) -> None:
    facts = {"spot": 60.0, "spot_from": "given", "stock": {}, "contracts": 0, "quotes": b"", "file": "f"}
    save_chain(database, {"symbol": symbol, "as_of": as_of, "imported_at": as_of, **facts})


def test_a_database_that_is_gone_is_told_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    lost = Settings(data_dir=tmp_path, database_url="postgresql://magnus:secret@127.0.0.1:1/magnus")
    found = system_health(lambda: open_database(lost), lost, NOW, None, {"PATH": ""})
    assert (found["healthy"], found["wrong"]) == (False, ["database"])
    conditions = {part["name"]: part["condition"] for part in found["parts"]}
    assert [conditions[name] for name in ("work", "failures", "feeds", "disk")] == [
        "unknown",
        "unknown",
        "unknown",
        "ok",
    ]
    assert "secret" not in str(found)
    assert "127.0.0.1" in found["parts"][0]["sentence"]
