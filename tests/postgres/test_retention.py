"""What is thrown away: steps of finished threads, old threads, and never anything that is open or being run."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import text

from checkpoints.artifacts import keep
from checkpoints.database import Database
from checkpoints.leases import leased
from checkpoints.retention import prune
from checkpoints.runs import runs_of
from graph.master import open_graph
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"


def ask(settings: Settings, thread: str, prompt: str = PROMPT) -> None:
    with open_graph(settings) as graph:
        request = {"request": {"prompt": prompt, "request_id": str(uuid4())}}
        graph.invoke(request, {"configurable": {"thread_id": thread}})


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def steps(database: Database, thread: str) -> int:
    with database.begin() as connection:
        count = text("SELECT count(*) FROM checkpoints WHERE thread_id = :thread")
        return int(connection.execute(count, {"thread": thread}).scalar_one())


def test_a_finished_thread_keeps_its_last_step_and_takes_less_room(settings: Settings, database: Database) -> None:
    for _ in range(3):
        ask(settings, "done")
    pruned = prune(database, in_days(0))
    assert (pruned.thinned, pruned.deleted) == (1, 0)
    assert pruned.bytes_after < pruned.bytes_before
    assert steps(database, "done") == 1
    with open_graph(settings) as graph:
        values = graph.get_state({"configurable": {"thread_id": "done"}}).values
        assert values["response"]["status"] == "success"


def test_a_thread_that_waits_or_is_being_run_is_left_alone(settings: Settings, database: Database) -> None:
    ask(settings, "waiting", "do the thing with the numbers")
    ask(settings, "running")
    before = steps(database, "waiting"), steps(database, "running")
    with leased(database, "running", 5, lambda: None):
        assert prune(database, in_days(0)).thinned == 0
    assert (steps(database, "waiting"), steps(database, "running")) == before


def test_an_old_thread_goes_as_a_whole(settings: Settings, database: Database) -> None:
    ask(settings, "old")
    keep(database, "old", {"a": "log"})
    assert prune(database, in_days(364)).deleted == 0
    assert prune(database, in_days(366)).deleted == 1
    assert steps(database, "old") == 0
    assert runs_of(database, "old") == []
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM artifacts")).scalar_one() == 0
