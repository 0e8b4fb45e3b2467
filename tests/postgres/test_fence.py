"""Checkpoints are written by the runner of the thread and by nobody else."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.fence import EPOCH, LeaseLost
from checkpoints.fenced import FencedSaver
from checkpoints.leases import leased
from checkpoints.saver import open_saver
from graph.compiled import DurableGraph
from graph.errors import Busy
from graph.master import open_graph
from graph.protocol import Request
from graph.settings import Settings

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)
COUNT = text("SELECT (SELECT count(*) FROM checkpoints), (SELECT count(*) FROM checkpoint_writes)")


@pytest.fixture
def saver(database: Database) -> Iterator[FencedSaver]:
    with open_saver(database) as opened:
        yield opened


def config(**more: object) -> dict[str, dict[str, object]]:
    return {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": str(uuid4()), **more}}


def written(database: Database) -> tuple[int, int]:
    with database.begin() as connection:
        return tuple(connection.execute(COUNT).one())


def test_a_write_without_a_lease_is_refused(saver: FencedSaver, database: Database) -> None:
    with pytest.raises(LeaseLost, match="without a lease"):
        saver.put(config(), empty_checkpoint(), {"step": 1}, {})
    with pytest.raises(LeaseLost, match="without a lease"):
        saver.put_writes(config(), [("key", "value")], "task")
    assert written(database) == (0, 0)


def test_a_write_of_an_older_epoch_is_refused_and_changes_nothing(saver: FencedSaver, database: Database) -> None:
    with leased(database, "t", 5, lambda: None) as lease:
        saver.put(config(**{EPOCH: lease.epoch}), empty_checkpoint(), {"step": 1}, {})
        for stale in (lease.epoch - 1, lease.epoch + 1):
            with pytest.raises(LeaseLost, match="taken over"):
                saver.put(config(**{EPOCH: stale}), empty_checkpoint(), {"step": 2}, {})
            with pytest.raises(LeaseLost, match="taken over"):
                saver.put_writes(config(**{EPOCH: stale}), [("key", "value")], "task")
    assert written(database) == (1, 0)


def test_the_connections_of_the_saver_commit_by_themselves(saver: FencedSaver) -> None:
    with saver.pool.connection() as connection:
        assert connection.autocommit


def test_a_saver_lives_through_terminated_sessions(saver: FencedSaver, database: Database) -> None:
    end = text(END_SESSIONS)
    with leased(database, "t", 5, lambda: None) as lease:
        for step in range(3):
            saver.put(config(**{EPOCH: lease.epoch}), empty_checkpoint(), {"step": step}, {})
            with database.begin() as connection:
                connection.execute(end)
    assert written(database)[0] == 3


def test_a_change_by_hand_needs_the_thread_for_itself(settings: Settings, database: Database) -> None:
    with open_graph(settings) as graph:
        thread = {"configurable": {"thread_id": "t"}}
        graph.invoke({"request": Request(prompt="puts on KO")}, thread)
        with leased(database, "t", 5, lambda: None), pytest.raises(Busy):
            graph.update_state(thread, {"answer": "no"})
        graph.update_state(thread, {"answer": "yes"})
        assert graph.get_state(thread).values["answer"] == "yes"


def test_a_run_whose_thread_is_taken_over_stops_and_says_so(settings: Settings, database: Database) -> None:
    with open_graph(settings) as graph, pytest.raises(LeaseLost):
        steal_after_the_first_step(graph, database)
    with database.begin() as connection:
        assert connection.execute(text("SELECT response FROM runs")).scalars().all() == [None]


def steal_after_the_first_step(graph: DurableGraph, database: Database) -> None:
    request = {"request": Request(prompt="puts on KO")}
    for _ in graph.stream(request, {"configurable": {"thread_id": "t"}}, stream_mode="updates"):
        with database.begin() as connection:
            connection.execute(text("UPDATE threads SET epoch = epoch + 1"))
