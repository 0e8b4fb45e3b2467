"""Who runs a thread: a lease with an epoch, kept by a heartbeat and by a session lock that dies with its process."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text
from sqlalchemy.exc import DBAPIError, OperationalError

from checkpoints.database import Database
from checkpoints.fence import KNOWS_BRIEF
from graph.errors import Busy, Outage

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 4
LATEST_BEAT = 1.5
"""An owner whose heartbeat is this many intervals old is frozen or cut off, and its lease is waited out."""
SECOND_LOOK_S = 0.1
"""After an effect longer than the lease, a heartbeat that waited for it needs a moment: until then it looks dead."""
BACKOFF_S = (0.1, 0.2, 0.4, 0.8, 1.0)

ENTER = "INSERT INTO threads (thread_id, epoch) VALUES (:thread, 0) ON CONFLICT DO NOTHING"
LOOK = (
    "SELECT epoch, owner, claimed_at, extract(epoch FROM leased_until - clock_timestamp())::float AS left_s,"
    " extract(epoch FROM clock_timestamp() - beaten_at)::float AS silent_s,"
    " pg_try_advisory_xact_lock(hashtextextended(thread_id || ':' || epoch, 0)) AS is_cut_off,"
    " beaten_at < pg_postmaster_start_time() OR EXISTS ("
    "SELECT FROM effects WHERE effects.thread_id = threads.thread_id AND state = 'intended') AS is_in_doubt"
    " FROM threads WHERE thread_id = :thread FOR UPDATE SKIP LOCKED"
)
ENTER_AND_LOOK = f"{ENTER}; {LOOK}"
"""In one message, like the other pairs below: a claim is mostly waiting for the server."""
WHO = text("SELECT owner, claimed_at FROM threads WHERE thread_id = :thread AND owner IS NOT NULL")
COUNT_DEATH = text(
    "UPDATE runs SET attempts = attempts + 1, status = CASE WHEN attempts >= 4 THEN 'parked' ELSE status END"
    " WHERE thread_id = :thread AND status IN ('accepted', 'waiting')"
)
TAKE = text(
    "UPDATE threads SET epoch = epoch + 1, owner = :owner, claimed_at = clock_timestamp(),"
    " beaten_at = clock_timestamp(), leased_until = clock_timestamp() + make_interval(secs => :lease)"
    " WHERE thread_id = :thread"
    " RETURNING epoch, pg_advisory_lock(hashtextextended(thread_id || ':' || epoch, 0))"
)
HOLD = text("SELECT pg_advisory_lock(hashtextextended(:thread || ':' || :epoch, 0))")
UNDOABLE = "SET LOCAL synchronous_commit = off; "
"""For what need not wait for the disk: if a crash undoes it, a lease ends sooner or has to be waited out."""
BEAT = text(
    f"{UNDOABLE} SELECT FROM threads WHERE thread_id = :thread FOR NO KEY UPDATE;"
    " UPDATE threads SET beaten_at = clock_timestamp(),"
    " leased_until = clock_timestamp() + make_interval(secs => :lease) WHERE thread_id = :thread AND epoch = :epoch"
)
RELEASE = text(
    f"{UNDOABLE} UPDATE threads SET owner = NULL, leased_until = NULL WHERE thread_id = :thread AND epoch = :epoch;"
    " SELECT pg_advisory_unlock(hashtextextended(:thread || ':' || :epoch, 0))"
)


@dataclass(frozen=True)
class Lease:
    """The right to write a thread, until somebody claims a higher epoch. `is_lost` is set when that is noticed."""

    thread_id: str
    epoch: int
    is_lost: threading.Event


@contextmanager
def leased(database: Database, thread_id: str, lease_s: float, when_lost: Callable[[], None]) -> Iterator[Lease]:
    """Hold the thread's lease for the length of a run; `when_lost` is called when somebody else has taken it.

    Raises Busy where a live process holds it. One that has gone silent is waited out, which is logged as a warning;
    so is one that lost its session where that need not mean its death and something may be doubled: in the middle of an
    effect, or when the server was restarted. Raises Outage where the database does not answer.
    """
    connection, epoch = _claim(database, thread_id, lease_s)
    lease = Lease(thread_id, epoch, threading.Event())
    heart = Heart(database, lease, lease_s, connection, when_lost)
    heart.start()
    try:
        yield lease
    finally:
        heart.stop()


def refuse_if_busy(database: Database, thread_id: str, lease_s: float) -> None:
    """Raise Busy where a live process holds the thread; claims nothing."""
    with database.begin() as connection:
        found = connection.execute(text(LOOK), {"thread": thread_id}).one_or_none()
        if found and _is_held(found) and not _may_be_dead(found, lease_s):
            raise _busy(found, thread_id)
        if found is None and (owner := connection.execute(WHO, {"thread": thread_id}).one_or_none()):
            raise _busy(owner, thread_id)


class Heart(threading.Thread):
    """Beats from a thread of its own over a connection of its own, through outages of the database."""

    def __init__(
        self, database: Database, lease: Lease, lease_s: float, connection: Connection, when_lost: Callable[[], None]
    ) -> None:
        super().__init__(daemon=True, name=f"heartbeat of {lease.thread_id}")
        self.database, self.lease, self.lease_s, self.connection = database, lease, lease_s, connection
        self.when_lost = when_lost
        self.values = {"thread": lease.thread_id, "epoch": lease.epoch, "lease": lease_s}
        self.is_over = threading.Event()

    def run(self) -> None:
        failures, pause = 0, self.lease_s / BEATS_PER_LEASE
        while not self.is_over.wait(pause):
            try:
                if not self._beat():
                    self.lease.is_lost.set()
                    return self.when_lost()
                failures, pause = 0, self.lease_s / BEATS_PER_LEASE
            except DBAPIError as error:
                logger.warning("a heartbeat did not reach the database", extra={"reason": str(error.orig)})
                pause = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
                failures += 1
        return None

    def stop(self) -> None:
        """Give the lease back; an owner that could not say so is found gone by its lock."""
        self.is_over.set()
        self.join()
        try:
            if not self.connection.closed and not self.connection.invalidated:
                self.connection.execute(RELEASE, self.values)
        except DBAPIError as error:
            logger.warning("a lease could not be given back", extra={"reason": str(error.orig)})
            _drop(self.connection)
        finally:
            self.connection.close()

    def _beat(self) -> bool:
        if self.connection.invalidated or self.connection.closed:
            self.connection.close()
            self.connection = _each_alone(self.database.engine.connect())
            self.connection.execute(HOLD, self.values)
        return self.connection.execute(BEAT, self.values).rowcount == 1


def _claim(database: Database, thread_id: str, lease_s: float) -> tuple[Connection, int]:
    """A connection that holds the session lock of the new epoch, and that epoch."""
    try:
        connection = database.engine.connect()
        try:
            while (epoch := _try_claim(connection, thread_id, lease_s)) is None:
                time.sleep(0.2)
        except BaseException as error:
            if not isinstance(error, Busy):
                _drop(connection)
            connection.close()
            raise
    except OperationalError as error:
        database.revive()
        raise Outage(f"The database does not answer: {error.orig}. What was stored is unchanged.") from error
    return _each_alone(connection), epoch


def _each_alone(connection: Connection) -> Connection:
    """From now on each message is a transaction of its own: cheaper, and a process that freezes leaves none open."""
    return connection.execution_options(isolation_level="AUTOCOMMIT")


def _try_claim(connection: Connection, thread_id: str, lease_s: float, is_second_look: bool = False) -> int | None:
    """The new epoch, or None while the lease of an owner that may be dead runs out; raises Busy where one lives."""
    with connection.begin():
        found = connection.execute(_brief(connection, ENTER_AND_LOOK, lease_s), {"thread": thread_id}).one_or_none()
        if found is None:
            raise _busy(connection.execute(WHO, {"thread": thread_id}).one_or_none(), thread_id)
        if is_held := _is_held(found):
            if not _may_be_dead(found, lease_s):
                raise _busy(found, thread_id)
        elif is_second_look or not found.owner or found.is_cut_off:
            return _take(connection, found, thread_id, lease_s)
    if is_held:
        _wait(found)
        return None
    time.sleep(SECOND_LOOK_S)
    return _try_claim(connection, thread_id, lease_s, is_second_look=True)


def _take(connection: Connection, found: Row[Any], thread_id: str, lease_s: float) -> int:
    if found.owner:
        connection.execute(COUNT_DEATH, {"thread": thread_id})
    return int(connection.execute(TAKE, {"thread": thread_id, "lease": lease_s, "owner": _myself()}).one().epoch)


def _brief(connection: Connection, statement: str, lease_s: float) -> TextClause:
    """The first statement of a transaction that locks a thread; the server ends it if this process freezes in it."""
    server = int((connection.dialect.server_version_info or (0,))[0])
    limit = f"SET LOCAL transaction_timeout = {lease_s * 1000:.0f}; " if server >= KNOWS_BRIEF else ""
    return text(limit + statement)


def _is_held(found: Row[Any]) -> bool:
    is_gone = found.is_cut_off and not found.is_in_doubt
    return bool(found.owner and not is_gone and found.left_s > 0)


def _may_be_dead(found: Row[Any], lease_s: float) -> bool:
    return bool(found.is_cut_off or found.silent_s > LATEST_BEAT * lease_s / BEATS_PER_LEASE)


def _busy(found: Row[Any] | None, thread_id: str) -> Busy:
    if found is None:
        return Busy(f"Thread {thread_id} is being claimed by another process at this moment.")
    since: datetime = found.claimed_at.astimezone(UTC)
    return Busy(f"Thread {thread_id} is busy: run by {found.owner} since {since:%Y-%m-%d %H:%M:%S} UTC.")


def _wait(found: Row[Any]) -> None:
    logger.warning(
        "%s has been silent for %.0f s; waiting %.0f s for its lease to end", found.owner, found.silent_s, found.left_s
    )
    time.sleep(min(found.left_s, 1.0))


def _drop(connection: Connection) -> None:
    """End the session: one that might hold a lock must not go back to the pool."""
    if not connection.closed and not connection.invalidated:
        connection.invalidate()


def _myself() -> str:
    return f"{socket.gethostname()} process {os.getpid()}"
