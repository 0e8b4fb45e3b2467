"""One runner a thread: who gets it, who is told to wait, and what happens to one that lost it."""

import logging
import threading
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased, refuse_if_busy
from checkpoints.runs import accept, runs_of, unpark
from graph.errors import Busy

LEASE_S = 0.8
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


def nothing() -> None:
    """Nobody minds."""


def ask(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.begin() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def accepted(database: Database) -> str:
    request_id = str(uuid4())
    accept(database, {"request_id": request_id, "priority": "medium"}, "t", "sample", datetime.now(UTC))
    return request_id


def test_each_claim_takes_the_next_epoch(database: Database) -> None:
    epochs = []
    for _ in range(3):
        with leased(database, "t", LEASE_S, nothing) as lease:
            epochs.append(lease.epoch)
    assert epochs == [1, 2, 3]
    assert ask(database, "SELECT owner FROM threads") == [(None,)]


def test_a_live_owner_is_named_and_nobody_else_gets_in(database: Database) -> None:
    with leased(database, "t", LEASE_S, nothing):
        began = time.monotonic()
        with pytest.raises(Busy, match=r"busy: run by .* process \d+ since "), leased(database, "t", LEASE_S, nothing):
            pass
        assert time.monotonic() - began < 0.1 + 0.4
        with pytest.raises(Busy):
            refuse_if_busy(database, "t", LEASE_S)
        with leased(database, "another thread", LEASE_S, nothing):
            pass
    refuse_if_busy(database, "t", LEASE_S)


def test_a_heartbeat_keeps_the_lease_longer_than_its_length(database: Database) -> None:
    with leased(database, "t", LEASE_S, nothing) as lease:
        time.sleep(2 * LEASE_S)
        assert not lease.is_lost.is_set()
        with pytest.raises(Busy):
            refuse_if_busy(database, "t", LEASE_S)


def test_an_owner_whose_session_is_gone_is_replaced_at_once(database: Database) -> None:
    ask(database, "INSERT INTO threads VALUES ('t', 7, 'a dead process', now(), now(), now() + interval '1 hour')")
    began = time.monotonic()
    with leased(database, "t", LEASE_S, nothing) as lease:
        assert lease.epoch == 8
    assert time.monotonic() - began < LEASE_S


def test_a_silent_owner_is_waited_out(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    ask(
        database,
        "INSERT INTO threads VALUES ('t', 7, 'a frozen process', now(), now() - interval '1 minute',"
        " clock_timestamp() + interval '0.6 seconds')",
    )
    with database.engine.connect() as frozen:
        frozen.execute(text("SELECT pg_advisory_lock(hashtextextended('t:7', 0))"))
        with caplog.at_level(logging.WARNING), leased(database, "t", LEASE_S, nothing) as lease:
            assert lease.epoch == 8
        frozen.invalidate()
    assert "a frozen process has been silent" in caplog.text


def test_an_owner_that_was_replaced_hears_of_it_and_cannot_write(database: Database) -> None:
    heard = threading.Event()
    with leased(database, "t", LEASE_S, heard.set) as lease:
        ask(database, "UPDATE threads SET epoch = epoch + 1")
        assert heard.wait(LEASE_S)
        assert lease.is_lost.is_set()
        with pytest.raises(LeaseLost), database.begin(Fence("t", lease.epoch)) as connection:
            connection.execute(text("DELETE FROM runs"))


def test_a_heartbeat_survives_a_terminated_session(database: Database) -> None:
    with leased(database, "t", LEASE_S, nothing) as lease:
        ask(
            database,
            END_SESSIONS,
        )
        time.sleep(1.5 * LEASE_S)
        assert not lease.is_lost.is_set()
        assert ask(database, "SELECT leased_until > now() FROM threads") == [(True,)]
        with pytest.raises(Busy):
            refuse_if_busy(database, "t", LEASE_S)


def test_a_run_that_killed_five_workers_is_parked_until_somebody_says_again(database: Database) -> None:
    request_id = accepted(database)
    for _ in range(5):
        assert runs_of(database, "t")[0].status == "accepted"
        ask(database, "INSERT INTO threads VALUES ('t', 0) ON CONFLICT DO NOTHING")
        ask(database, "UPDATE threads SET owner = 'a worker that died', leased_until = now() + interval '1 hour'")
        with leased(database, "t", LEASE_S, nothing):
            pass
    assert (runs_of(database, "t")[0].status, runs_of(database, "t")[0].attempts) == ("parked", 5)
    unpark(database, request_id)
    assert (runs_of(database, "t")[0].status, runs_of(database, "t")[0].attempts) == ("accepted", 0)


def test_eight_claims_at_once_leave_one_owner(database: Database) -> None:
    won, lost, together, over = [], [], threading.Barrier(8), threading.Event()

    def claim() -> None:
        together.wait()
        try:
            with leased(database, "t", 5, nothing) as lease:
                won.append(lease.epoch)
                over.wait(10)
        except Busy:
            lost.append(1)

    claims = [threading.Thread(target=claim) for _ in range(8)]
    for one in claims:
        one.start()
    deadline = time.monotonic() + 10
    while len(won) + len(lost) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    over.set()
    for one in claims:
        one.join()
    assert (won, len(lost)) == ([1], 7)
