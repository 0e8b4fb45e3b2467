"""SIGTERM and SIGINT end a run at its next step boundary, and leave a thread that goes on."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from chaos.harness import Child, Warm, wait_until

from apps.cli.signals import GRACE_S
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
SLOW_CHECKPOINTS = """
CREATE FUNCTION keep_slowly() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.15); RETURN NEW; END $$;
CREATE TRIGGER slowly BEFORE INSERT ON checkpoints FOR EACH ROW EXECUTE FUNCTION keep_slowly();
"""


@pytest.fixture
def slow(settings: Settings) -> Iterator[None]:
    """Each checkpoint takes its time."""
    with closing(psycopg2.connect(settings.database_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(SLOW_CHECKPOINTS)
        yield


def thread_of(child: Child) -> str:
    wait_until(lambda: "thread " in child.said())
    return child.said().split()[1]


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_at_the_next_step_boundary(warm: Warm, number: signal.Signals) -> None:
    run = warm.start("ask", PROMPT)
    thread = thread_of(run)
    wait_until(lambda: "intake" in run.said())
    began = time.monotonic()
    run.send(number)
    assert run.wait() == 4
    assert time.monotonic() - began < GRACE_S
    assert f"magnus resume {thread}" in run.said()
    shown = warm.answer("show", thread)
    assert shown["steps"][-1]["next"]
    assert [one["attempts"] for one in shown["runs"]] == [0]
    assert warm.answer("resume", thread)["status"] == "success"


@pytest.mark.usefixtures("slow")
def test_a_second_process_is_told_who_is_busy_and_exits_5(warm: Warm) -> None:
    first = warm.start("ask", PROMPT)
    thread = thread_of(first)
    second = warm.start("resume", thread)
    assert second.wait() == 5
    assert "busy: run by " in second.said()
    assert f"process {first.pid} since" in second.said()
    assert first.wait() == 0
