"""What people taught the router: one row for each choice, correction and rating, read newest first.

Plain SQL over a driver's connection, so that `magnus route` reads them without loading SQLAlchemy.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

import psycopg2

from checkpoints.engine import database_url, server_pid
from graph.errors import Unavailable
from graph.settings import Settings

if TYPE_CHECKING:
    from checkpoints.database import Database
    from checkpoints.fence import Fence

Source = Literal["corrected", "chosen", "rated"]

MOST_LESSONS = 2_000
"""How many of the newest are read; a decision takes its time from this number, not from the age of the database."""

NEWEST = "SELECT coalesce(max(id), 0) FROM route_lessons"
READ = "SELECT source, sentence, words, task_type, read_as, weight FROM route_lessons ORDER BY id DESC LIMIT %s"
KEEP = """
INSERT INTO route_lessons AS kept (request_id, source, sentence, words, task_type, read_as, weight, taught_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (request_id, source) DO UPDATE SET
    id = nextval(pg_get_serial_sequence('route_lessons', 'id')), sentence = excluded.sentence, words = excluded.words,
    task_type = excluded.task_type, read_as = excluded.read_as, weight = excluded.weight, taught_at = excluded.taught_at
WHERE (kept.sentence, kept.task_type, kept.weight) <> (excluded.sentence, excluded.task_type, excluded.weight)
"""
BEFORE = """
SELECT coalesce(done.prompt, run.request ->> 'prompt'), done.task_type
FROM runs AS run LEFT JOIN executions AS done USING (request_id)
WHERE run.thread_id = %s AND run.request_id <> %s
    AND run.accepted_at <= (SELECT accepted_at FROM runs WHERE request_id = %s)
ORDER BY run.accepted_at DESC, run.request_id LIMIT 1
"""
LAST_DONE = """
SELECT request_id, prompt, task_type FROM executions WHERE thread_id = %s ORDER BY finished_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sentence, what it was taken for, and what was meant; `words` are its masked words with a space between."""

    source: Source
    sentence: str
    words: str
    task_type: str
    read_as: str
    weight: float


class Wish(NamedTuple):
    """A sentence of a thread and the task type it was carried out as, None where it never was."""

    prompt: str | None
    task_type: str | None


class Done(NamedTuple):
    request_id: str
    prompt: str | None
    task_type: str


def keep_lesson(database: "Database", lesson: Lesson, request_id: str, now: datetime, fence: "Fence | None") -> None:
    """Keep what was taught in a request, once; another from the same source takes its place. No words, no lesson."""
    if not lesson.sentence:
        return
    said = (lesson.source, lesson.sentence, lesson.words, lesson.task_type, lesson.read_as, lesson.weight)
    with database.begin(fence) as connection:
        connection.exec_driver_sql(KEEP, (request_id, *said, now))


def newest_lesson(database: "Database") -> int:
    """A number that grows whenever a lesson is added or changed; 0 where there is none."""
    with database.begin() as connection:
        return int(connection.exec_driver_sql(NEWEST).scalar_one())


def lessons_kept(database: "Database") -> list[Lesson]:
    """The newest lessons, newest first."""
    with database.begin() as connection:
        return [Lesson(*row) for row in connection.exec_driver_sql(READ, (MOST_LESSONS,))]


def lessons_at_hand(settings: Settings) -> list[Lesson]:
    """The same from a database that is up already: none is started, made or upgraded for it.

    Raises Unavailable or BadInput where the person's own server cannot be reached.
    """
    if not settings.database_url and server_pid(settings) is None:
        return []
    try:
        with closing(psycopg2.connect(database_url(settings))) as connection, connection.cursor() as cursor:
            cursor.execute(READ, (MOST_LESSONS,))
            return [Lesson(*row) for row in cursor.fetchall()]
    except psycopg2.errors.UndefinedTable:
        return []
    except psycopg2.Error as error:
        raise Unavailable(f"The database does not answer: {str(error).strip().splitlines()[0]}.") from error


def wish_before(database: "Database", thread_id: str, request_id: str) -> Wish | None:
    """What was asked last in a thread before this request."""
    with database.begin() as connection:
        row = connection.exec_driver_sql(BEFORE, (thread_id, request_id, request_id)).one_or_none()
    return Wish(*row) if row else None


def last_done(database: "Database", thread_id: str) -> Done | None:
    """What a rating of the thread is about: its last execution."""
    with database.begin() as connection:
        row = connection.exec_driver_sql(LAST_DONE, (thread_id,)).one_or_none()
    return Done(str(UUID(str(row[0]))), *row[1:]) if row else None
