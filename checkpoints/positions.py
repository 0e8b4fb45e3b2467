"""Positions as they are remembered: lots with their events, and a cash account of balances and flows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from checkpoints.database import Database
from checkpoints.position_tables import cash_entries, lot_events, lots
from trading.lot import Event, Lot
from trading.lots import advance, cash_flow, replay

ONE_WRITER = "LOCK TABLE lots IN SHARE ROW EXCLUSIVE MODE"
"""Readers go on; a second writer waits until the first has committed, and then sees what it wrote."""


@dataclass(frozen=True)
class StoredLot:
    """A lot by the number under which it is kept; `origin` says how it came in."""

    id: int
    origin: str
    lot: Lot


class Ledger:
    """Positions open for writing, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def open_lots(self) -> list[StoredLot]:
        """Lots that hold something, in the order they came."""
        return [stored for stored in read_lots(self._connection) if stored.lot.state != "cash"]

    def start(self, symbol: str, events: Sequence[Event], origin: str, moves_cash: bool) -> StoredLot:
        """A new lot that has taken these steps; raises ValueError where one is impossible."""
        lot = replay(symbol, events)
        row = {"symbol": symbol, "origin": origin, "recorded_at": self._now}
        number = self._connection.execute(insert(lots).values(row).returning(lots.c.id)).scalar_one()
        for place, event in enumerate(lot.events):
            self._record(number, place, event, moves_cash)
        return StoredLot(number, origin, lot)

    def take(self, stored: StoredLot, event: Event, moves_cash: bool) -> StoredLot:
        """The lot one step further; raises ValueError where the step is impossible."""
        lot = advance(stored.lot, event)
        self._record(stored.id, len(lot.events) - 1, lot.events[-1], moves_cash)
        return StoredLot(stored.id, stored.origin, lot)

    def withdraw(self, stored: StoredLot) -> None:
        """Leave out a lot that was recorded in error, and give back what its steps moved since the last balance."""
        entries = _since_balance().where(cash_entries.c.lot_id == stored.id)
        moved = self._connection.execute(entries).scalar_one()
        self._connection.execute(update(lots).where(lots.c.id == stored.id).values(withdrawn_at=self._now))
        if moved:
            self._enter("flow", -moved, stored.id)

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
    """Every lot that was not withdrawn, its events replayed."""
    events: dict[int, list[Event]] = {}
    for row in connection.execute(select(lot_events).order_by(lot_events.c.lot_id, lot_events.c.number)):
        events.setdefault(row.lot_id, []).append(_event(row))
    query = select(lots.c.id, lots.c.symbol, lots.c.origin).where(lots.c.withdrawn_at.is_(None)).order_by(lots.c.id)
    kept = connection.execute(query)
    return [StoredLot(row.id, row.origin, replay(row.symbol, events[row.id])) for row in kept]


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
