"""Figures over what was done: requests, models, agents, gates and deliveries, summed up by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from checkpoints.database import Database
from checkpoints.past import WITHIN, Wanted

Json = dict[str, Any]
MOST_TOLD = 10
"""How many deliveries and how many emergencies are told one by one; all of them are counted."""

SINCE = "(CAST(:since AS timestamptz) IS NULL OR {} >= :since)"
ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
SPREAD = (
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}) AS median_s,"
    " percentile_cont(0.95) WITHIN GROUP (ORDER BY {0}) AS p95_s"
)
ENDINGS = text(
    "SELECT coalesce(task_type, '') AS task_type, ended, count(*) AS number"
    f" FROM ({WITHIN}) AS requests GROUP BY 1, 2 ORDER BY 1, 2"
)
TIMES = text(
    f"SELECT task_type, count(*) AS number, {SPREAD.format('seconds')},"
    " avg(seconds) FILTER (WHERE outcome = 'success') AS mean_success_s FROM executions"
    f" WHERE {SINCE.format('finished_at')}"
    " GROUP BY GROUPING SETS ((), (task_type)) ORDER BY task_type NULLS FIRST"
)
ROUTED = text(
    f"SELECT decided_by, count(*) AS number FROM executions WHERE {SINCE.format('finished_at')} GROUP BY 1 ORDER BY 1"
)
TAUGHT = text(
    f"SELECT source, count(*) AS number FROM route_lessons WHERE {SINCE.format('taught_at')} GROUP BY 1 ORDER BY 1"
)
RATED = text(
    "SELECT rating, count(*) AS number FROM executions WHERE rating IS NOT NULL"
    f" AND {SINCE.format('finished_at')} GROUP BY 1 ORDER BY 1"
)
SURVIVED = text(
    "SELECT count(*) FILTER (WHERE attempts > 0) AS killed,"
    " count(*) FILTER (WHERE attempts > 0 AND status IN ('done', 'failed')) AS answered_after,"
    " count(*) FILTER (WHERE status = 'parked') AS parked, count(*) FILTER (WHERE rollbacks > 0) AS rolled_back,"
    " count(*) FILTER (WHERE status = 'cancelled') AS cancelled,"
    " (SELECT count(*) FROM effects WHERE state = 'doubtful'"
    f" AND {SINCE.format('intended_at')}) AS doubtful_effects FROM runs"
    f" WHERE {SINCE.format('coalesce(finished_at, accepted_at)')}"
)
SPENT = (
    "SELECT {by} AS name, count(*) FILTER (WHERE kind = 'agent') AS runs,"
    " count(*) FILTER (WHERE kind = 'call') AS calls,"
    " count(*) FILTER (WHERE kind = 'call' AND settled_at IS NULL) AS unsettled_calls,"
    " coalesce(sum(input_tokens), 0)::bigint AS input_tokens,"
    " coalesce(sum(output_tokens), 0)::bigint AS output_tokens,"
    " coalesce(sum(usd) FILTER (WHERE settled_at IS NOT NULL), 0)::float AS spent_usd,"
    " coalesce(sum(usd) FILTER (WHERE settled_at IS NULL), 0)::float AS reserved_usd,"
    " percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN settled_at IS NOT NULL THEN seconds END) AS median_s,"
    " percentile_cont(0.95) WITHIN GROUP (ORDER BY CASE WHEN settled_at IS NOT NULL THEN seconds END) AS p95_s"
    f" FROM spendings WHERE {SINCE.format('reserved_at')}"
)
BY_AGENT = text(f"{SPENT.format(by='agent')} GROUP BY GROUPING SETS ((), (agent)) ORDER BY agent NULLS FIRST")
BY_MODEL = text(f"{SPENT.format(by='model')} AND kind = 'call' GROUP BY model ORDER BY spent_usd DESC, model")
HANDED = text(
    "SELECT one->>'from_agent' AS name, count(*) AS handoffs,"
    " count(*) FILTER (WHERE coalesce(one->'context'->>'ended', '') <> '') AS unfinished,"
    " count(*) FILTER (WHERE jsonb_path_exists(one, '$.context.claims[*] ? (@.is_proven == false)')) AS unproven"
    " FROM runs, jsonb_path_query(response, '$.result.handoffs[*]') AS one"
    f" WHERE {SINCE.format('finished_at')} GROUP BY 1 ORDER BY 1"
)
GATES = text(
    "SELECT gate, count(*) AS runs, count(DISTINCT tree) AS trees, count(*) FILTER (WHERE state = 'passed') AS passed,"
    " count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'waiting') AS waiting,"
    f" count(*) FILTER (WHERE state = 'skipped') AS skipped, {SPREAD.format('seconds')}"
    f" FROM evidence WHERE {SINCE.format('at')} GROUP BY gate ORDER BY min(id)"
)
TRIES = text(
    "SELECT gate, count(*) AS requests, avg(tries)::float AS mean, max(tries) AS most FROM ("
    "SELECT request_id, gate, count(DISTINCT tree) AS tries FROM evidence JOIN ("
    "SELECT request_id, gate, min(id) AS green FROM evidence WHERE state IN ('passed', 'skipped') GROUP BY 1, 2"
    ") AS first USING (request_id, gate) WHERE id <= green"
    f" AND {SINCE.format('at')} GROUP BY 1, 2) AS of_requests GROUP BY gate"
)
"""How many states of a change each gate saw, in one request, up to the first that passed it."""

ACCEPTED = text(f"SELECT count(*) FROM acceptances WHERE {SINCE.format('at')}")
DELIVERED = text(
    "SELECT mode, count(*) AS number, count(approved_by) AS approved, count(emergency) AS emergencies,"
    " count(*) FILTER (WHERE 'tests' = ANY (red)) AS with_red_tests FROM deliveries"
    f" WHERE {SINCE.format('at')} GROUP BY mode ORDER BY mode"
)
SCORES = text(
    "SELECT count(*) AS number, min(score) AS lowest FROM deliveries JOIN evidence"
    " ON evidence.id = ANY (deliveries.evidence) AND gate = 'review' AND score IS NOT NULL"
    f" WHERE {SINCE.format('deliveries.at')}"
)
NEWEST_FIRST = " ORDER BY id DESC LIMIT :most"
NEWEST = text(f"SELECT * FROM deliveries WHERE {SINCE.format('at')}{NEWEST_FIRST}")
EMERGENCIES = text(f"SELECT * FROM deliveries WHERE emergency IS NOT NULL AND {SINCE.format('at')}{NEWEST_FIRST}")


@dataclass(frozen=True)
class Figures:
    """Rows as the database sums them up, all of one moment; `tools.metrics` says what they mean."""

    endings: list[Json]
    times: list[Json]
    routed: dict[str, int]
    taught: dict[str, int]
    rated: dict[str, int]
    survived: Json
    by_agent: list[Json]
    by_model: list[Json]
    handed: list[Json]
    gates: list[Json]
    tries: list[Json]
    accepted: int
    delivered: list[Json]
    scores: Json
    newest: list[Json]
    emergencies: list[Json]


def figures(database: Database, since: datetime | None = None) -> Figures:
    """What was done since then, or so far; one look at the database that sees a single moment of it."""
    values = {**vars(Wanted(since)), "lease": database.settings.lease_s, "most": MOST_TOLD}
    with _one_moment(database) as connection:

        def rows(statement: Any) -> list[Json]:
            return [dict(row) for row in connection.execute(statement, values).mappings()]

        def counts(statement: Any) -> dict[str, int]:
            return {str(name): number for name, number in connection.execute(statement, values)}

        return Figures(
            endings=rows(ENDINGS),
            times=rows(TIMES),
            routed=counts(ROUTED),
            taught=counts(TAUGHT),
            rated=counts(RATED),
            survived=rows(SURVIVED)[0],
            by_agent=rows(BY_AGENT),
            by_model=rows(BY_MODEL),
            handed=rows(HANDED),
            gates=rows(GATES),
            tries=rows(TRIES),
            accepted=connection.execute(ACCEPTED, values).scalar_one(),
            delivered=rows(DELIVERED),
            scores=rows(SCORES)[0],
            newest=rows(NEWEST),
            emergencies=rows(EMERGENCIES),
        )


@contextmanager
def _one_moment(database: Database) -> Iterator[Connection]:
    """A transaction that sees the database as it is now until the end, and can write nothing."""
    with database.begin() as connection:
        connection.execute(ONE_MOMENT)
        yield connection
