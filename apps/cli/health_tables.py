"""Shows the state of the system and what was done in it, in 80 columns."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from apps.cli.figures import open_console, show_warnings
from tools.changes import tell_changes
from tools.health_text import tell_tasks, told_open, verdict

Json = dict[str, Any]
MARKS = {"ok": "ok", "note": "note", "wrong": "WRONG", "unknown": "?"}
STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red", "unknown": "yellow"}


def show_health(result: Json, now: datetime) -> None:
    """The verdict, then each part, or those that were asked for and those that are wrong."""
    console, asked = open_console(), result.get("focus") or []
    console.print(verdict(result), style="bold")
    shown = [part for part in result["parts"] if not asked or part["name"] in asked or part["condition"] == "wrong"]
    table = Table.grid(padding=(0, 1))
    for part in shown:
        mark = Text(MARKS[part["condition"]], style=STYLES[part["condition"]])
        table.add_row(part["name"], mark, Text(part["sentence"]))
    console.print(table)
    for part in shown:
        for line in told_open(part):
            _say(console, line.strip())
    show_warnings(console, result["warnings"])


def show_tasks(result: Json, now: datetime) -> None:
    """How many requests there were and how they ended, then one line for each, newest first."""
    console = open_console()
    head, *rows = tell_tasks(result)
    console.print(Text(head, style="bold"))
    for row in rows:
        _say(console, row)
    show_warnings(console, result["warnings"])


def show_changes(result: Json, now: datetime) -> None:
    """How many changes were delivered, then one line for each, newest first."""
    console = open_console()
    head, *rows = tell_changes(result)
    console.print(Text(head, style="bold"))
    for row in rows:
        _say(console, row)


def _say(console: Console, line: str) -> None:
    """A line as it was written: what somebody asked for may hold brackets, which are no markup."""
    console.print(Text(line))
