"""Threads that an earlier version left behind go on with this one."""

import subprocess
from pathlib import Path

import pytest
from langgraph.runtime import RunControl
from langgraph.types import Command

from checkpoints.binaries import binary
from checkpoints.runs import runs_of
from graph.master import open_graph
from graph.progress import response_of, steps
from graph.protocol import Request
from graph.settings import Settings
from graph.state import Json

DUMPS = sorted((Path(__file__).parents[1] / "fixtures").glob("threads_*.sql"))


def chosen(response: Json | None) -> set[tuple[str, float, str]]:
    """The contracts of a scan, whose figures may get better from version to version."""
    assert response
    return {(row["symbol"], row["strike"], row["expiry"]) for row in response["result"]["opportunities"]}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_threads_of_an_earlier_version_go_on(empty_settings: Settings, dump: Path) -> None:
    words = [binary("psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--file", dump, str(empty_settings.database_url)]
    subprocess.run(words, check=True, capture_output=True)
    with open_graph(empty_settings) as graph:
        finished, cut_off, waiting = (
            runs_of(graph.deps.database(), name)[0] for name in ("finished", "cut off", "waiting")
        )
        assert list(steps(graph, cut_off, None, RunControl())) == ["trade", "learn", "respond"]
        asked_today = graph.invoke({"request": Request(prompt=cut_off.wish)}, {"configurable": {"thread_id": "today"}})
        assert response_of(graph, cut_off)["result"] == asked_today["response"]["result"]
        assert chosen(finished.response) == chosen(asked_today["response"])
        answered = graph.invoke(
            Command(resume="find puts under $30"), {"configurable": {"thread_id": waiting.thread_id}}
        )
        assert answered["response"]["status"] == "success"


def test_there_is_a_dump_to_go_on_with() -> None:
    assert DUMPS
