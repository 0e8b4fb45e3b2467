"""What leaves the process leaves once: finished effects are remembered, doubtful ones handled by their kind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checkpoints.database import Database
from checkpoints.effects import Doubtful, Effects, Place
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


class World:
    """Counts what reached it, and can break after the deed."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    def send(self) -> dict[str, object]:
        self.reached.append("sent")
        return {"number": len(self.reached)}

    def send_and_die(self) -> dict[str, object]:
        self.send()
        raise ConnectionResetError("killed before the answer was written down")

    def look(self) -> dict[str, object] | None:
        return {"number": len(self.reached)} if self.reached else None


@pytest.fixture
def run(database: Database) -> Iterator[Effects]:
    with leased(database, "t", 5, lambda: None) as lease:
        yield Effects(database, Fence("t", lease.epoch), Place("r1"), lambda: NOW)


def test_an_effect_happens_once_and_gives_the_same_result_again(run: Effects) -> None:
    world = World()
    results = [run.effect("alert", "resend", {"to": "me"}, world.send) for _ in range(3)]
    assert results == [{"number": 1}] * 3
    assert world.reached == ["sent"]


@pytest.mark.parametrize(
    "elsewhere",
    [Place("r2"), Place("r1", rollback=1), Place("r1", phase="p"), Place("r1", iteration=1), Place("r1", attempt=1)],
)
def test_another_place_in_the_workflow_is_another_effect(run: Effects, elsewhere: Place) -> None:
    world = World()
    run.effect("alert", "resend", {}, world.send)
    replace(run, place=elsewhere).effect("alert", "resend", {}, world.send)
    assert world.reached == ["sent", "sent"]


def test_a_doubtful_effect_that_is_harmless_is_sent_again(run: Effects) -> None:
    world = World()
    with pytest.raises(ConnectionResetError):
        run.effect("alert", "resend", {}, world.send_and_die)
    assert run.effect("alert", "resend", {}, world.send) == {"number": 2}


def test_a_doubtful_effect_that_can_be_looked_for_is_not_repeated(run: Effects) -> None:
    world = World()
    with pytest.raises(ConnectionResetError):
        run.effect("merge", "reconcile", {}, world.send_and_die, world.look)
    assert run.effect("merge", "reconcile", {}, world.send, world.look) == {"number": 1}
    assert world.reached == ["sent"]


def test_an_effect_that_never_happened_is_done_after_looking(run: Effects) -> None:
    world = World()

    def die_first() -> dict[str, object]:
        raise ConnectionResetError("killed before the deed")

    with pytest.raises(ConnectionResetError):
        run.effect("merge", "reconcile", {}, die_first, world.look)
    assert run.effect("merge", "reconcile", {}, world.send, world.look) == {"number": 1}


def test_a_doubtful_effect_that_nobody_can_look_for_is_handed_to_a_person(run: Effects) -> None:
    world = World()
    with pytest.raises(ConnectionResetError):
        run.effect("order a pizza", "ask", {}, world.send_and_die)
    for _ in range(2):
        with pytest.raises(Doubtful, match="order a pizza"):
            run.effect("order a pizza", "ask", {}, world.send)
    assert world.reached == ["sent"]


def test_a_runner_that_lost_its_lease_does_nothing(run: Effects, database: Database) -> None:
    world = World()
    stale = replace(run, fence=replace(run.fence, epoch=run.fence.epoch - 1))
    with pytest.raises(LeaseLost):
        stale.effect("alert", "resend", {}, world.send)
    assert world.reached == []
