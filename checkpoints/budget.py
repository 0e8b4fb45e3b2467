"""The budget ledger of a request: what is spent is reserved first and settled after, across agents and resumes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert

from checkpoints.budget_tables import budgets, spendings
from checkpoints.database import Database
from checkpoints.effects import Place
from checkpoints.fence import Fence
from graph.errors import MagnusError

PARTS = (3, 4, 5)
"""Where phase, iteration and stage stand in a key, counted from 1: see `checkpoints.effects.Place`."""
UNITS = {"usd": "US dollars", "calls": "model calls", "tokens": "tokens", "seconds": "seconds", "agents": "agents"}


class Exhausted(MagnusError):
    """A budget is used up: what was done is kept, and the request goes on with a larger one."""

    exit_code = 4

    def __init__(self, what: str, limit: float, used: float, asked: float) -> None:
        self.what = what
        more = f" and {asked:g} more would be needed" if asked else ""
        super().__init__(f"The budget of {limit:g} {UNITS[what]} is used up: {used:g} are spent or reserved{more}.")


@dataclass(frozen=True)
class Limits:
    """The most one request may take: US dollars, model calls, tokens, seconds of work, agents."""

    usd: Decimal
    calls: int
    tokens: int
    seconds: float
    agents: int


@dataclass(frozen=True)
class Spent:
    """What was taken so far; `usd` and `tokens` of what is under way count at the most they may come to."""

    usd: Decimal
    calls: int
    tokens: int
    input_tokens: int
    output_tokens: int
    seconds: float
    agents: int


@dataclass(frozen=True)
class StageSpent:
    """What one agent took in one stage; `took_s` are the seconds from its first call to the end of its last."""

    phase: str
    iteration: int
    stage: str
    agent: str
    took_s: float
    spent: Spent


@dataclass(frozen=True)
class Cost:
    """What one model call took in the end."""

    input_tokens: int
    output_tokens: int
    usd: Decimal
    seconds: float


@dataclass(frozen=True)
class Ledger:
    """The spendings of one request, written by whoever holds its thread. Keys come from the place in the workflow."""

    database: Database
    fence: Fence
    request_id: str
    limits: Limits
    now: Callable[[], datetime]

    def reserve_agent(self, place: Place, agent: str) -> None:
        """Count one more agent at work; the same one at the same place counts once. Raises Exhausted."""
        self._reserve(place.key(f"agent {agent}"), "agent", agent, None, 0, Decimal(0))

    def reserve_call(self, place: Place, agent: str, number: int, model: str, tokens: int, usd: Decimal) -> str:
        """The key of a model call that may take so much; a call that a kill repeats keeps its reservation."""
        key = place.key(f"call {agent} {number}")
        self._reserve(key, "call", agent, model, tokens, usd)
        return key

    def settle(self, key: str, cost: Cost) -> None:
        """Replace a reservation by what was really taken; only the first time counts."""
        taken = {"tokens": cost.input_tokens + cost.output_tokens, "settled_at": self.now(), **vars(cost)}
        with self.database.begin(self.fence) as connection:
            self._tick(connection)
            this = (spendings.c.key == key) & spendings.c.settled_at.is_(None)
            connection.execute(update(spendings).where(this).values(taken))

    def _reserve(self, key: str, kind: str, agent: str, model: str | None, tokens: int, usd: Decimal) -> None:
        with self.database.begin(self.fence) as connection:
            extra_usd, active_s = self._tick(connection)
            if connection.execute(select(spendings.c.key).where(spendings.c.key == key)).one_or_none():
                return
            asked: dict[str, Any] = {
                "usd": usd,
                "tokens": tokens,
                "calls": kind == "call",
                "agents": kind == "agent",
                "seconds": 0,
            }
            self._refuse_too_much(vars(_spent(connection, self.request_id)) | {"seconds": active_s}, asked, extra_usd)
            row = {"key": key, "request_id": UUID(self.request_id), "kind": kind, "agent": agent, "model": model}
            row |= {"tokens": tokens, "usd": usd, "reserved_at": self.now()}
            connection.execute(insert(spendings).values(row))

    def _refuse_too_much(self, used: Mapping[str, float], asked: Mapping[str, float], extra_usd: Decimal) -> None:
        for what, limit in (vars(self.limits) | {"usd": self.limits.usd + extra_usd}).items():
            is_over = used[what] >= limit if what == "seconds" else used[what] + asked[what] > limit
            if is_over:
                raise Exhausted(what, float(limit), float(used[what]), float(asked[what]))

    def _tick(self, connection: Connection) -> tuple[Decimal, float]:
        """Dollars added by a person and seconds worked so far; the row lock lets parallel branches reserve in turn.

        The time between two looks counts when both are under one lease: waiting for a person or a resume does not.
        """
        this = budgets.c.request_id == UUID(self.request_id)
        connection.execute(insert(budgets).values(request_id=UUID(self.request_id)).on_conflict_do_nothing())
        row = connection.execute(select(budgets).where(this).with_for_update()).one()
        seen = {"active_s": row.active_s + self._worked_s(row), "epoch": self.fence.epoch, "seen_at": self.now()}
        connection.execute(update(budgets).where(this).values(seen))
        return row.extra_usd, seen["active_s"]

    def _worked_s(self, row: Row[Any]) -> float:
        if row.seen_at is None or row.epoch != self.fence.epoch:
            return 0.0
        passed: timedelta = self.now() - row.seen_at
        return max(0.0, passed.total_seconds())


def add_usd(database: Database, request_id: str, usd: Decimal) -> None:
    """Allow a request so much more, which a person decided."""
    row = insert(budgets).values(request_id=UUID(request_id), extra_usd=usd)
    with database.begin() as connection:
        more = {"extra_usd": budgets.c.extra_usd + usd}
        connection.execute(row.on_conflict_do_update(index_elements=["request_id"], set_=more))


def spent_of(database: Database, request_id: str) -> Spent:
    """What a request has taken so far."""
    with database.begin() as connection:
        return _spent(connection, request_id)


def spent_by_agent(database: Database, request_id: str) -> dict[str, Spent]:
    """The same for each agent, the most expensive first."""
    with database.begin() as connection:
        rows = connection.execute(
            select(spendings.c.agent, *SUMS)
            .where(spendings.c.request_id == UUID(request_id))
            .group_by(spendings.c.agent)
            .order_by(func.sum(spendings.c.usd).desc(), spendings.c.agent)
        )
        return {agent: Spent(*sums) for agent, *sums in rows}


def spent_by_stage(database: Database, request_id: str) -> list[StageSpent]:
    """The same for each agent at each place of the workflow, in the order in which they began."""
    parts = [func.split_part(spendings.c.key, "/", number) for number in PARTS]
    began = func.min(spendings.c.reserved_at)
    over = func.max(func.coalesce(spendings.c.settled_at, spendings.c.reserved_at))
    query = select(*parts, spendings.c.agent, func.extract("epoch", over - began), *SUMS)
    wanted = query.where(spendings.c.request_id == UUID(request_id)).group_by(*parts, spendings.c.agent).order_by(began)
    with database.begin() as connection:
        rows = connection.execute(wanted).all()
    return [
        StageSpent(phase, int(number), stage, agent, float(took_s), Spent(*sums))
        for phase, number, stage, agent, took_s, *sums in rows
    ]


def _spent(connection: Connection, request_id: str) -> Spent:
    return Spent(*connection.execute(select(*SUMS).where(spendings.c.request_id == UUID(request_id))).one())


def _sum(name: str) -> ColumnElement[Any]:
    column = spendings.c[name]
    return cast(func.coalesce(func.sum(column), 0), column.type)


SUMS = (
    _sum("usd"),
    func.count().filter(spendings.c.kind == "call"),
    _sum("tokens"),
    _sum("input_tokens"),
    _sum("output_tokens"),
    _sum("seconds"),
    func.count().filter(spendings.c.kind == "agent"),
)
"""The columns of Spent, in its order."""
