"""Magnus's own workflow, killed after any write and any transaction: `resume` gives the undisturbed answer."""

from pathlib import Path
from typing import Any

import pytest
from chaos.harness import Nursery, Warm
from chaos.journal import Journal
from databases import fresh_database

from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
POINTS = [
    *(f"put#{number}" for number in range(1, 8)),
    *(f"put_writes#{number}" for number in range(1, 7)),
    *(f"commit#{number}" for number in range(3, 13)),
]
SOME = ["put#1", "put_writes#3", "commit#9"]


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery, server_settings: Settings, template: str, scratch: Path) -> Any:
    """The answer to the prompt, where nobody is killed."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        return Warm(nursery, settings, scratch).answer("ask", PROMPT)["result"]


@pytest.mark.parametrize("point", SOME)
def test_a_killed_run_is_completed_with_the_same_answer(warm: Warm, undisturbed: Any, point: str) -> None:
    check_killed_and_resumed(warm, undisturbed, point)


@pytest.mark.chaos
@pytest.mark.parametrize("point", sorted({*POINTS} - {*SOME}))
def test_a_killed_run_is_completed_wherever_it_was_killed(warm: Warm, undisturbed: Any, point: str) -> None:
    check_killed_and_resumed(warm, undisturbed, point)


def check_killed_and_resumed(warm: Warm, undisturbed: Any, point: str) -> None:
    """Killed there, the run has one answer, one execution and a history that ends."""
    killed = warm.start("ask", PROMPT, kill_at=point)
    assert killed.wait() == -9, killed.said()
    thread = killed.said().split()[1]
    assert warm.answer("resume", thread)["result"] == undisturbed
    shown = warm.answer("show", thread)
    assert [run["status"] for run in shown["runs"]] == ["done"]
    assert shown["steps"][-1]["next"] == []
    assert [step["step"] for step in shown["steps"]] == list(range(-1, 6))
    assert [line["point"] for line in Journal(warm.folder / "journal.jsonl").lines("hit")] == [point]
