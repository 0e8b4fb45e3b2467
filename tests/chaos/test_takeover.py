"""When a thread may change hands, and what its new owner may believe."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chaos import disturb
from chaos.harness import Nursery, expect_nothing, trial
from langgraph.runtime import RunControl
from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence
from checkpoints.leases import leased
from checkpoints.runs import Run, runs_of
from graph.errors import Busy
from graph.master import open_graph
from graph.progress import Parked, steps
from graph.protocol import Request
from graph.settings import Settings

DIED = text("UPDATE threads SET owner = 'a worker that died', beaten_at = now(), leased_until = now() + interval '9 s'")


def asked(settings: Settings, database: Database) -> Run:
    """A request that was answered in thread t."""
    with open_graph(settings) as graph:
        graph.invoke({"request": Request(prompt="puts on KO")}, {"configurable": {"thread_id": "t"}})
    return runs_of(database, "t")[0]


def change(database: Database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(text(statement))


def test_sessions_that_end_in_the_middle_of_slow_effects_double_nothing(
    nursery: Nursery, settings: Settings, tmp_path: Path
) -> None:
    with trial(nursery, settings, tmp_path / "trial", pace_s=0.4, lease_s=0.8) as slow:
        disturb.end_sessions(slow, 24, share=1)
        expect_nothing(slow.finish())


def test_the_lease_of_an_owner_cut_off_in_an_effect_is_waited_out(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    change(
        database,
        "INSERT INTO threads VALUES ('t', 7, 'a process cut off', now(), now(),"
        " clock_timestamp() + interval '0.6 seconds')",
    )
    change(database, "INSERT INTO effects VALUES ('key', 't', 'reconcile', '{}', 'intended', NULL, now())")
    with leased(database, "t", 5, lambda: None) as lease:
        assert lease.epoch == 8
    assert "a process cut off has been silent" in caplog.text


def test_the_owner_is_named_while_its_effect_holds_the_thread(database: Database) -> None:
    with leased(database, "t", 5, lambda: None), database.begin() as connection:
        connection.execute(text("SELECT FROM threads WHERE thread_id = 't' FOR SHARE"))
        with pytest.raises(Busy, match=r"busy: run by .* process \d+ since "), leased(database, "t", 5, lambda: None):
            pass


def test_an_effect_that_takes_longer_than_the_lease_keeps_its_thread(database: Database) -> None:
    def look_and_wait() -> dict[str, object]:
        time.sleep(1.2)
        return {}

    with leased(database, "t", 0.4, lambda: None) as lease:
        effects = Effects(database, Fence("t", lease.epoch), Place("r"), lambda: datetime.now(UTC))
        with ThreadPoolExecutor(1) as elsewhere:
            effect = elsewhere.submit(effects.effect, "slow", "ask", {}, look_and_wait)
            while not effect.done():
                expect_busy(database)
        for _ in range(20):
            expect_busy(database)
        assert not lease.is_lost.is_set()


def expect_busy(database: Database) -> None:
    """Nobody else gets thread t."""
    with pytest.raises(Busy), leased(database, "t", 0.4, lambda: None):
        pass
    time.sleep(0.01)


def test_a_hundred_claims_leave_no_session_behind(database: Database) -> None:
    for number in range(100):
        with leased(database, f"t{number % 7}", 5, lambda: None):
            continue
    with database.begin() as connection:
        held = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar_one()
        sessions = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert (held, connection.execute(sessions).scalar_one() <= 3) == (0, True)


def test_the_fifth_death_parks_a_run_before_it_kills_a_sixth_worker(settings: Settings, database: Database) -> None:
    run = asked(settings, database)
    change(database, "UPDATE runs SET status = 'accepted', response = NULL, attempts = 4")
    with database.begin() as connection:
        connection.execute(DIED)
    with open_graph(settings) as graph, pytest.raises(Parked, match="killed its worker 5 times"):
        list(steps(graph, run, None, RunControl()))


def test_nothing_is_concluded_from_the_half_done_work_of_a_living_owner(settings: Settings, database: Database) -> None:
    run = asked(settings, database)
    change(database, "UPDATE checkpoint_blobs SET blob = 'torn' WHERE channel = 'task'")
    with open_graph(settings) as graph, leased(database, "t", 5, lambda: None), pytest.raises(Busy):
        list(steps(graph, run, None, RunControl()))
    assert runs_of(database, "t")[0] == run
