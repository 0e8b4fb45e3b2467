"""Reads a CSV of positions: the whole file, or one sentence about its first bad line.

The first line names the columns: symbol, type, quantity and price, and where they apply strike, expiry, opened (the
date of the trade), fees (dollars for the line) and deliverable. A line is one position: `type` is put, call, shares or
cash. Puts and calls count in contracts, sold ones with or without a minus; shares in shares; for cash the quantity is
dollars. `price` is dollars a share, as sold or bought; dates are written 2026-12-18.

symbol,type,quantity,strike,expiry,price,opened,fees
KO,put,-5,60,2026-12-18,0.85,2026-11-02,3.25
PEP,shares,200,,,142.10,2026-10-01,
PEP,call,-2,150,2026-12-18,1.20,2026-11-02,1.30
,cash,42000,,,,,
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from graph.errors import BadInput
from trading.lot import Event, Lot, State, Step
from trading.lot_rules import check, check_deliverable, check_symbol, whole_lots

COLUMNS = ("symbol", "type", "quantity", "strike", "expiry", "price", "opened", "fees", "deliverable")
NEEDED = ("symbol", "type", "quantity", "price")
MOST_BYTES, MOST_LOTS = 5_000_000, 1_000

Kind = Literal["put", "call", "shares"]
STEPS: dict[Kind, Step] = {"put": "sell_put", "call": "sell_call", "shares": "buy_shares"}
BEFORE: dict[Kind, State] = {"put": "cash", "call": "shares", "shares": "cash"}


@dataclass(frozen=True)
class Entry:
    """A position as a person states it: `lots` contracts or hundreds of shares; price and strike dollars a share."""

    symbol: str
    kind: Kind
    lots: int
    price: Decimal
    opened: date | None = None
    fees: Decimal = Decimal(0)
    strike: Decimal | None = None
    expiry: date | None = None
    line: int | None = None


@dataclass(frozen=True)
class Positions:
    """What a file holds; `cash_usd` is None where it says nothing about cash."""

    entries: tuple[Entry, ...]
    cash_usd: Decimal | None


def read_positions_file(path: Path) -> tuple[Positions, str]:
    """The positions of a CSV, and its text; raises BadInput for a file that is not one."""
    text = _text(path)
    return parse_positions(text, path.name), text


def parse_positions(text: str, name: str) -> Positions:
    """Every line, or BadInput about the first bad one; what has no date takes the first of its symbol."""
    entries: list[Entry] = []
    cash: Decimal | None = None
    for line, row in _rows(text, name):
        try:
            if row["type"].lower() == "cash":
                if cash is not None:
                    raise ValueError("there is a second line of cash: keep one.")
                cash = amount("the quantity of cash", row["quantity"])
            else:
                entries.append(replace(_entry(row), line=line))
        except ValueError as error:
            raise BadInput(f"Line {line} of {name}: {error} Nothing was imported.") from error
    if not entries and cash is None:
        raise BadInput(f"{name} holds no position: give one a line under {','.join(COLUMNS)}.")
    return Positions(tuple(_dated(entry, entries) for entry in entries), cash)


def amount(name: str, text: str) -> Decimal:
    """A number of dollars written plainly; raises ValueError otherwise."""
    try:
        value = Decimal(text.strip().replace("$", "", 1)) if text.isascii() and "_" not in text else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError(f"{name} is {text or 'missing'}, and it has to be a number such as 0.85.")
    return value


def day(name: str, text: str) -> date:
    """A date; raises ValueError otherwise."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{name} is {text or 'missing'}, and it has to be a date such as 2026-12-18.") from None


def count_lots(symbol: str, kind: Kind, quantity: Decimal) -> int:
    """Lots of a quantity of shares or contracts; raises ValueError for fractions, odd lots and bought options."""
    if kind == "shares":
        lots = whole_lots(symbol, quantity)
    elif quantity != quantity.to_integral_value() or not quantity:
        raise ValueError(f"{symbol}: {quantity:f} contracts are no whole number of them.")
    else:
        lots = abs(int(quantity))
    if lots > MOST_LOTS:
        raise ValueError(f"{symbol}: {lots:,} lots at once are too many; the most is {MOST_LOTS:,}.")
    return lots


def first_event(entry: Entry, on: date, fees: Decimal) -> Event:
    """The step by which a lot came to hold this."""
    return Event(STEPS[entry.kind], on, entry.price, fees, entry.strike, entry.expiry)


def _checked(entry: Entry) -> Entry:
    """Raises ValueError where no lot could take the step, whatever the others hold."""
    check(Lot(entry.symbol, state=BEFORE[entry.kind]), first_event(entry, entry.opened or date.min, entry.fees))
    return entry


def _entry(row: dict[str, str]) -> Entry:
    symbol, kind = row["symbol"].upper(), _kind(row["type"])
    check_symbol(symbol)
    if row["deliverable"]:
        check_deliverable(symbol, amount("the deliverable", row["deliverable"]))
    if kind == "shares" and (row["strike"] or row["expiry"]):
        raise ValueError(f"{symbol}: shares have no strike and no expiry.")
    return _checked(
        Entry(
            symbol=symbol,
            kind=kind,
            lots=count_lots(symbol, kind, amount("the quantity", row["quantity"])),
            price=amount("the price", row["price"]),
            opened=day("opened", row["opened"]) if row["opened"] else None,
            fees=amount("the fees", row["fees"]) if row["fees"] else Decimal(0),
            strike=None if kind == "shares" else amount("the strike", row["strike"]),
            expiry=None if kind == "shares" else day("the expiry", row["expiry"]),
        )
    )


def _kind(text: str) -> Kind:
    match text.lower().rstrip("s"):
        case "put":
            return "put"
        case "call":
            return "call"
        case "share" | "stock":
            return "shares"
    raise ValueError(f"the type is {text or 'missing'}, and it has to be put, call, shares or cash.")


def _dated(entry: Entry, entries: Sequence[Entry]) -> Entry:
    days = [other.opened for other in entries if other.symbol == entry.symbol and other.opened]
    return entry if entry.opened or not days else replace(entry, opened=min(days))


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line by its number in the file, every known column there and without blanks around."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(lines, []), name)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(columns):
                raise BadInput(
                    f"Line {lines.line_num} of {name} has {len(cells)} cells where the header has {len(columns)}. "
                    "Nothing was imported."
                )
            row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            yield lines.line_num, {column: row.get(column, "") for column in COLUMNS}
    except csv.Error as error:
        raise BadInput(f"Line {lines.line_num} of {name} is not CSV ({error}). Nothing was imported.") from error


def _columns(headings: Sequence[str], name: str) -> list[str]:
    columns = [heading.strip().lower() for heading in headings]
    if missing := [column for column in NEEDED if column not in columns]:
        raise BadInput(f"{name} has no column {missing[0]}: its first line has to be {','.join(COLUMNS)}.")
    if unknown := [column for column in columns if column not in COLUMNS]:
        raise BadInput(f"{name} has a column {unknown[0] or 'without a name'}: known are {', '.join(COLUMNS)}.")
    if len(set(columns)) < len(columns):
        raise BadInput(f"{name} names a column twice: keep one of each.")
    return columns


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path.name} is larger than {MOST_BYTES / 1e6:g} MB, which no list of positions is.")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        why = (error.strerror or "no file").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path.name} cannot be read ({why}): check the file.") from error
    if "\0" in text or not text.strip():
        raise BadInput(f"{path.name} is {'empty' if not text.strip() else 'no text'}: give a CSV of positions.")
    return text
