"""What was done and how it ended: requests beside the executions that answered them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.health import RUN_STATE

Json = dict[str, Any]

ENDED = (
    "SELECT runs.thread_id, runs.request_id, coalesce(prompt, request->>'prompt', request->'task'->>'action', '')"
    " AS wish, task_type, coalesce(executions.finished_at, runs.finished_at, accepted_at) AS at, seconds,"
    " coalesce(errors->>0, error) AS error, response->'usage' AS usage,"
    f" CASE WHEN status NOT IN ('done', 'failed') THEN {RUN_STATE}"
    " WHEN coalesce((response->>'bad_input')::boolean, false) THEN 'refused'"
    " ELSE coalesce(outcome, response->>'status', status) END AS ended"
    " FROM runs LEFT JOIN executions USING (request_id) LEFT JOIN threads ON threads.thread_id = runs.thread_id"
    " WHERE runs.request_id IS DISTINCT FROM CAST(:besides AS uuid) AND starts_with(runs.thread_id, :thread)"
)
WITHIN = (
    f"SELECT * FROM ({ENDED}) AS requests WHERE (CAST(:since AS timestamptz) IS NULL OR at >= :since)"
    " AND (CAST(:until AS timestamptz) IS NULL OR at < :until)"
)
COUNT = text(f"SELECT ended, count(*) AS number FROM ({WITHIN}) AS requests GROUP BY ended ORDER BY ended")
SPENT = text(
    "SELECT coalesce(sum((usage->>'model_calls')::bigint), 0)::bigint AS model_calls,"
    " coalesce(sum((usage->>'input_tokens')::bigint), 0)::bigint AS input_tokens,"
    " coalesce(sum((usage->>'output_tokens')::bigint), 0)::bigint AS output_tokens,"
    f" coalesce(sum((usage->>'usd')::float), 0) AS usd FROM ({WITHIN}) AS requests"
)
LIST = text(
    f"{WITHIN} AND (cardinality(CAST(:endings AS text[])) = 0 OR ended = ANY(CAST(:endings AS text[])))"
    " ORDER BY at DESC, request_id LIMIT :most"
)


@dataclass(frozen=True)
class Wanted:
    """Which requests are meant: from `since` to before `until`, of threads that begin with `thread`, not `besides`."""

    since: datetime | None = None
    until: datetime | None = None
    thread: str = ""
    besides: str | None = None


def count_endings(database: Database, wanted: Wanted) -> dict[str, int]:
    """How many requests ended in each way; what is still open is counted by its status."""
    with database.begin() as connection:
        return {row.ended: row.number for row in connection.execute(COUNT, _values(database, wanted))}


def sum_usage(database: Database, wanted: Wanted) -> Json:
    """What the answers cost: model calls, tokens and US dollars."""
    with database.begin() as connection:
        return dict(connection.execute(SPENT, _values(database, wanted)).mappings().one())


def list_requests(database: Database, wanted: Wanted, most: int, endings: Sequence[str] = ()) -> list[Json]:
    """The requests themselves, newest first; with `endings` only those that ended so (failure, refused, parked)."""
    with database.begin() as connection:
        rows = connection.execute(LIST, {**_values(database, wanted), "most": most, "endings": [*endings]})
        return [dict(row) for row in rows.mappings()]


def _values(database: Database, wanted: Wanted) -> Json:
    return {**vars(wanted), "lease": database.settings.lease_s}
