"""What gates saw, and which findings a person answered for: rows that the database keeps as they were written."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from checkpoints.database import Database
from checkpoints.evidence_tables import acceptances, evidence, evidence_logs
from checkpoints.fence import Fence
from graph.errors import BadInput

Json = dict[str, Any]

KEPT = ("gate", "mandatory", "state", "score", "seconds", "counts", "findings", "versions")
TOLD = ("skipped_because", "waits_for")


@dataclass(frozen=True)
class Subject:
    """What was judged: two git trees of a project, what the change is for, and in which request ("" and None: none)."""

    project: str
    tree: str
    base: str
    purpose: str = ""
    thread_id: str | None = None
    request_id: str | None = None

    def row(self) -> Json:
        """As columns."""
        return vars(self) | {"request_id": self.request_id and UUID(self.request_id)}


def record_evidence(
    database: Database, subject: Subject, verdict: Json, now: datetime, fence: Fence | None = None
) -> int:
    """Keep the verdict of a gate, as `Verdict.to_json` tells it; returns the id of its row.

    The logs of its commands are kept by their content, for as long as the evidence, and the row has their digests.
    """
    with database.begin(fence) as connection:
        commands = []
        for command in verdict["commands"]:
            digest, log = _packed(command["log"], now)
            connection.execute(insert(evidence_logs).values(log).on_conflict_do_nothing())
            commands.append(command | {"log": digest})
        seen = {name: verdict[name] for name in KEPT} | {name: verdict.get(name) for name in TOLD}
        row = readable(seen | {"commands": commands}) | subject.row() | {"at": now}
        kept: int = connection.execute(insert(evidence).values(row).returning(evidence.c.id)).scalar_one()
        return kept


def log_of(database: Database, digest: str) -> str:
    """What a command said; raises BadInput where no evidence has such a log, ValueError where it is damaged."""
    query = select(evidence_logs.c.content).where(evidence_logs.c.digest == digest)
    with database.begin() as connection:
        content = connection.execute(query).scalar_one_or_none()
    if content is None:
        raise BadInput(f"There is no log {digest}: `magnus gates --json` names those of a run.")
    text = zlib.decompress(content)
    if sha256(text).hexdigest() != digest:
        raise ValueError(f"log {digest} is damaged")
    return text.decode()


def latest_evidence(database: Database, tree: str, base: str, project: str | None = None) -> dict[str, Json]:
    """The newest row of each gate that looked at this tree against this base, by the name of the gate.

    Two projects in one repository have the same trees: `project` is for those.
    """
    of_tree = (evidence.c.tree == tree) & (evidence.c.base == base)
    if project is not None:
        of_tree &= evidence.c.project == project
    query = select(evidence).where(of_tree).ext(distinct_on(evidence.c.gate))
    with database.begin() as connection:
        found = connection.execute(query.order_by(evidence.c.gate, evidence.c.id.desc()))
        return {row.gate: dict(row._mapping) for row in found}


def accept_finding(database: Database, tree: str, finding: str, who: str, why: str, now: datetime) -> Json:
    """Keep a person's answer for a finding, which holds for this tree alone; returns the finding.

    Raises BadInput where no gate saw it on this tree, or where nobody may answer for it.
    """
    seen = (evidence.c.tree == tree) & evidence.c.findings.contains([{"id": finding}])
    newest = select(evidence.c.id, evidence.c.findings).where(seen).order_by(evidence.c.id.desc()).limit(1)
    with database.begin() as connection:
        row = connection.execute(newest).one_or_none()
        if row is None:
            raise BadInput(f"No gate saw a finding {finding} on this tree: `magnus gates` shows what they see.")
        told: Json = next(one for one in row.findings if one["id"] == finding)
        if not told["is_acceptable"]:
            raise BadInput(f"Nobody can answer for {finding} ({told['message']}): it has to be put right.")
        answer = {"evidence_id": row.id, "finding": finding, "tree": tree, "who": who, "why": why, "at": now}
        connection.execute(insert(acceptances).values(readable(answer)))
    return told


def accepted(database: Database, tree: str) -> dict[str, str]:
    """The findings that somebody answered for on this tree, and who: the first one counts."""
    query = select(acceptances.c.finding, acceptances.c.who).where(acceptances.c.tree == tree)
    with database.begin() as connection:
        found = connection.execute(query.order_by(acceptances.c.id.desc()))
        return {row.finding: row.who for row in found}


def readable(values: Json) -> Json:
    """The same without what Postgres cannot keep as text: bytes of a name that are no UTF-8, and NUL."""
    return {name: _cleaned(value) for name, value in values.items()}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list | tuple) else value


def digest_of(log: str) -> str:
    """The SHA-256 under which a log is kept."""
    return sha256(log.encode(errors="replace")).hexdigest()


def _packed(text: str, now: datetime) -> tuple[str, Json]:
    content, digest = text.encode(errors="replace"), digest_of(text)
    return digest, {"digest": digest, "content": zlib.compress(content), "size": len(content), "kept_at": now}
