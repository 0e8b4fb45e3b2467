"""Shows what the market data agent found to a person, in 80 columns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from apps.cli.figures import figure, heading_of, open_console, show_warnings, table_of

Json = dict[str, Any]
SHOWN_EXPIRIES = 12

Columns = tuple[tuple[str, str, str], ...]
"""The heading of each column, the key of a row that stands in it, and how it is written."""

QUOTES: Columns = (
    ("", "symbol", ""),
    ("price", "spot", ",.2f"),
    ("day", "change", "+.2%"),
    ("IV", "iv", ".1%"),
    ("rank", "iv_rank", ".0f"),
    ("pctl", "iv_percentile", ".0f"),
    ("realised", "realised_vol", ".1%"),
    ("div", "dividend_yield", ".1%"),
    ("earnings", "earnings", ""),
    ("ex-div", "ex_dividend", ""),
)
CHAIN: Columns = (
    ("", "type", ""),
    ("strike", "strike", "g"),
    ("bid", "bid", ".2f"),
    ("ask", "ask", ".2f"),
    ("last", "last", ".2f"),
    ("IV", "iv", ".1%"),
    ("delta", "delta", ".2f"),
    ("theta", "theta", ".3f"),
    ("volume", "volume", ",d"),
    ("open int", "open_interest", ",d"),
)
IV_RANKS: Columns = (
    ("", "symbol", ""),
    ("IV", "iv", ".1%"),
    ("rank", "rank", ".0f"),
    ("percentile", "percentile", ".0f"),
    ("days", "days", "d"),
    ("low - high", "low_high", ""),
    ("~30 days", "in_30", ".1%"),
    ("~60", "in_60", ".1%"),
    ("~90", "in_90", ".1%"),
)
HISTORY: Columns = (
    ("", "symbol", ""),
    ("closes", "closes", "d"),
    ("first", "first", ",.2f"),
    ("last", "last", ",.2f"),
    ("change", "change", "+.1%"),
    ("low", "low", ",.2f"),
    ("high", "high", ",.2f"),
    ("deepest", "drawdown", ".1%"),
    ("realised vol", "realised_vol", ".1%"),
)
EVENTS: Columns = (
    ("", "symbol", ""),
    ("next earnings", "reports", ""),
    ("next ex-dividend", "goes_ex", ""),
    ("yield", "dividend_yield", ".1%"),
)
STOCKS: Columns = (
    ("", "symbol", ""),
    ("", "name", ".22"),
    ("price", "spot", ",.2f"),
    ("move", "change", "+.1%"),
    ("IV", "iv", ".1%"),
    ("rank", "iv_rank", ".0f"),
    ("earnings", "earnings", ""),
    ("fit", "contracts", ",d"),
)


def show_quotes(found: Json, now: datetime) -> None:
    """Prices with the last move, implied and realised volatility, and the dates that come."""
    console = _headed(found, now)
    console.print(_table(QUOTES, found["quotes"]))
    show_warnings(console, found["warnings"])


def show_chain(found: Json, now: datetime) -> None:
    """The contracts of one expiry, and the other expiries there are."""
    console = _headed(found, now)
    console.print(
        f"{found['symbol']} {found['name']}, {figure(found['spot'], ',.2f')}: {found['expiry']}, {found['dte']} days"
    )
    console.print(_table(CHAIN, found["chain"]))
    if found["left_out"]:
        console.print(f"{found['left_out']} contracts farther from the price are left out.")
    expiries = [row["expiry"] for row in found["expiries"]]
    more = f", and {len(expiries) - SHOWN_EXPIRIES} more" if len(expiries) > SHOWN_EXPIRIES else ""
    console.print(f"Expiries: {', '.join(expiries[:SHOWN_EXPIRIES])}{more}.")
    show_warnings(console, found["warnings"])


def show_iv_ranks(found: Json, now: datetime) -> None:
    """Implied volatility beside its own last year, with the size of the sample, and farther out."""
    console = _headed(found, now)
    rows = [
        {
            **row,
            "low_high": f"{figure(row['low'], '.1%')} - {figure(row['high'], '.1%')}",
            **{f"in_{term['days']}": term["iv"] for term in row["terms"]},
        }
        for row in found["iv_ranks"]
    ]
    console.print(_table(IV_RANKS, rows))
    show_warnings(console, found["warnings"])


def show_history(found: Json, now: datetime) -> None:
    """What the shares did; realised volatility is named so, for it is not what options imply."""
    console = _headed(found, now)
    console.print(_table(HISTORY, found["history"]))
    show_warnings(console, found["warnings"])


def show_events(found: Json, now: datetime) -> None:
    """The next earnings and ex-dividend day of each stock, and what is not known about them."""
    console = _headed(found, now)
    rows = [
        {
            **row,
            "reports": _day(row["earnings"], row["days_to_earnings"]),
            "goes_ex": _day(row["ex_dividend"], row["days_to_ex_dividend"]),
        }
        for row in found["events"]
    ]
    console.print(_table(EVENTS, rows, left=3))
    for row in found["events"]:
        if row["notes"]:
            console.print(f"{row['symbol']}: {'; '.join(row['notes'])}.")
    show_warnings(console, found["warnings"])


def show_stocks(found: Json, now: datetime) -> None:
    """The stocks that met the criteria, and what the others failed."""
    console = _headed(found, now)
    console.print(_table(STOCKS, found["stocks"], left=2) if found["stocks"] else "No stock passed.")
    counts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(found["rejected"].items()))
    console.print(f"{found['considered']:,} stocks looked at: {counts or 'none rejected'}.")
    show_warnings(console, found["warnings"])


def _table(columns: Columns, rows: Sequence[Json], left: int = 1) -> Table:
    cells = [tuple(figure(row[key], form) for _, key, form in columns) for row in rows]
    return table_of(tuple(heading for heading, _, _ in columns), cells, left)


def _headed(found: Json, now: datetime) -> Console:
    console = open_console()
    console.print(heading_of(found, now), style="bold")
    return console


def _day(day: str | None, days: int | None) -> str:
    return "not known" if day is None else f"{day} (in {days} days)"
