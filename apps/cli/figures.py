"""How numbers about a portfolio are written and laid out, in 80 columns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.feeds.markets import provenance

WIDTH = 80
Json = dict[str, Any]


def show_warnings(console: Console, warnings: list[str]) -> None:
    for warning in warnings:
        console.print(f"Warning: {warning}", style="yellow")


def table_of(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], left: int) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True)
    for place, heading in enumerate(heads):
        table.add_column(heading, justify="left" if place < left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def heading_of(found: Json, now: datetime) -> str:
    return provenance(found["source"], datetime.fromisoformat(found["as_of"]), now)


def limit_of(row: Json) -> str:
    return f"{'at least' if row['at_least'] else 'at most'} {row['limit']:,.6g}"


def figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def dollars(value: float) -> str:
    return f"{'-' if value < 0 else ''}${abs(value):,.0f}"


def open_console() -> Console:
    return Console(width=WIDTH, highlight=False)
