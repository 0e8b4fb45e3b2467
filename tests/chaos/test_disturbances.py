"""Three workers while processes are killed and frozen, sessions ended, Postgres stopped and killed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos import disturb
from chaos.harness import Nursery, Trial, expect_nothing, trial

from checkpoints.engine import database_url, stop
from graph.settings import Settings

BACK_WITHIN_S = 5


@pytest.fixture(scope="module")
def own_server(scratch: Path) -> Iterator[Settings]:
    """A server that may be stopped and killed without disturbing another test."""
    settings = Settings(data_dir=scratch / "chaos")
    yield settings
    stop(settings)


@pytest.fixture
def shaky(nursery: Nursery, own_server: Settings, tmp_path: Path) -> Iterator[Trial]:
    """A trial on that server, which no worker starts by itself."""
    remote = Settings(data_dir=tmp_path, database_url=database_url(own_server))
    with trial(nursery, remote, tmp_path / "trial", server=own_server) as begun:
        yield begun
        with begun.database.begin() as connection:
            connection.exec_driver_sql("TRUNCATE runs, executions, threads, effects, checkpoints, checkpoint_writes")


def expect_quick_recovery(field: Trial) -> None:
    """Within the lease and two seconds, in 99 of 100 cases."""
    took = field.recoveries_s()
    assert took, "nobody was hurt in the middle of anything"
    median, late = took[len(took) // 2], took[int(0.99 * len(took))]
    told = f"{len(field.hurt)} threads hurt, {len(took)} taken over: median {median:.2f} s, p99 {late:.2f} s"
    sys.stderr.write(f"\n{told}, longest {took[-1]:.2f} s, {field.parked} parked\n")
    assert late <= field.orders.lease_s + 2, told


def test_random_kills(field: Trial) -> None:
    disturb.kill(field, 15)
    expect_nothing(field.finish())


def test_a_worker_frozen_for_longer_than_its_lease_is_replaced_and_changes_nothing_when_it_wakes(field: Trial) -> None:
    for point in ("put_writes:draft", "put:2"):
        disturb.freeze_at(field, point)
    expect_nothing(field.finish())


def test_ended_sessions(field: Trial) -> None:
    disturb.end_sessions(field, 10)
    expect_nothing(field.finish())


def test_restarts_and_crashes_of_the_database(shaky: Trial) -> None:
    disturb.restart(shaky, 1, away_s=1)
    disturb.kill_postmaster(shaky, 1)
    expect_nothing(shaky.finish())


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_200_random_kills(field: Trial) -> None:
    disturb.kill(field, 200)
    expect_nothing(field.finish())
    expect_quick_recovery(field)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_30_frozen_workers_that_come_back(field: Trial) -> None:
    disturb.freeze(field, 30)
    expect_nothing(field.finish())
    expect_quick_recovery(field)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_50_ended_sessions(field: Trial) -> None:
    disturb.end_sessions(field, 50)
    expect_nothing(field.finish())


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_10_restarts_and_5_crashes_of_the_database(shaky: Trial) -> None:
    back = [*disturb.restart(shaky, 10), *disturb.kill_postmaster(shaky, 5)]
    expect_nothing(shaky.finish())
    assert max(back) <= BACK_WITHIN_S


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_database_that_is_away_for_a_minute(shaky: Trial) -> None:
    back = disturb.restart(shaky, 1, away_s=60)
    expect_nothing(shaky.finish())
    assert max(back) <= BACK_WITHIN_S
