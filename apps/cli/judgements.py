"""Shows what the limits say about one trade, and how much of it fits."""

from datetime import datetime
from typing import Any

from apps.cli.figures import dollars, figure, heading_of, limit_of, open_console, show_warnings, table_of

Json = dict[str, Any]


def show_judgement(found: Json, now: datetime) -> None:
    """Whether a trade keeps the limits: each rule with its figure and limit, what is broken first."""
    console = open_console()
    console.print(heading_of(found, now), style="bold")
    trade = found["trade"]
    console.print(f"{_trade(trade)}: {'within every limit' if found['valid'] else 'not within the limits'}.")
    rows = [
        (_mark(row), row["rule"], figure(row["figure"], ",.6g"), limit_of(row))
        for row in sorted(found["verdicts"], key=lambda row: row["holds"])
    ]
    console.print(table_of(("", "rule", "figure", "limit"), rows, left=2))
    show_warnings(console, found["warnings"])


def show_size(found: Json, now: datetime) -> None:
    """How many contracts fit, and what stops the next one."""
    console = open_console()
    console.print(heading_of(found, now), style="bold")
    premium = "" if not found["premium_usd"] else f", for {dollars(found['premium_usd'])} at the bid"
    console.print(
        f"{found['contracts']} contracts of {_contract(found['trade'])} fit: "
        f"{dollars(found['collateral_usd'])} of collateral{premium}."
    )
    for sentence in found["stopped_by"]:
        console.print(f"The next one is stopped by {sentence}")
    judgement = found["judgement"]
    show_warnings(console, [*found["warnings"], *(judgement["warnings"] if judgement else [])])


def _mark(row: Json) -> str:
    broken = "NO" if row["weight"] == "violation" else "mind"
    return "ok" if row["holds"] else broken


def _trade(trade: Json) -> str:
    return f"Selling {trade['contracts']} {_contract(trade)}"


def _contract(trade: Json) -> str:
    bid = figure(trade["bid"], ".2f")
    return (
        f"{trade['symbol']} {trade['expiry']} {trade['strike']:g} {trade['type']} (bid {bid}, spot {trade['spot']:.2f})"
    )
