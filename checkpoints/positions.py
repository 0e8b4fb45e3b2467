"""Positions as they are remembered: lots with their events, and a cash account of balances and flows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from checkpoints.database import Database
from checkpoints.position_tables import cash_entries, lot_events, lots
from trading.lot import Event, Lot
from trading.lots import advance, cash_flow, replay

UNDO = "undo"
ONE_WRITER = "LOCK TABLE lots IN SHARE ROW EXCLUSIVE MODE"
"""Readers go on; a second writer waits until the first has committed, and then sees what it wrote."""


@dataclass(frozen=True)
class StoredLot:
    """A lot by the number under which it is kept; `origin` says how it came in.

    `numbers` are those of its events that stand, `next_number` is the first that is free.
    """

    id: int
    origin: str
    lot: Lot
    numbers: tuple[int, ...]
    next_number: int


class Ledger:
    """Positions open for writing, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def open_lots(self) -> list[StoredLot]:
        """Lots that hold something, in the order they came."""
        return [stored for stored in self.lots() if stored.lot.state != "cash"]

    def lots(self) -> list[StoredLot]:
        """The same, and those that have ended."""
        return read_lots(self._connection)

    def start(self, symbol: str, events: Sequence[Event], origin: str, moves_cash: bool) -> StoredLot:
        """A new lot that has taken these steps; raises ValueError where one is impossible."""
        lot = replay(symbol, events)
        row = {"symbol": symbol, "origin": origin, "recorded_at": self._now}
        number = self._connection.execute(insert(lots).values(row).returning(lots.c.id)).scalar_one()
        for place, event in enumerate(lot.events):
            self._record(number, place, event, moves_cash)
        return StoredLot(number, origin, lot, tuple(range(len(events))), len(events))

    def take(self, stored: StoredLot, event: Event, moves_cash: bool) -> StoredLot:
        """The lot one step further; raises ValueError where the step is impossible."""
        lot, number = advance(stored.lot, event), stored.next_number
        self._record(stored.id, number, lot.events[-1], moves_cash)
        return StoredLot(stored.id, stored.origin, lot, (*stored.numbers, number), number + 1)

    def undo(self, stored: StoredLot) -> StoredLot:
        """The lot without its last step, which was recorded in error; what that moved since the last balance is back.

        The step stays on record, followed by a line that takes it back.
        """
        of_step = (cash_entries.c.lot_id == stored.id) & (cash_entries.c.number == stored.numbers[-1])
        if moved := self._connection.execute(_since_balance().where(of_step)).scalar_one():
            self._enter("flow", -moved, stored.id, stored.next_number)
        return self._take_back(stored)

    def withdraw(self, stored: StoredLot) -> None:
        """Take back every step of a lot, so that it is no longer held; the cash stays as it is."""
        while stored.numbers:
            stored = self._take_back(stored)

    def _take_back(self, stored: StoredLot) -> StoredLot:
        row = {"lot_id": stored.id, "number": stored.next_number, "recorded_at": self._now}
        undoing = {"step": UNDO, "happened_on": self._now.date(), "price": 0, "fees": 0}
        self._connection.execute(insert(lot_events).values(row | undoing))
        lot = replay(stored.lot.symbol, stored.lot.events[:-1])
        return StoredLot(stored.id, stored.origin, lot, stored.numbers[:-1], stored.next_number + 1)

    def set_cash(self, usd: Decimal) -> None:
        """What the account says it holds now; later steps move on from there."""
        self._enter("balance", usd)

    def _record(self, lot_id: int, number: int, event: Event, moves_cash: bool) -> None:
        row = {"lot_id": lot_id, "number": number, "recorded_at": self._now, **_columns(event)}
        self._connection.execute(insert(lot_events).values(row))
        if moves_cash:
            self._enter("flow", cash_flow(event), lot_id, number)

    def _enter(self, kind: str, usd: Decimal, lot_id: int | None = None, number: int | None = None) -> None:
        row = {"kind": kind, "usd": usd, "lot_id": lot_id, "number": number, "recorded_at": self._now}
        self._connection.execute(insert(cash_entries).values(row))


@contextmanager
def ledger(database: Database, now: datetime) -> Iterator[Ledger]:
    """Positions for writing: everything is kept, or nothing where the block raises; one writer at a time."""
    with database.begin() as connection:
        connection.execute(text(ONE_WRITER))
        yield Ledger(connection, now)


def read_positions(database: Database) -> tuple[list[StoredLot], Decimal | None]:
    """Every lot in the order it came, and the cash: the last balance and the flows since; None without a balance."""
    with database.begin() as connection:
        return read_lots(connection), _cash(connection)


def read_lots(connection: Connection) -> list[StoredLot]:
    """Every lot with a step that was not undone, its events replayed."""
    steps: dict[int, list[Row[Any]]] = {}
    last: dict[int, int] = {}
    for row in connection.execute(select(lot_events).order_by(lot_events.c.lot_id, lot_events.c.number)):
        standing = steps.setdefault(row.lot_id, [])
        last[row.lot_id] = row.number
        standing.pop() if row.step == UNDO else standing.append(row)
    kept = connection.execute(select(lots).order_by(lots.c.id)).all()
    return [_stored(row, steps[row.id], last[row.id] + 1) for row in kept if steps[row.id]]


def _stored(row: Row[Any], steps: Sequence[Row[Any]], next_number: int) -> StoredLot:
    lot = replay(row.symbol, [_event(step) for step in steps])
    return StoredLot(row.id, row.origin, lot, tuple(step.number for step in steps), next_number)


def _cash(connection: Connection) -> Decimal | None:
    balances = select(cash_entries.c.usd).where(cash_entries.c.kind == "balance").order_by(cash_entries.c.id.desc())
    balance: Decimal | None = connection.execute(balances.limit(1)).scalar()
    return None if balance is None else balance + connection.execute(_since_balance()).scalar_one()


def _since_balance() -> Any:
    """The sum of the flows entered after the last balance."""
    last = select(func.coalesce(func.max(cash_entries.c.id), 0)).where(cash_entries.c.kind == "balance")
    flows = func.coalesce(func.sum(cash_entries.c.usd), 0)
    return select(flows).where(cash_entries.c.kind == "flow", cash_entries.c.id > last.scalar_subquery())


def _columns(event: Event) -> dict[str, Any]:
    return {
        "step": event.step,
        "happened_on": event.on,
        "price": event.price,
        "fees": event.fees,
        "strike": event.strike,
        "expiry": event.expiry,
        "premium": event.premium,
    }


def _event(row: Row[Any]) -> Event:
    return Event(row.step, row.happened_on, row.price, row.fees, row.strike, row.expiry, row.premium)
