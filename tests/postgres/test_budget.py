"""The budget ledger: reserved before it is spent, counted once, across branches and resumes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from checkpoints.budget import Cost, Exhausted, Ledger, Limits, add_usd, spent_by_agent, spent_of
from checkpoints.database import Database
from checkpoints.effects import Place
from checkpoints.fence import Fence, LeaseLost
from checkpoints.leases import leased

REQUEST = str(uuid4())
PLACE = Place(REQUEST, stage="1")
LIMITS = Limits(usd=Decimal("1.00"), calls=5, tokens=10_000, seconds=600, agents=2)


class Clock:
    """Says what it was set to."""

    moment = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def walk(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Iterator[Ledger]:
    with leased(database, "t", 5, lambda: None) as lease:
        yield Ledger(database, Fence("t", lease.epoch), REQUEST, LIMITS, clock)


def call(ledger: Ledger, number: int, usd: str = "0.10", tokens: int = 1000, agent: str = "python_pro") -> str:
    return ledger.reserve_call(PLACE, agent, number, "claude", tokens, Decimal(usd))


def cost(usd: str) -> Cost:
    return Cost(input_tokens=100, output_tokens=20, usd=Decimal(usd), seconds=2.5)


def test_a_reservation_counts_at_its_most_and_a_settlement_at_what_it_was(ledger: Ledger) -> None:
    key = call(ledger, 1, "0.40")
    assert spent_of(ledger.database, REQUEST).usd == Decimal("0.40")
    ledger.settle(key, cost("0.03"))
    spent = spent_of(ledger.database, REQUEST)
    assert (spent.usd, spent.calls, spent.tokens, spent.input_tokens) == (Decimal("0.03"), 1, 120, 100)
    assert spent.seconds == 2.5


def test_a_call_that_a_kill_repeats_counts_once(ledger: Ledger) -> None:
    assert call(ledger, 1) == call(ledger, 1)
    key = call(ledger, 1)
    ledger.settle(key, cost("0.03"))
    ledger.settle(key, cost("0.90"))
    assert call(ledger, 1) == key
    spent = spent_of(ledger.database, REQUEST)
    assert (spent.calls, spent.usd) == (1, Decimal("0.03"))


@pytest.mark.parametrize(
    ("what", "numbers", "usd", "tokens"),
    [("usd", range(1, 5), "0.30", 1), ("calls", range(1, 7), "0.01", 1), ("tokens", range(1, 4), "0.01", 4000)],
)
def test_what_would_pass_a_limit_is_refused_and_the_limit_is_named(
    ledger: Ledger, what: str, numbers: range, usd: str, tokens: int
) -> None:
    *allowed, last = numbers
    for number in allowed:
        call(ledger, number, usd, tokens)
    before = spent_of(ledger.database, REQUEST)
    with pytest.raises(Exhausted) as refused:
        call(ledger, last, usd, tokens)
    assert refused.value.what == what
    assert spent_of(ledger.database, REQUEST) == before


def test_a_third_agent_is_refused_and_the_same_one_counts_once(ledger: Ledger) -> None:
    for agent in ("python_pro", "python_pro", "qa_debugger"):
        ledger.reserve_agent(PLACE, agent)
    with pytest.raises(Exhausted, match="2 agents is used up"):
        ledger.reserve_agent(PLACE, "architect")


def test_branches_that_reserve_at_once_do_not_pass_the_limit_together(ledger: Ledger) -> None:
    def reserve(number: int) -> bool:
        try:
            call(ledger, number, "0.30", 1)
        except Exhausted:
            return False
        return True

    with ThreadPoolExecutor(5) as branches:
        granted = list(branches.map(reserve, range(5)))
    assert sum(granted) == 3


def test_time_counts_while_a_lease_is_held_and_not_between_leases(ledger: Ledger, clock: Clock) -> None:
    call(ledger, 1, "0.01")
    clock.walk(500)
    call(ledger, 2, "0.01")
    resumed = replace(ledger, fence=Fence("t", ledger.fence.epoch))
    clock.walk(99)
    call(resumed, 3, "0.01")
    clock.walk(2)
    with pytest.raises(Exhausted, match="600 seconds is used up"):
        call(resumed, 4, "0.01")


def test_waiting_for_a_person_does_not_count(database: Database, clock: Clock) -> None:
    for number in (1, 2, 3):
        with leased(database, "t", 5, lambda: None) as lease:
            call(Ledger(database, Fence("t", lease.epoch), REQUEST, LIMITS, clock), number, "0.01")
            clock.walk(5)
        clock.walk(100_000)
    assert spent_of(database, REQUEST).calls == 3


def test_what_a_person_adds_lets_it_go_on(ledger: Ledger) -> None:
    call(ledger, 1, "0.90")
    with pytest.raises(Exhausted):
        call(ledger, 2, "0.20")
    add_usd(ledger.database, REQUEST, Decimal("0.50"))
    add_usd(ledger.database, REQUEST, Decimal("0.50"))
    call(ledger, 2, "0.20")
    assert spent_of(ledger.database, REQUEST).usd == Decimal("1.10")


def test_a_runner_that_lost_its_lease_reserves_nothing(ledger: Ledger) -> None:
    with ledger.database.begin() as connection:
        connection.exec_driver_sql("UPDATE threads SET epoch = epoch + 1 WHERE thread_id = 't'")
    with pytest.raises(LeaseLost):
        call(ledger, 1)
    assert spent_of(ledger.database, REQUEST).calls == 0


def test_each_agent_has_its_bill(ledger: Ledger) -> None:
    ledger.settle(call(ledger, 1, agent="architect"), cost("0.01"))
    for number in (1, 2):
        ledger.settle(call(ledger, number, agent="python_pro"), cost("0.02"))
    bills = spent_by_agent(ledger.database, REQUEST)
    assert {agent: (bill.calls, bill.usd) for agent, bill in bills.items()} == {
        "python_pro": (2, Decimal("0.04")),
        "architect": (1, Decimal("0.01")),
    }
    assert next(iter(bills)) == "python_pro"
