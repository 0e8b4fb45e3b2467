"""Reads what is left when everything is over, and says what must never be: lost, doubled, forked."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chaos.journal import Journal
from chaos.workflow import DOERS
from sqlalchemy import Connection, text

from checkpoints.database import Database
from checkpoints.effects import Place

RUNS = text("SELECT request_id::text AS request, thread_id, status, response IS NOT NULL AS is_answered FROM runs")
CHECKPOINTS = text(
    "SELECT thread_id, checkpoint_id, parent_checkpoint_id FROM checkpoints WHERE checkpoint_ns = '' ORDER BY 1, 2"
)
UNSETTLED = text("SELECT key FROM effects WHERE state <> 'done'")


@dataclass(frozen=True)
class Violation:
    """One thing that must never be. The name is what kind of thing it is."""

    name: str
    about: str

    def __str__(self) -> str:
        return f"{self.name}: {self.about}"


def violations_in(folder: Path, database: Database, done: dict[str, list[str]]) -> list[Violation]:
    """Everything that went wrong; `done` is, by thread, what the last state says was done."""
    journal, world = Journal(folder / "journal.jsonl"), Journal(folder / "world.jsonl")
    accepted = {line["request"]: line["thread"] for line in journal.lines("accepted")}
    with database.begin() as connection:
        return [
            *_failed_workers(journal),
            *_of_runs(connection, accepted, {line["request"] for line in journal.lines("acknowledged")}),
            *_of_effects(accepted, Counter(deed["key"] for deed in world.lines())),
            *(Violation("unsettled effect", row.key) for row in connection.execute(UNSETTLED)),
            *_of_histories(connection),
            *_of_states(accepted, done),
        ]


def _failed_workers(journal: Journal) -> list[Violation]:
    return [Violation("worker failed", line["error"]) for line in journal.lines("crash")]


def _of_runs(connection: Connection, accepted: dict[str, str], acknowledged: set[str]) -> list[Violation]:
    rows = {row.request: row for row in connection.execute(RUNS)}
    lost = [Violation("lost run", request) for request in accepted if request not in rows]
    open_runs = [request for request, row in rows.items() if row.status != "done" or not row.is_answered]
    broken = [Violation("acknowledged and not done", request) for request in acknowledged & {*open_runs}]
    return [*lost, *broken, *(Violation("unfinished run", f"{one} is {rows[one].status}") for one in open_runs)]


def _of_effects(accepted: dict[str, str], reached: Counter[str]) -> list[Violation]:
    keys = {Place(request, stage="chaos").key(name) for request in accepted for name in DOERS}
    return [
        *(Violation("lost effect", key) for key in keys - reached.keys()),
        *(Violation("doubled effect", f"{count} times {key}") for key, count in reached.items() if count > 1),
        *(Violation("effect of nobody", key) for key in reached.keys() - keys),
    ]


def _of_histories(connection: Connection) -> list[Violation]:
    """A thread has one first checkpoint, and each has one child at most; so there is one last one too."""
    children = Counter((row.thread_id, row.parent_checkpoint_id) for row in connection.execute(CHECKPOINTS))
    return [
        Violation("forked history", f"{count} children of {parent} in {thread}")
        for (thread, parent), count in children.items()
        if count > 1
    ]


def _of_states(accepted: dict[str, str], done: dict[str, list[str]]) -> list[Violation]:
    """Every step is in the last state once; two branches may end in either order."""
    return [
        Violation("repeated step" if len(names) > len(DOERS) else "lost step", f"{thread} did {names}")
        for thread in accepted.values()
        if sorted(names := done.get(thread, [])) != sorted(DOERS)
    ]
