"""Acknowledged means durable, and a database that does not exist yet is made once, whoever comes first."""

from dataclasses import asdict
from pathlib import Path

import pytest
from chaos.harness import Nursery, Trial, expect_nothing
from chaos.journal import Journal
from chaos.worker import Orders

from checkpoints.engine import stop
from graph.settings import Settings


def check_killed_after_the_answer(field: Trial, times: int) -> None:
    """Each worker accepts a request, answers it, and is killed right after it said so."""
    orders = asdict(field.orders) | {"kill_at": "acknowledged#1"}
    left, running = times, []
    while left or running:
        running = [worker for worker in running if worker.is_alive()]
        while left and len(running) < 3:
            running.append(field.nursery.fork("chaos.worker:accept_and_run", **orders))
            left -= 1
    acknowledged = [line["request"] for line in field.journal.lines("acknowledged")]
    assert len(acknowledged) == len(set(acknowledged)) == len(field.journal.lines("hit")) == times
    expect_nothing(field.finish())


def check_eight_at_once(nursery: Nursery, folder: Path, times: int) -> None:
    """Eight processes open a database in a folder that is empty; all of them succeed, and share one."""
    for number in range(times):
        home = folder / f"home-{number}"
        orders = asdict(Orders(str(folder), None, str(home), lease_s=1, seed=0, pace_s=0))
        try:
            processes = [nursery.fork("chaos.worker:open_only", **orders) for _ in range(8)]
            assert [process.wait(120) for process in processes] == [0] * 8, [one.said() for one in processes]
        finally:
            stop(Settings(data_dir=home))
    assert len(Journal(folder / "journal.jsonl").lines("opened")) == 8 * times


def test_what_was_acknowledged_is_there_after_a_kill(field: Trial) -> None:
    check_killed_after_the_answer(field, 12)


def test_eight_processes_on_an_empty_directory(nursery: Nursery, scratch: Path) -> None:
    check_eight_at_once(nursery, scratch, 1)


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_what_was_acknowledged_200_times_is_there_after_200_kills(field: Trial) -> None:
    check_killed_after_the_answer(field, 200)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_eight_processes_on_an_empty_directory_30_times(nursery: Nursery, scratch: Path, tmp_path: Path) -> None:
    folder = scratch / "thirty"
    folder.mkdir()
    check_eight_at_once(nursery, folder, 30)
