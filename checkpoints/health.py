"""What the database knows of its own state and of the work in it; every query only reads."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.schema import schema_version

Json = dict[str, Any]
TRIES = 3

RUN_STATE = (
    "CASE WHEN runs.status = 'parked' THEN 'parked' WHEN runs.status NOT IN ('accepted', 'waiting') THEN runs.status"
    " WHEN threads.owner IS NOT NULL AND threads.leased_until > clock_timestamp() THEN 'running'"
    " WHEN runs.status = 'waiting' THEN 'waiting'"
    " WHEN runs.accepted_at > clock_timestamp() - make_interval(secs => :lease) THEN 'starting' ELSE 'stopped' END"
)
"""An accepted run that nobody holds a lease for was stopped or killed, unless it came a moment ago."""

COUNT_RUNS = text("SELECT status, count(*) AS number FROM runs GROUP BY status ORDER BY status")
COUNT_THREADS = text(
    "SELECT state, count(*) AS number FROM ("
    f"SELECT DISTINCT ON (runs.thread_id) {RUN_STATE} AS state FROM runs LEFT JOIN threads USING (thread_id)"
    " WHERE request_id IS DISTINCT FROM CAST(:besides AS uuid) ORDER BY runs.thread_id, runs.accepted_at DESC"
    ") AS newest GROUP BY state ORDER BY state"
)
CHAIN_MOMENTS = text("SELECT symbol, max(as_of) AS newest FROM chains GROUP BY symbol ORDER BY newest, symbol")
OPEN_RUNS = text(
    f"SELECT runs.thread_id, request_id, {RUN_STATE} AS state, accepted_at, attempts, error, owner,"
    " coalesce(request->>'prompt', request->'task'->>'action', '') AS wish"
    " FROM runs LEFT JOIN threads USING (thread_id) WHERE status IN ('accepted', 'waiting', 'parked')"
    " AND request_id IS DISTINCT FROM CAST(:besides AS uuid)"
    " ORDER BY status = 'parked' DESC, accepted_at DESC LIMIT :most"
)


@dataclass(frozen=True)
class DatabaseFacts:
    """`latency_ms` is the quickest of three round trips, `size_bytes` the whole database with its indexes."""

    version: str
    schema: str | None
    size_bytes: int
    latency_ms: float


def database_facts(database: Database) -> DatabaseFacts:
    """The server and our tables in it; raises Outage where it does not answer."""
    with database.begin() as connection:
        version = str(connection.execute(text("SHOW server_version")).scalar_one()).split()[0]
        size = int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
        trips = []
        for _ in range(TRIES):
            began = time.perf_counter()
            connection.execute(text("SELECT 1"))
            trips.append(time.perf_counter() - began)
        return DatabaseFacts(version, schema_version(connection), size, round(min(trips) * 1000, 3))


def count_runs(database: Database) -> dict[str, int]:
    """How many requests have each status."""
    with database.begin() as connection:
        return {row.status: row.number for row in connection.execute(COUNT_RUNS)}


def count_threads(database: Database, besides: str | None) -> dict[str, int]:
    """How many threads are in each state, by their newest request other than `besides`."""
    with database.begin() as connection:
        values = {"lease": database.settings.lease_s, "besides": besides}
        return {row.state: row.number for row in connection.execute(COUNT_THREADS, values)}


def open_runs(database: Database, besides: str | None, most: int) -> list[Json]:
    """Requests without an answer, parked ones first, then the newest, each with its state and who runs it."""
    with database.begin() as connection:
        values = {"lease": database.settings.lease_s, "besides": besides, "most": most}
        return [dict(row) for row in connection.execute(OPEN_RUNS, values).mappings()]


def chain_moments(database: Database) -> dict[str, datetime]:
    """Each recorded symbol and the moment of its newest chain, the oldest of them first."""
    with database.begin() as connection:
        return {row.symbol: row.newest for row in connection.execute(CHAIN_MOMENTS)}
