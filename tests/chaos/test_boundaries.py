"""kill -9 at every step boundary of every step, and at any moment between."""

import time

import pytest
from chaos.harness import Trial, expect_nothing
from chaos.workflow import DOERS

BOUNDARIES = [
    *(f"{when}:{doer}" for doer in DOERS for when in ("before", "after", "put_writes")),
    *(f"put:{step}" for step in range(-1, 6)),
    "acknowledged#1",
]
MOMENTS = [f"commit#{number}" for number in range(1, 25)]
"""After each transaction of ours, those of the lease and of listing the work included."""


def test_a_kill_at_every_step_boundary_loses_and_doubles_nothing(field: Trial) -> None:
    check_killed_at_each(field, BOUNDARIES)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_kill_at_every_step_boundary_and_after_every_transaction_three_times_over(field: Trial) -> None:
    check_killed_at_each(field, 3 * (BOUNDARIES + MOMENTS))


def check_killed_at_each(field: Trial, points: list[str]) -> None:
    """A worker dies at each of these points, in an order of the dice, and nothing is lost or doubled."""
    field.kill_points = list(points)
    field.dice.shuffle(field.kill_points)
    while len(field.journal.lines("hit")) < len(points):
        field.keep_busy()
        time.sleep(0.02)
    expect_nothing(field.finish())
    assert sorted(line["point"] for line in field.journal.lines("hit")) == sorted(points)
