"""The LangGraph server as its clients see it: a real process over the database that the `magnus` command uses."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import ormsgpack
import psycopg2
import pytest
from command import Magnus
from databases import fresh_database
from langchain_core.messages import HumanMessage
from server import Server

from graph.master import open_graph
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
UNCLEAR = "do the thing with the numbers"
TAUGHT = "go through all of this once more"
"""Unclear until somebody chose what it means; a near sentence is then clear as well."""
CALL = 0
"""The msgpack extension by which LangGraph writes "import this, call that with one value"."""

SLOW_CHECKPOINTS = """
CREATE TABLE kept (thread_id text, step int, at timestamptz);
CREATE FUNCTION keep_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(0.2);
    INSERT INTO kept VALUES (NEW.thread_id, (NEW.metadata->>'step')::int, clock_timestamp());
    RETURN NEW;
END $$;
CREATE TRIGGER slowly BEFORE INSERT ON checkpoints FOR EACH ROW EXECUTE FUNCTION keep_slowly();
"""
USUAL_CHECKPOINTS = "DROP TRIGGER slowly ON checkpoints; DROP FUNCTION keep_slowly; DROP TABLE kept"
IN_ORDER = """
SELECT step_0.at <= runs.accepted_at, step_3.at <= executions.finished_at, step_4.at <= runs.finished_at
FROM runs
JOIN executions USING (request_id)
JOIN kept AS step_0 ON step_0.thread_id = runs.thread_id AND step_0.step = 0
JOIN kept AS step_3 ON step_3.thread_id = runs.thread_id AND step_3.step = 3
JOIN kept AS step_4 ON step_4.thread_id = runs.thread_id AND step_4.step = 4
WHERE runs.thread_id = %s
"""


@pytest.fixture(scope="module")
def shared(server_settings: Settings, template: str) -> Iterator[Settings]:
    """Settings of the database that the server of this module and the command have in common."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        yield settings


