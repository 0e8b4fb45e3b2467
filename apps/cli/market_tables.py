"""Shows what the market data agent found to a person, in 80 columns."""

from datetime import datetime
from typing import Any

from rich.console import Console

from apps.cli.figures import figure, heading_of, open_console, show_warnings, table_of

Json = dict[str, Any]
SHOWN_EXPIRIES = 12


def show_quotes(found: Json, now: datetime) -> None:
    """Prices with the last move, implied and realised volatility, and the dates that come."""
    console = _headed(found, now)
    rows = [
        (
            row["symbol"],
            figure(row["spot"], ",.2f"),
            figure(row["change"], "+.2%"),
            figure(row["iv"], ".1%"),
            figure(row["iv_rank"], ".0f"),
            figure(row["iv_percentile"], ".0f"),
            figure(row["realised_vol"], ".1%"),
            figure(row["dividend_yield"], ".1%"),
            row["earnings"] or "-",
            row["ex_dividend"] or "-",
        )
        for row in found["quotes"]
    ]
    heads = ("", "price", "day", "IV", "rank", "pctl", "realised", "div", "earnings", "ex-div")
    console.print(table_of(heads, rows, left=1))
    show_warnings(console, found["warnings"])


def show_chain(found: Json, now: datetime) -> None:
    """The contracts of one expiry, and the other expiries there are."""
    console = _headed(found, now)
    console.print(
        f"{found['symbol']} {found['name']}, {figure(found['spot'], ',.2f')}: {found['expiry']}, {found['dte']} days"
    )
    rows = [
        (
            row["type"],
            figure(row["strike"], "g"),
            figure(row["bid"], ".2f"),
            figure(row["ask"], ".2f"),
            figure(row["last"], ".2f"),
            figure(row["iv"], ".1%"),
            figure(row["delta"], ".2f"),
            figure(row["theta"], ".3f"),
            figure(row["volume"], ",d"),
            figure(row["open_interest"], ",d"),
        )
        for row in found["chain"]
    ]
    heads = ("", "strike", "bid", "ask", "last", "IV", "delta", "theta", "volume", "open int")
    console.print(table_of(heads, rows, left=1))
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
        (
            row["symbol"],
            figure(row["iv"], ".1%"),
            figure(row["rank"], ".0f"),
            figure(row["percentile"], ".0f"),
            str(row["days"]),
            f"{figure(row['low'], '.1%')} - {figure(row['high'], '.1%')}",
            *(figure(term["iv"], ".1%") for term in row["terms"]),
        )
        for row in found["iv_ranks"]
    ]
    heads = ("", "IV", "rank", "percentile", "days", "low - high", "~30 days", "~60", "~90")
    console.print(table_of(heads, rows, left=1))
    show_warnings(console, found["warnings"])


def show_history(found: Json, now: datetime) -> None:
    """What the shares did; realised volatility is named so, for it is not what options imply."""
    console = _headed(found, now)
    rows = [
        (
            row["symbol"],
            str(row["closes"]),
            figure(row["first"], ",.2f"),
            figure(row["last"], ",.2f"),
            figure(row["change"], "+.1%"),
            figure(row["low"], ",.2f"),
            figure(row["high"], ",.2f"),
            figure(row["drawdown"], ".1%"),
            figure(row["realised_vol"], ".1%"),
        )
        for row in found["history"]
    ]
    heads = ("", "closes", "first", "last", "change", "low", "high", "deepest", "realised vol")
    console.print(table_of(heads, rows, left=1))
    show_warnings(console, found["warnings"])


def show_events(found: Json, now: datetime) -> None:
    """The next earnings and ex-dividend day of each stock, and what is not known about them."""
    console = _headed(found, now)
    rows = [
        (
            row["symbol"],
            _day(row["earnings"], row["days_to_earnings"]),
            _day(row["ex_dividend"], row["days_to_ex_dividend"]),
            figure(row["dividend_yield"], ".1%"),
        )
        for row in found["events"]
    ]
    console.print(table_of(("", "next earnings", "next ex-dividend", "yield"), rows, left=3))
    for row in found["events"]:
        if row["notes"]:
            console.print(f"{row['symbol']}: {'; '.join(row['notes'])}.")
    show_warnings(console, found["warnings"])


def show_stocks(found: Json, now: datetime) -> None:
    """The stocks that met the criteria, and what the others failed."""
    console = _headed(found, now)
    rows = [
        (
            row["symbol"],
            (row["name"])[:22],
            figure(row["spot"], ",.2f"),
            figure(row["change"], "+.1%"),
            figure(row["iv"], ".1%"),
            figure(row["iv_rank"], ".0f"),
            row["earnings"] or "-",
            figure(row["contracts"], ",d"),
        )
        for row in found["stocks"]
    ]
    if rows:
        console.print(table_of(("", "", "price", "move", "IV", "rank", "earnings", "fit"), rows, left=2))
    else:
        console.print("No stock passed.")
    counts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(found["rejected"].items()))
    console.print(f"{found['considered']:,} stocks looked at: {counts or 'none rejected'}.")
    show_warnings(console, found["warnings"])


def _headed(found: Json, now: datetime) -> Console:
    console = open_console()
    console.print(heading_of(found, now), style="bold")
    return console


def _day(day: str | None, days: int | None) -> str:
    return "not known" if day is None else f"{day} (in {days} days)"
