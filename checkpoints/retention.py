"""What is thrown away and when: steps of finished threads first, the threads themselves later."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text

from checkpoints.database import Database
from checkpoints.fenced import FencedSaver
from checkpoints.leases import leased
from checkpoints.runs import OPEN, runs_of
from checkpoints.saver import open_saver
from checkpoints.tables import artifacts, effects, runs, threads
from graph.errors import Busy

STEPS = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


@dataclass(frozen=True)
class Pruning:
    """What a pruning did: threads cut down to their last step, threads deleted, bytes on disk before and after."""

    thinned: int
    deleted: int
    bytes_before: int
    bytes_after: int


def prune(database: Database, now: datetime) -> Pruning:
    """Apply the settings' retention to finished threads; one that somebody runs at the moment is left alone."""
    settings, before = database.settings, size_on_disk(database)
    old = _finished_before(database, now - timedelta(days=settings.keep_threads_days))
    done = _finished_before(database, now - timedelta(days=settings.keep_steps_days)) - old
    with open_saver(database) as saver:
        thinned = _each_alone(database, done, lambda thread: saver.prune([thread]))
        deleted = _each_alone(database, old, lambda thread: _forget(database, saver, thread))
    _shrink(database)
    return Pruning(thinned, deleted, before, size_on_disk(database))


def size_on_disk(database: Database) -> int:
    """Bytes of checkpoints and artifacts, indexes included."""
    sizes = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(CAST(:names AS text[])) AS name"
    with database.begin() as connection:
        return int(connection.execute(text(sizes), {"names": [*STEPS, "artifacts"]}).scalar_one())


def _finished_before(database: Database, moment: datetime) -> set[str]:
    """Threads in which nothing is open and nothing was finished since."""
    open_runs = func.count().filter(runs.c.status.in_(OPEN))
    query = select(runs.c.thread_id).group_by(runs.c.thread_id)
    with database.begin() as connection:
        found = connection.execute(query.having(open_runs == 0, func.max(runs.c.finished_at) <= moment))
        return set(found.scalars())


def _each_alone(database: Database, names: set[str], act: Callable[[str], None]) -> int:
    """Act on each thread while nobody else runs it; returns how many could be had."""
    acted = 0
    for name in sorted(names):
        try:
            with leased(database, name, database.settings.lease_s, lambda: None):
                act(name)
                acted += 1
        except Busy:
            continue
    return acted


def _forget(database: Database, saver: FencedSaver, thread: str) -> None:
    for run in runs_of(database, thread):
        shutil.rmtree(database.settings.data_dir / "handoffs" / run.request_id, ignore_errors=True)
    saver.delete_thread(thread)
    with database.begin() as connection:
        for table in (runs, effects, artifacts, threads):
            connection.execute(delete(table).where(table.c.thread_id == thread))


def _shrink(database: Database) -> None:
    """Give the room back to the disk; Postgres alone would keep it for later rows."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in (*STEPS, "artifacts"):
            connection.execute(text(f"VACUUM (FULL) {table}"))