@pytest.fixture(scope="module")
def server(shared: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server({"MAGNUS_DATABASE_URL": str(shared.database_url)}, tmp_path_factory.mktemp("server"))
    started.start()
    yield started
    started.stop(signal.SIGKILL)


@pytest.fixture
def magnus(shared: Settings, tmp_path: Path) -> Magnus:
    return Magnus({"MAGNUS_DATABASE_URL": str(shared.database_url)}, tmp_path)


def said(sentence: str) -> dict[str, Any]:
    return {"messages": [{"role": "human", "content": sentence}]}


def ask(server: Server, sentence: str) -> tuple[str, Any]:
    """The new thread in which this was asked, and what came of it."""
    thread: str = server.client.threads.create()["thread_id"]
    return thread, server.client.runs.wait(thread, "magnus", input=said(sentence))


def answer(server: Server, thread: str, sentence: str) -> Any:
    return server.client.runs.wait(thread, "magnus", command={"resume": sentence})


def history(server: Server, thread: str) -> list[tuple[Any, ...]]:
    """Every checkpoint of a thread, newest first."""
    states = server.client.threads.get_history(thread, limit=100)
    return [(state["checkpoint"]["checkpoint_id"], state["values"], state["next"]) for state in states]


@contextmanager
def connected(settings: Settings) -> Iterator[Any]:
    with closing(psycopg2.connect(settings.database_url)) as connection:
        connection.autocommit = True
        yield connection.cursor()


@contextmanager
def slow_checkpoints(settings: Settings) -> Iterator[Any]:
    """Each checkpoint takes its time, and the table `kept` says when it was there."""
    with connected(settings) as cursor:
        cursor.execute(SLOW_CHECKPOINTS)
        try:
            yield cursor
        finally:
            cursor.execute(USUAL_CHECKPOINTS)


def test_the_server_answers_what_open_graph_answers(server: Server, shared: Settings) -> None:
    thread, answered = ask(server, PROMPT)
    with open_graph(shared) as graph:
        here = graph.invoke({"messages": [HumanMessage(PROMPT)]}, {"configurable": {"thread_id": "here"}})
    assert answered["response"]["status"] == "success"
    assert answered["response"]["result"]["opportunities"]
    assert answered["response"]["result"] == here["response"]["result"]
    assert server.client.threads.get(thread)["status"] == "idle"
    assert server.errors() == []


def test_an_unclear_sentence_interrupts_and_goes_on_with_the_answer(server: Server) -> None:
    thread, asked = ask(server, TAUGHT)
    question = asked["__interrupt__"][0]["value"]
    assert question["kind"] == "clarify"
    assert server.client.threads.get(thread)["status"] == "interrupted"
    answered = answer(server, thread, question["choices"][0])
    assert answered["response"]["thread_id"] == thread
    assert server.client.threads.get_state(thread)["next"] == []
    assert server.errors() == []


def test_a_step_of_the_server_is_kept_before_the_next_begins(server: Server, shared: Settings) -> None:
    with slow_checkpoints(shared) as cursor:
        thread, _ = ask(server, PROMPT)
        cursor.execute(IN_ORDER, (thread,))
        assert cursor.fetchall() == [(True, True, True)]


def test_what_a_row_names_is_never_called(server: Server, shared: Settings) -> None:
    thread, _ = ask(server, PROMPT)
    planted = ormsgpack.packb(ormsgpack.Ext(CALL, ormsgpack.packb(("posixpath", "basename", "not/called"))))
    with connected(shared) as cursor:
        cursor.execute(
            "UPDATE checkpoint_blobs SET blob = %s WHERE thread_id = %s AND channel = 'criteria'", (planted, thread)
        )
        assert cursor.rowcount
    assert server.client.threads.get_state(thread)["values"]["criteria"] == "not/called"


@pytest.mark.chaos
def test_a_stopped_server_comes_back_with_its_threads(server: Server) -> None:
    finished, _ = ask(server, PROMPT)
    waiting, _ = ask(server, UNCLEAR)
    before = history(server, finished)
    server.restart(signal.SIGTERM)
    assert history(server, finished) == before
    assert server.client.threads.get(waiting)["status"] == "interrupted"
    assert answer(server, waiting, f"{PROMPT}, please")["response"]["status"] == "success"


def test_a_killed_server_has_lost_nothing(server: Server, shared: Settings, magnus: Magnus) -> None:
    waiting, _ = ask(server, UNCLEAR)
    finished, answered = ask(server, PROMPT)
    before = history(server, finished)
    with slow_checkpoints(shared) as cursor:
        cut_off = begin(server, PROMPT)
        wait_until_accepted(cursor, cut_off)
        server.stop(signal.SIGKILL)
    server.forget()
    resumed = magnus("resume", cut_off, "--json")
    assert json.loads(resumed.stdout)["result"] == answered["response"]["result"]
    server.start()
    for thread in (waiting, finished, cut_off):
        server.client.threads.create(thread_id=thread, graph_id="magnus", if_exists="do_nothing")
    assert history(server, finished) == before
    assert server.client.threads.get_state(waiting)["interrupts"][0]["value"]["kind"] == "clarify"
    assert answer(server, waiting, f"{PROMPT}, please")["response"]["status"] == "success"
    assert server.client.threads.get_state(cut_off)["values"]["response"] == json.loads(resumed.stdout)


def begin(server: Server, sentence: str) -> str:
    """The new thread in which a run of this has begun."""
    thread: str = server.client.threads.create()["thread_id"]
    server.client.runs.create(thread, "magnus", input=said(sentence))
    return thread


def wait_until_accepted(cursor: Any, thread: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        cursor.execute("SELECT status FROM runs WHERE thread_id = %s", (thread,))
        if found := cursor.fetchone():
            assert found == ("accepted",)
            return
        time.sleep(0.02)
    raise TimeoutError(f"thread {thread} was not accepted")


def test_a_question_of_the_server_can_be_answered_at_the_terminal(server: Server, magnus: Magnus) -> None:
    thread, _ = ask(server, UNCLEAR)
    done = magnus("resume", thread, f"{PROMPT}, please", "--json")
    assert done.returncode == 0, done.stderr
    kept = history(server, thread)
    assert kept[0][1]["response"] == json.loads(done.stdout)
    shown = json.loads(magnus("show", thread, "--json").stdout)
    assert [run["status"] for run in shown["runs"]] == ["done"]
    assert [step["next"] for step in shown["steps"]] == [following for _, _, following in reversed(kept)]
