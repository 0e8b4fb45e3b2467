"""A project with a page, a query and a suite, a person's request on it, and what became of that in the whole graph."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkouts import Checkout

from graph.compiled import DurableGraph
from graph.protocol import Request
from graph.state import Json

THREAD: Any = {"configurable": {"thread_id": "t"}}
BOARD = '''"""The positions as the page shows them."""


def line(position: dict) -> str:
    """One position in words."""
    return f"{position['symbol']}: {position['premium']:.2f}"


def lines(positions: list[dict]) -> list[str]:
    """Every position in words."""
    return [line(one) for one in positions]
'''
PAGE = """import streamlit as st

from board import lines

st.title("Wheel")
for one in lines([{"symbol": "KO", "premium": 0.42}]):
    st.write(one)
"""
TEST = """from board import lines


def test_a_premium_has_two_digits():
    assert lines([{"symbol": "KO", "premium": 0.4}]) == ["KO: 0.40"]
"""
SCHEMA = "CREATE TABLE positions (id bigint PRIMARY KEY, symbol text NOT NULL, premium numeric NOT NULL);\n"
RULES = "[gates]\nmutants = 0\n"


def board_checkout(folder: Path) -> Checkout:
    """Somebody's repository with a Streamlit page, the schema of a database and a small suite."""
    folder.mkdir()
    made = Checkout(folder)
    made.git("init", "--quiet")
    made.write("board.py", BOARD)
    made.write("app.py", PAGE)
    made.write("tests/test_board.py", TEST)
    made.write("conftest.py", "")
    made.write("migrations/1_positions.sql", SCHEMA)
    made.write(".magnus.toml", RULES)
    made.commit(README__md="# Wheel\n", CHANGELOG__md="# Changes\n")
    return made


@dataclass(frozen=True)
class Done:
    """What was said while agents worked, the response, and the state of the thread afterwards."""

    lines: list[str]
    response: Json
    state: Json

    @property
    def result(self) -> Json:
        found: Json = self.response["result"]
        return found

    @property
    def ending(self) -> tuple[str, list[str]]:
        """The status and the errors, which is what a test reads first when something went wrong."""
        return self.response["status"], self.response["errors"]

    def evidence_of(self, agent: str) -> list[Json]:
        """The commands that an agent ran, by the log of its tools."""
        handoff = next(one for one in self.result["handoffs"] if one["from_agent"] == agent)
        found: list[Json] = handoff["deliverables"]["evidence"]
        return found


def carried_out(graph: DurableGraph, checkout: Checkout, prompt: str, thread_id: str = "t") -> Done:
    """A request from its first word to its response."""
    request, thread = Request(prompt=prompt, project=str(checkout.folder)), {"configurable": {"thread_id": thread_id}}
    said = [chunk["line"] for chunk in graph.stream({"request": request}, thread, stream_mode="custom")]
    state = graph.get_state(thread).values
    return Done(said, state["response"], state)
