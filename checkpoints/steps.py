"""The steps of a thread as the database lists them, without decoding what they hold."""

from dataclasses import dataclass

from sqlalchemy import text

from checkpoints.database import Database

QUERY = text(
    "SELECT checkpoint_id, parent_checkpoint_id, (metadata->>'step')::int AS number, checkpoint->>'ts' AS at"
    " FROM checkpoints WHERE thread_id = :thread AND checkpoint_ns = '' ORDER BY checkpoint_id DESC"
    " LIMIT CAST(:most AS bigint)"
)
DROP = (
    text("DELETE FROM checkpoint_writes WHERE thread_id = :thread AND checkpoint_ns = '' AND checkpoint_id = :step"),
    text("DELETE FROM checkpoints WHERE thread_id = :thread AND checkpoint_ns = '' AND checkpoint_id = :step"),
)


@dataclass(frozen=True)
class Step:
    """One checkpoint: its number counts from -1, the input of the first request."""

    id: str
    parent_id: str | None
    number: int
    at: str


def steps_kept(database: Database, thread_id: str) -> list[Step]:
    """Every step of a thread that is still kept, oldest first."""
    return list(reversed(_newest(database, thread_id, most=None)))


def newest_step(database: Database, thread_id: str) -> Step | None:
    """The last step of a thread, however many it has, or None where it has none."""
    return next(iter(_newest(database, thread_id, most=1)), None)


def _newest(database: Database, thread_id: str, most: int | None) -> list[Step]:
    with database.begin() as connection:
        rows = connection.execute(QUERY, {"thread": thread_id, "most": most})
        return [Step(row.checkpoint_id, row.parent_checkpoint_id, row.number, row.at) for row in rows]


def threads_kept(database: Database) -> list[str]:
    """Every thread that has a checkpoint."""
    with database.begin() as connection:
        return list(connection.execute(text("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")).scalars())


def drop_step(database: Database, thread_id: str, step: Step) -> None:
    """Remove one step that cannot be read; LangGraph reads the newest one before it writes another."""
    with database.begin() as connection:
        for statement in DROP:
            connection.execute(statement, {"thread": thread_id, "step": step.id})
