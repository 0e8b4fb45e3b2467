"""Shows a response to a person: a table in 80 columns, what was rejected, the source and time of the numbers."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from tools.feeds.markets import provenance

Json = dict[str, Any]
WIDTH = 80


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data))


def show_response(response: Json) -> None:
    """The answer on standard output, errors and next steps on standard error."""
    result, now = response["result"], datetime.fromisoformat(response["timestamp"])
    if "changes" in result or "stopped" in result:
        _show_work(response)
    elif "opportunities" in result:
        show_scan(result, now, response["warnings"])
    elif "question" in result:
        _show_question(result)
    elif show := next((show for key, show in _shows() if key in result), None):
        show(result, now)
    for line in response["errors"]:
        typer.echo(line, err=True)
    for line in response["next_steps"]:
        typer.echo(f"Next: {line}", err=True)


def _show_work(response: Json) -> None:
    from apps.cli.work import show_work

    show_work(response)


def _show_question(question: Json) -> None:
    if question["kind"] not in ("approve", "review"):
        typer.echo(question["question"])
        return
    from apps.cli.work import show_approval

    show_approval(question)


def _shows() -> Iterator[tuple[str, Callable[[Json, datetime], None]]]:
    """A result is shown by the first of these whose key it holds; a scan does not wait for their imports."""
    from apps.cli import cycle, health_tables, holdings, judgements, market_tables, plan, roll

    yield "phases", plan.show_plan
    yield "quotes", market_tables.show_quotes
    yield "chain", market_tables.show_chain
    yield "iv_ranks", market_tables.show_iv_ranks
    yield "history", market_tables.show_history
    yield "events", market_tables.show_events
    yield "stocks", market_tables.show_stocks
    yield "stopped_by", judgements.show_size
    yield "trade", judgements.show_judgement
    yield "position", roll.show_rolls
    yield "wheel", cycle.show_cycle
    yield "positions", holdings.show_portfolio
    yield "parts", health_tables.show_health
    yield "tasks", health_tables.show_tasks
    yield "deliveries", health_tables.show_changes


def show_scan(result: Json, now: datetime, warnings: list[str]) -> None:
    """A scan: where its numbers come from, the table, why the best is the best, and what was rejected."""
    console = Console(width=WIDTH, highlight=False)
    console.print(provenance(result["source"], datetime.fromisoformat(result["as_of"]), now), style="bold")
    found = result["opportunities"]
    if found:
        console.print(_table(found))
        console.print(f"{found[0]['symbol']} leads: {' '.join(found[0]['reasons'])}")
    else:
        console.print("No contract passed.")
    console.print(_funnel(result))
    if miss := result.get("nearest_miss"):
        contract = f"{miss['symbol']} {miss['expiry']} {miss['strike']:g} {miss['type']}"
        console.print(f"Nearest miss, the {contract}: {miss['sentence']}.")
    for warning in warnings:
        console.print(f"Warning: {warning}", style="yellow")


def _table(found: list[Json]) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True)
    for heading in ("", "expiry", "dte", "strike", "bid", "yield", "delta", "otm", "capital", "score"):
        table.add_column(heading, justify="left" if heading in ("", "expiry") else "right", no_wrap=True)
    for row in found:
        table.add_row(
            f"{row['symbol']} {row['type']}",
            row["expiry"],
            str(row["dte"]),
            f"{row['strike']:g}",
            f"{row['bid']:.2f}",
            f"{row['annual_yield']:.1%}",
            f"{row['delta']:.2f}",
            f"{row['prob_otm']:.0%}",
            f"{row['capital']:,.0f}",
            f"{row['score']:.0f}",
        )
    return table


def _funnel(result: Json) -> str:
    reasons = sorted(result["rejected"].items(), key=lambda item: -item[1])
    counts = ", ".join(f"{count:,} {reason}" for reason, count in reasons)
    return f"{result['considered']:,} contracts looked at: {counts or 'none rejected'}."
