"""One thread from the command line and from the LangGraph server at once: one runs it, the other is told who."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import gethostname
from typing import Any

import psycopg2
import pytest
from chaos.harness import Child, Nursery, Warm, wait_until
from databases import fresh_database
from server import Server

from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
SAID = {"messages": [{"role": "human", "content": PROMPT}]}
SLOW_CHECKPOINTS = """
CREATE FUNCTION keep_slowly() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.15); RETURN NEW; END $$;
CREATE TRIGGER slowly BEFORE INSERT ON checkpoints FOR EACH ROW EXECUTE FUNCTION keep_slowly();
"""


@pytest.fixture(scope="module")
def shared(server_settings: Settings, template: str) -> Iterator[Settings]:
    """A database in which each checkpoint takes its time."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        with closing(psycopg2.connect(settings.database_url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(SLOW_CHECKPOINTS)
        yield settings


@pytest.fixture(scope="module")
def server(shared: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server({"MAGNUS_DATABASE_URL": str(shared.database_url)}, tmp_path_factory.mktemp("server"))
    started.start()
    yield started
    started.stop(signal.SIGKILL)


@pytest.fixture
def here(nursery: Nursery, shared: Settings, tmp_path: Path) -> Warm:
    return Warm(nursery, shared, tmp_path)


def rows(settings: Settings, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def thread_of(child: Child) -> str:
    wait_until(lambda: "intake" in child.said())
    return child.said().split()[1]


def expect_one_answer(settings: Settings, thread: str) -> None:
    """One request, answered once, executed once, in a history without a fork."""
    assert rows(settings, "SELECT status FROM runs WHERE thread_id = %s", thread) == [("done",)]
    assert rows(settings, "SELECT count(*) FROM executions WHERE thread_id = %s", thread) == [(1,)]
    children = "SELECT count(*) FROM checkpoints WHERE thread_id = %s GROUP BY parent_checkpoint_id"
    assert {count for (count,) in rows(settings, children, thread)} == {1}


def test_the_server_says_busy_where_the_command_line_runs(here: Warm, shared: Settings, server: Server) -> None:
    run = here.start("ask", PROMPT)
    thread = thread_of(run)
    server.client.threads.create(thread_id=thread, graph_id="magnus", if_exists="do_nothing")
    refused = server.client.runs.wait(thread, "magnus", input=SAID, raise_error=False)
    assert refused["__error__"]["error"] == "Busy"
    assert f"busy: run by {gethostname()} process {run.pid} since" in refused["__error__"]["message"]
    assert run.wait() == 0
    expect_one_answer(shared, thread)


def test_the_command_line_says_busy_where_the_server_runs(here: Warm, shared: Settings, server: Server) -> None:
    thread = server.client.threads.create()["thread_id"]
    begun = server.client.runs.create(thread, "magnus", input=SAID)
    wait_until(lambda: rows(shared, "SELECT status FROM runs WHERE thread_id = %s", thread) == [("accepted",)])
    refused = here.start("resume", thread)
    assert refused.wait() == 5, refused.said()
    assert f"process {server.process.pid} since" in refused.said()
    server.client.runs.join(thread, begun["run_id"])
    assert server.client.runs.get(thread, begun["run_id"])["status"] == "success", server.errors()
    assert server.client.threads.get_state(thread)["values"]["response"]["status"] == "success"
    expect_one_answer(shared, thread)
