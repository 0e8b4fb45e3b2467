"""One row a request: what was accepted, for which thread, and the answer once there is one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, null, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from checkpoints.database import Database
from checkpoints.fence import Fence
from checkpoints.tables import executions, runs

Json = dict[str, Any]
OPEN = ("accepted", "waiting", "parked")


@dataclass(frozen=True)
class Run:
    """A request as it is remembered. `response` is None until it is finished."""

    request_id: str
    thread_id: str
    status: str
    source: str
    request: Json
    response: Json | None
    attempts: int
    rollbacks: int
    error: str | None
    accepted_at: datetime
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        return self.status not in OPEN

    @property
    def wish(self) -> str:
        """What was asked for, in a line."""
        task = self.request.get("task") or {}
        return self.request.get("prompt") or f"{task.get('action', '')} {task.get('target', '')}".strip()

    def to_json(self) -> Json:
        """The run for other programs: times as iso8601."""
        times = {"accepted_at": self.accepted_at, "finished_at": self.finished_at}
        return vars(self) | {name: moment and moment.isoformat() for name, moment in times.items()}


def accept(database: Database, request: Json, thread_id: str, source: str, now: datetime) -> Run:
    """The run of this request, made now unless it exists."""
    request_id = UUID(request["request_id"])
    row = {
        "request_id": request_id,
        "thread_id": thread_id,
        "status": "accepted",
        "priority": request["priority"],
        "source": source,
        "request": request,
        "accepted_at": now,
    }
    with database.begin() as connection:
        connection.execute(insert(runs).values(row).on_conflict_do_nothing())
        return _run(connection.execute(select(runs).where(runs.c.request_id == request_id)).one())


def supersede_older(database: Database, run: Run, now: datetime, fence: Fence | None) -> None:
    """Older open requests of the thread give way to this one."""
    older = (runs.c.thread_id == run.thread_id) & (runs.c.accepted_at < run.accepted_at) & runs.c.status.in_(OPEN)
    with database.begin(fence) as connection:
        connection.execute(update(runs).where(older).values(status="superseded", finished_at=now))


def finish(database: Database, response: Json, now: datetime, fence: Fence | None) -> Json:
    """Keep the answer of a request; a second answer changes nothing. Returns the answer that is kept."""
    request_id = UUID(response["request_id"])
    status = "failed" if response["status"] == "failure" else "done"
    with database.begin(fence) as connection:
        unanswered = (runs.c.request_id == request_id) & runs.c.response.is_(None)
        connection.execute(update(runs).where(unanswered).values(status=status, response=response, finished_at=now))
        kept: Json = connection.execute(select(runs.c.response).where(runs.c.request_id == request_id)).scalar_one()
        return kept


def mark_waiting(database: Database, request_id: str, fence: Fence | None) -> None:
    """Note that a person has been asked."""
    with database.begin(fence) as connection:
        open_run = (runs.c.request_id == UUID(request_id)) & runs.c.response.is_(None)
        connection.execute(update(runs).where(open_run).values(status="waiting"))


def park(database: Database, request_id: str, why: str) -> None:
    """Take a run out of the way that cannot go on by itself, with the reason."""
    with database.begin() as connection:
        this = runs.c.request_id == UUID(request_id)
        connection.execute(update(runs).where(this).values(status="parked", error=why))


def unpark(database: Database, request_id: str) -> None:
    """Give a parked run another five tries."""
    with database.begin() as connection:
        parked = (runs.c.request_id == UUID(request_id)) & (runs.c.status == "parked")
        connection.execute(update(runs).where(parked).values(status="accepted", attempts=0, error=None))


def reopen(database: Database, request_id: str, rollbacks: int) -> None:
    """Forget the answer of a request that is taken back."""
    fresh = {"status": "accepted", "response": null(), "finished_at": None, "error": None, "attempts": 0}
    with database.begin() as connection:
        this = runs.c.request_id == UUID(request_id)
        connection.execute(update(runs).where(this).values(rollbacks=rollbacks, **fresh))
        connection.execute(delete(executions).where(executions.c.request_id == UUID(request_id)))


def cancel(database: Database, thread_id: str, now: datetime) -> int:
    """Close every open request of a thread; returns how many there were."""
    with database.begin() as connection:
        unfinished = (runs.c.thread_id == thread_id) & runs.c.status.in_(OPEN)
        return connection.execute(update(runs).where(unfinished).values(status="cancelled", finished_at=now)).rowcount


def find_run(database: Database, request_id: str) -> Run | None:
    with database.begin() as connection:
        row = connection.execute(select(runs).where(runs.c.request_id == UUID(request_id))).one_or_none()
    return _run(row) if row else None


def runs_of(database: Database, thread_id: str) -> list[Run]:
    """Every request of a thread, oldest first."""
    query = select(runs).where(runs.c.thread_id == thread_id).order_by(runs.c.accepted_at, runs.c.request_id)
    with database.begin() as connection:
        return [_run(row) for row in connection.execute(query)]


def latest_runs(database: Database, limit: int) -> list[Run]:
    """The newest request of each thread, newest first."""
    newest = (
        select(runs).ext(distinct_on(runs.c.thread_id)).order_by(runs.c.thread_id, runs.c.accepted_at.desc()).subquery()
    )
    query = select(newest).order_by(newest.c.accepted_at.desc()).limit(limit)
    with database.begin() as connection:
        return [_run(row) for row in connection.execute(query)]


def record_execution(database: Database, execution: Json, fence: Fence | None) -> None:
    """Keep what was done for a request, once."""
    with database.begin(fence) as connection:
        connection.execute(insert(executions).values(execution).on_conflict_do_nothing())


def rate(database: Database, thread_id: str, rating: str, note: str | None) -> bool:
    """Keep what the person thought of the thread's last answer; False where there is none yet."""
    newest = (
        select(executions.c.request_id)
        .where(executions.c.thread_id == thread_id)
        .order_by(executions.c.finished_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    with database.begin() as connection:
        change = update(executions).where(executions.c.request_id == newest).values(rating=rating, note=note)
        return connection.execute(change).rowcount == 1


def executions_of(database: Database, thread_id: str) -> list[Json]:
    """What was done in a thread, oldest first."""
    query = select(executions).where(executions.c.thread_id == thread_id).order_by(executions.c.started_at)
    with database.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def _run(row: Row[Any]) -> Run:
    return Run(
        request_id=str(row.request_id),
        thread_id=row.thread_id,
        status=row.status,
        source=row.source,
        request=row.request,
        response=row.response,
        attempts=row.attempts,
        rollbacks=row.rollbacks,
        error=row.error,
        accepted_at=row.accepted_at,
        finished_at=row.finished_at,
    )
