"""Damage is found and named, a thread goes back to a good step, and the answer comes again from there."""

from collections.abc import Iterator

import pytest
from langgraph.runtime import RunControl
from sqlalchemy import text

from checkpoints.runs import runs_of
from graph.compiled import DurableGraph
from graph.errors import BadInput
from graph.history import damage_of, history_of, roll_back
from graph.master import open_graph
from graph.progress import Damaged, response_of, steps
from graph.protocol import Request
from graph.settings import Settings

THREAD = {"configurable": {"thread_id": "t"}}
NEWEST = "(SELECT checkpoint_id FROM checkpoints WHERE thread_id = 't' ORDER BY checkpoint_id DESC LIMIT 1)"


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        opened.invoke({"request": Request(prompt="Find me high-premium opportunities under $30")}, THREAD)
        yield opened


def change(graph: DurableGraph, statement: str) -> None:
    with graph.deps.database().begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0


def resume(graph: DurableGraph) -> list[str]:
    return list(steps(graph, runs_of(graph.deps.database(), "t")[-1], None, RunControl()))


def test_a_sound_thread_has_no_damage(graph: DurableGraph) -> None:
    assert damage_of(graph, "t") is None
    assert damage_of(graph, "never heard of") is None
    told = history_of(graph, "t")
    assert [step["next"] for step in told] == [
        ["__start__"], ["intake"], ["router"], ["trade"], ["learn"], ["respond"], []
    ]  # fmt: skip
    assert [step["flaw"] for step in told] == [None] * 7


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoint_blobs SET blob = '\\xc1ff' WHERE channel = 'outcome'"
        " AND version = (SELECT max(version) FROM checkpoint_blobs WHERE channel = 'outcome')",
        "DELETE FROM checkpoint_blobs WHERE channel = 'outcome'"
        " AND version = (SELECT max(version) FROM checkpoint_blobs WHERE channel = 'outcome')",
        f"UPDATE checkpoints SET checkpoint = '{{}}' WHERE checkpoint_id = {NEWEST}",
        "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{channel_values,source}', '7')"
        f" WHERE checkpoint_id = {NEWEST}",
    ],
)
def test_damage_parks_the_run_and_names_the_last_good_step(graph: DurableGraph, statement: str) -> None:
    change(graph, statement)
    damage = damage_of(graph, "t")
    assert damage and "magnus rollback t --to" in damage
    with pytest.raises(Damaged, match="last good one"):
        resume(graph)
    run = runs_of(graph.deps.database(), "t")[-1]
    assert run.status == "parked"
    assert run.error == damage


def test_going_back_gives_the_answer_again(graph: DurableGraph) -> None:
    before = runs_of(graph.deps.database(), "t")[0]
    change(graph, f"UPDATE checkpoints SET checkpoint = '{{}}' WHERE checkpoint_id = {NEWEST}")
    roll_back(graph, "t", 2)
    assert graph.get_state(THREAD).next == ("trade",)
    assert graph.get_state(THREAD).values["rollback"] == 1
    assert resume(graph) == ["trade", "learn", "respond"]
    after = runs_of(graph.deps.database(), "t")[0]
    assert response_of(graph, after)["result"] == (before.response or {})["result"]
    assert (after.status, after.rollbacks) == ("done", 1)


@pytest.mark.parametrize("number", [-1, 0, 99])
def test_a_step_that_cannot_be_gone_back_to_is_refused(graph: DurableGraph, number: int) -> None:
    with pytest.raises(BadInput, match="cannot go back"):
        roll_back(graph, "t", number)
    assert graph.get_state(THREAD).next == ()


def test_a_second_request_on_a_thread_whose_first_never_got_in_is_no_damage(graph: DurableGraph) -> None:
    thread = {"configurable": {"thread_id": "never in"}}
    for _ in range(2):
        graph.invoke({"request": Request(prompt="IV rank of AMD")}, thread, interrupt_before=["intake"])
    assert [step["flaw"] for step in history_of(graph, "never in")] == [None] * len(history_of(graph, "never in"))
    assert max(step["step"] for step in history_of(graph, "never in")) >= 1
    assert damage_of(graph, "never in") is None
