"""What was taught is kept once, read newest first, and written by the runner of the thread alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased
from checkpoints.lessons import (
    MOST_LESSONS,
    Lesson,
    keep_lesson,
    lessons_at_hand,
    lessons_kept,
    newest_lesson,
    wish_before,
)
from checkpoints.runs import accept, rate, record_execution
from graph.errors import Unavailable
from graph.settings import Settings
from tools.routing.remembered import NOTHING, recall
from tools.routing.remembered_lessons import learn_from_rating, lesson

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
LESSON = Lesson("chosen", "look at ko", "look at <sym>", "assess_risk", "market_data", 1.0)


def keep(database: Database, *lessons: Lesson, request_id: str | None = None, fence: Fence | None = None) -> None:
    for one in lessons:
        keep_lesson(database, one, request_id or str(uuid4()), NOW, fence)


def asked(database: Database, prompt: str, minute: int, done_as: str | None = "market_data") -> str:
    request_id, moment = str(uuid4()), NOW + timedelta(minutes=minute)
    request = {"request_id": request_id, "priority": "medium", "prompt": prompt, "task": None}
    accept(database, request, "t", "sample", moment)
    if done_as:
        execution = {"request_id": request_id, "thread_id": "t", "prompt": prompt, "task_type": done_as, "agents": []}
        outcome = {"decided_by": "examples", "outcome": "success", "errors": [], "seconds": 0.0}
        record_execution(database, {**execution, **outcome, "started_at": moment, "finished_at": moment}, None)
    return request_id


def test_lessons_come_newest_first(database: Database) -> None:
    later = replace(LESSON, sentence="look at pep")
    keep(database, LESSON, later)
    assert lessons_kept(database) == [later, LESSON]


def test_a_step_that_runs_again_teaches_nothing_twice(database: Database) -> None:
    request_id = str(uuid4())
    keep(database, LESSON, request_id=request_id)
    newest = newest_lesson(database)
    keep(database, LESSON, request_id=request_id)
    assert (lessons_kept(database), newest_lesson(database)) == ([LESSON], newest)


def test_a_second_thought_takes_the_place_of_the_first_and_is_new(database: Database) -> None:
    request_id, second = str(uuid4()), replace(LESSON, task_type="fix_bug")
    keep(database, LESSON, request_id=request_id)
    keep(database, replace(LESSON, sentence="look at pep"))
    newest = newest_lesson(database)
    keep(database, second, request_id=request_id)
    assert newest_lesson(database) > newest
    assert lessons_kept(database)[0] == second
    assert len(lessons_kept(database)) == 2


def test_a_sentence_without_words_teaches_nothing(database: Database) -> None:
    keep(database, lesson("chosen", "?!", "fix_bug"))
    assert newest_lesson(database) == 0


def test_only_so_many_lessons_are_read(database: Database) -> None:
    copies = text(
        "INSERT INTO route_lessons (request_id, source, sentence, words, task_type, read_as, weight, taught_at)"
        " SELECT gen_random_uuid(), 'chosen', 'sentence ' || n, 'sentence <n>', 'fix_bug', 'fix_bug', 1, now()"
        " FROM generate_series(1, :count) AS n"
    )
    with database.begin() as connection:
        connection.execute(copies, {"count": MOST_LESSONS + 5})
    found = lessons_kept(database)
    assert (len(found), found[-1].sentence) == (MOST_LESSONS, "sentence 6")


def test_a_runner_that_lost_the_thread_teaches_nothing(database: Database) -> None:
    with leased(database, "t", 10, lambda: None) as lease:
        keep(database, LESSON, fence=Fence("t", lease.epoch))
        with pytest.raises(LeaseLost):
            keep(database, replace(LESSON, sentence="late"), fence=Fence("t", lease.epoch - 1))
    assert lessons_kept(database) == [LESSON]


def test_memory_is_read_again_only_when_something_was_taught(database: Database) -> None:
    assert recall(database) is NOTHING
    keep(database, LESSON)
    first = recall(database)
    assert first.same("Look at KO!") == [LESSON]
    assert recall(database) is first
    keep(database, replace(LESSON, sentence="look at pep"))
    assert recall(database).same("look at pep")


def test_the_wish_before_is_that_of_the_same_thread(database: Database) -> None:
    first, second = asked(database, "look at KO", 0), asked(database, "and PEP", 1, None)
    third = asked(database, "no, I meant a bug fix", 2, None)
    assert wish_before(database, "t", first) is None
    assert wish_before(database, "t", second) == ("look at KO", "market_data")
    assert wish_before(database, "t", third) == ("and PEP", None)
    assert wish_before(database, "elsewhere", third) is None


def test_a_rating_becomes_a_lesson_and_the_last_one_counts(database: Database) -> None:
    learn_from_rating(database, "t", True, NOW)
    assert newest_lesson(database) == 0
    asked(database, "Look at KO", 0)
    rate(database, "t", "good", None)
    learn_from_rating(database, "t", True, NOW)
    (good,) = lessons_kept(database)
    assert (good.source, good.sentence, good.task_type, good.weight) == ("rated", "look at ko", "market_data", 1.0)
    learn_from_rating(database, "t", False, NOW)
    assert [one.weight for one in lessons_kept(database)] == [-1.0]


def test_what_was_out_of_scope_is_no_lesson_however_it_is_rated(database: Database) -> None:
    asked(database, "sing for me", 0, "unknown")
    learn_from_rating(database, "t", True, NOW)
    assert newest_lesson(database) == 0


def test_a_look_at_the_lessons_starts_no_database(tmp_path: Path) -> None:
    assert lessons_at_hand(Settings(data_dir=tmp_path / "new")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_look_at_the_lessons_reads_the_server_that_runs(database: Database, settings: Settings) -> None:
    keep(database, LESSON)
    assert lessons_at_hand(settings) == [LESSON]


def test_a_database_of_an_earlier_version_has_no_lessons(database: Database, settings: Settings) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP TABLE route_lessons"))
    assert lessons_at_hand(settings) == []


def test_a_server_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="MAGNUS_DATABASE_URL"):
        lessons_at_hand(Settings(data_dir=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/nothing"))
