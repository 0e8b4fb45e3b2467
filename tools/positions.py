"""What a person holds, kept in the database: recorded by hand or from a file. Nothing here reaches a broker."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from checkpoints.database import Database
from checkpoints.positions import Ledger, ledger, read_positions
from graph.errors import BadInput
from tools.position_choice import Ended, Which, choose, choose_mistaken, ending_event
from tools.position_file import Entry, Positions, first_event, read_positions_file
from tools.position_views import dollars, leg_json, lot_json
from trading.lot_rules import share_out
from trading.portfolio import Leg, legs_of
from trading.underlying import NEW_YORK

Json = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """What is held, leg by leg, and the cash in dollars; None where nobody has said."""

    legs: tuple[Leg, ...]
    cash_usd: float | None


def held(database: Database) -> Held:
    """The open positions of the person, equal contracts together, and their cash."""
    lots, cash = read_positions(database)
    return Held(tuple(legs_of(stored.lot for stored in lots)), None if cash is None else float(cash))


def list_positions(database: Database) -> Json:
    """What the person holds, to be told or counted; nothing here is priced by a market.

    Comes back: "positions" (open ones, equal contracts together), "lots" (each with its state and every event),
    "cash_usd" (None if never given) and "realised_usd"; strike, price, premium and basis are dollars a share.
    """
    lots, cash = read_positions(database)
    return {
        "cash_usd": None if cash is None else float(cash),
        "realised_usd": float(sum((stored.lot.realised for stored in lots), Decimal(0))),
        "positions": [leg_json(leg) for leg in legs_of(stored.lot for stored in lots)],
        "lots": [lot_json(stored) for stored in lots],
    }


def add_position(
    database: Database, entry: Entry, now: datetime, *, is_new: bool = True, cash_usd: Decimal | None = None
) -> int:
    """Record puts or calls that were sold, or shares that were bought; how many lots that made.

    A call needs a lot of shares without one. A new trade moves the cash on record; one that was held before does not.
    """
    with _told(), ledger(database, now) as book:
        _add(book, entry, "add", now, moves_cash=is_new)
        if cash_usd is not None:
            book.set_cash(cash_usd)
    return entry.lots


def close_position(database: Database, which: Which, ended: Ended, now: datetime) -> list[Json]:
    """Record how a position ended, oldest lots first; the lots as they stand afterwards.

    A mistake takes back the last step of each: a call that was never sold leaves the shares, as they were. Where no
    open position is meant, it is the ending itself that was recorded in error.
    """
    with _told(), ledger(database, now) as book:
        if ended.how == "mistake":
            return [lot_json(book.undo(stored)) for stored in choose_mistaken(book.lots(), which)]
        chosen = choose(book.open_lots(), which, ended.how)
        fees = share_out(ended.fees, len(chosen))
        taken = zip(chosen, fees, strict=True)
        return [lot_json(book.take(stored, ending_event(stored, ended, fee), moves_cash=True)) for stored, fee in taken]


def import_positions(
    database: Database, path: Path, now: datetime, *, replaces: bool = False, cash_usd: Decimal | None = None
) -> Json:
    """Keep the positions of a CSV (format: tools.position_file), the whole file or nothing; what was kept, in numbers.

    They are taken as held already, so the cash moves only where the file or `cash_usd` states a balance. `replaces`
    puts them in the place of every open position and leaves the cash; the same file twice is refused without it.
    """
    positions, text = read_positions_file(path)
    origin = f"import {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    with ledger(database, now) as book:
        open_lots = book.open_lots()
        if replaces:
            for stored in open_lots:
                book.withdraw(stored)
        elif any(stored.origin == origin for stored in open_lots):
            raise BadInput(f"{path.name} was imported before: say --replace to put it in the place of what is held.")
        _import(book, positions, path.name, origin, now)
        cash = positions.cash_usd if cash_usd is None else cash_usd
        if cash is not None:
            book.set_cash(cash)
    withdrawn = len(open_lots) if replaces else 0
    lots = sum(entry.lots for entry in positions.entries)
    return {"positions": len(positions.entries), "lots": lots, "replaced_lots": withdrawn, "cash_usd": dollars(cash)}


def set_cash(database: Database, usd: Decimal, now: datetime) -> None:
    """Record what the account holds in cash, collateral included, in dollars."""
    with ledger(database, now) as book:
        book.set_cash(usd)


def today(now: datetime) -> date:
    """The date in New York."""
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(NEW_YORK)).date()


def _import(book: Ledger, positions: Positions, name: str, origin: str, now: datetime) -> None:
    """Shares and puts first, so that a call finds the shares it is written on wherever its line stands."""
    for entry in sorted(positions.entries, key=lambda entry: entry.kind == "call"):
        try:
            _add(book, entry, origin, now, moves_cash=False)
        except ValueError as error:
            raise BadInput(f"Line {entry.line} of {name}: {error} Nothing was imported.") from error


def _add(book: Ledger, entry: Entry, origin: str, now: datetime, *, moves_cash: bool) -> None:
    on = entry.opened or today(now)
    events = [first_event(entry, on, fees) for fees in share_out(entry.fees, entry.lots)]
    if entry.kind != "call":
        for event in events:
            book.start(entry.symbol, [event], origin, moves_cash)
        return
    free = [stored for stored in book.open_lots() if (stored.lot.symbol, stored.lot.state) == (entry.symbol, "shares")]
    if len(free) < entry.lots:
        raise ValueError(
            f"{entry.symbol}: {entry.lots} calls need {entry.lots} lots of 100 shares without a call, and there are "
            f"{len(free)}."
        )
    for stored, event in zip(free, events, strict=False):
        book.take(stored, event, moves_cash)


@contextmanager
def _told() -> Iterator[None]:
    """A step that is impossible is something the person has to change."""
    try:
        yield
    except ValueError as error:
        raise BadInput(str(error)) from error
