"""What reached its person, when, on which evidence and by whose word; the database takes none without evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from checkpoints.database import Database
from checkpoints.evidence import Subject, readable
from checkpoints.evidence_tables import deliveries, evidence
from checkpoints.fence import Fence
from graph.errors import MagnusError

Json = dict[str, Any]
GATES = ("syntax", "tests", "integration", "review", "performance")
UNPROVEN = "MG003"
"""The SQLSTATE with which the database refuses a delivery without evidence of the five gates on its tree."""


class Unproven(MagnusError):
    """A delivery whose tree has not been judged by all five gates, or not well."""


@dataclass(frozen=True)
class Approval:
    """Who said yes and when; `emergency` is the reason for which they went past red gates."""

    who: str
    at: datetime
    emergency: str | None = None


def record_delivery(
    database: Database,
    key: str,
    subject: Subject,
    what: str,
    mode: Literal["branch", "merge", "patch"],
    branch: str,
    evidence_ids: Sequence[int],
    now: datetime,
    *,
    commit: str | None = None,
    approval: Approval | None = None,
    fence: Fence | None = None,
) -> Json:
    """Keep a delivery, once a `key`, which is that of its effect; returns the row that is kept.

    `evidence_ids` is one row a gate, each of the subject's tree and base. Raises Unproven where one is missing or a
    mandatory gate did not pass, unless a person's emergency is given: the database refuses it. The gates that were
    red are looked up here and not taken from the caller.
    """
    row = {"key": key, "what": what, "mode": mode, "branch": branch, "commit": commit, "at": now}
    if approval:
        row |= {"approved_by": approval.who, "approved_at": approval.at, "emergency": approval.emergency}
    place = {name: value for name, value in subject.row().items() if name != "purpose"}
    try:
        with database.begin(fence) as connection:
            red = _red(connection, subject, evidence_ids)
            made = readable(row | place) | {"evidence": list(evidence_ids), "red": red}
            connection.execute(insert(deliveries).values(made).on_conflict_do_nothing(index_elements=["key"]))
            return dict(connection.execute(select(deliveries).where(deliveries.c.key == key)).one()._mapping)
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == UNPROVEN:
            said = str(error.orig).splitlines()[0]
            raise Unproven(f"Not delivered: {said}. Let the gates look at it again.") from error
        raise


def latest_deliveries(
    database: Database, limit: int = 20, project: str | None = None, thread_id: str | None = None
) -> list[Json]:
    """What was delivered lately, the newest first."""
    query = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
    if project is not None:
        query = query.where(deliveries.c.project == project)
    if thread_id is not None:
        query = query.where(deliveries.c.thread_id == thread_id)
    with database.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def _red(connection: Connection, subject: Subject, evidence_ids: Sequence[int]) -> list[str]:
    """The gates that none of the evidence shows to have passed on this tree."""
    of_tree = (evidence.c.tree == subject.tree) & (evidence.c.base == subject.base)
    passed = evidence.c.state.in_(("passed", "skipped")) & evidence.c.id.in_(evidence_ids)
    green = set(connection.execute(select(evidence.c.gate).where(of_tree & passed)).scalars())
    return [gate for gate in GATES if gate not in green]
