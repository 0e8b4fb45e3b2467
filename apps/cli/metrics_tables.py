"""Shows what was done, how well and at what cost, in 80 columns; an emergency comes before everything else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import floor
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text

from apps.cli.figures import WIDTH, figure, open_console, table_of
from tools.changes import line_of
from tools.condition import counted
from tools.feeds.markets import NEW_YORK
from tools.health_text import ENDINGS

Json = dict[str, Any]
NONE_YET = "none yet"
LONGEST = 24
REQUESTS = ("task type", "asked", "done", "failed", "other", "rate", "median", "p95")
MODELS = ("model", "calls", "tokens in", "out", "spent", "median", "p95")
AGENTS = ("agent", "began", "left", "broke off", "unproven", "calls", "spent")
GATES = ("gate", "looked", "passed", "failed", "waited", "skipped", "rate", "tries", "median")
FAILED = ("failure", "failed", "parked")


def show_metrics(found: Json) -> None:
    """Every figure there is, and `none yet` where there is none."""
    console = open_console()
    _say(console, _heading(found["since"]), "bold")
    _show_emergencies(console, found["deliveries"])
    _show_requests(console, found)
    _show_models(console, found)
    _show_gates(console, found)
    _show_deliveries(console, found["deliveries"])
    _show_wanted(console, found["wanted"])


def _heading(since: str | None) -> str:
    return f"Since {datetime.fromisoformat(since).astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York" if since else "So far"


def _show_emergencies(console: Console, delivered: Json) -> None:
    if number := delivered["emergencies"]:
        _say(console, f"{counted(number, 'EMERGENCY', 'EMERGENCIES')}: delivered past red gates.", "bold red")
        for row in delivered["latest_emergencies"]:
            _say(console, f"  {line_of(row)}", "red")


def _show_requests(console: Console, found: Json) -> None:
    asked = found["requests"]
    endings = ", ".join(f"{number:,} {ENDINGS.get(name, name)}" for name, number in asked["endings"].items())
    _section(console, "Requests", endings)
    if asked["count"]:
        rows = [*asked["by_type"], {**asked, "task_type": "all"}] if len(asked["by_type"]) > 1 else asked["by_type"]
        console.print(table_of(REQUESTS, [_request(row) for row in rows], left=1))
    _say(console, f"  {_survived(found['survival'])}")
    routed = ", ".join(f"{number:,} by {name}" for name, number in found["routing"]["decided_by"].items())
    corrected, rated = found["routing"]["taught"].get("corrected", 0), found["ratings"]
    _say(console, f"  routed: {routed or NONE_YET}; {corrected:,} put right by you")
    _say(console, f"  rated: {rated.get('good', 0):,} good, {rated.get('bad', 0):,} bad")


def _request(row: Json) -> tuple[str, ...]:
    endings = row["endings"]
    done, failed = endings.get("success", 0), sum(endings.get(name, 0) for name in FAILED)
    counts = (row["count"], done, failed, row["count"] - done - failed)
    times = (brief(row["median_s"]), brief(row["p95_s"]))
    return ((row["task_type"] or "not known").replace("_", " "), *map("{:,}".format, counts), rate(row), *times)


def _survived(seen: Json) -> str:
    killed = f"{seen['killed']:,} killed on the way, of which {seen['answered_after']:,} answered all the same"
    rest = f"{seen['parked']:,} parked, {seen['rolled_back']:,} rolled back, {seen['cancelled']:,} cancelled"
    return f"{killed}; {rest}; {counted(seen['doubtful_effects'], 'effect')} in doubt"


def _show_models(console: Console, found: Json) -> None:
    spent = found["models"]
    told = f"{counted(spent['calls'], 'call')}, {dollars(spent['spent_usd'])} spent"
    if spent["unsettled_calls"]:
        told += f", {dollars(spent['reserved_usd'])} set aside for {spent['unsettled_calls']:,} without an answer"
    _section(console, "Models", told if spent["calls"] else "")
    _table(console, MODELS, [_model(row) for row in spent["by_model"]])
    _section(console, "Agents", "" if not found["agents"] else f"{len(found['agents']):,} at work")
    _table(console, AGENTS, [_agent(row) for row in found["agents"]])


def _model(row: Json) -> tuple[str, ...]:
    tokens = (many(row["input_tokens"]), many(row["output_tokens"]))
    times = (brief(row["median_s"]), brief(row["p95_s"]))
    return (named(row["model"] or "not known"), f"{row['calls']:,}", *tokens, dollars(row["spent_usd"]), *times)


def _agent(row: Json) -> tuple[str, ...]:
    counts = ("runs", "handoffs", "unfinished", "unproven", "calls")
    return (named(row["agent"]), *(f"{row[name]:,}" for name in counts), dollars(row["spent_usd"]))


def _show_gates(console: Console, found: Json) -> None:
    answered = f"{counted(found['accepted_findings'], 'finding')} answered for by a person"
    _section(console, "Gates", answered if found["gates"] else "")
    _table(console, GATES, [_gate(row) for row in found["gates"]])


def _gate(row: Json) -> tuple[str, ...]:
    counts = (f"{row[name]:,}" for name in ("runs", "passed", "failed", "waiting", "skipped"))
    return (
        row["gate"],
        *counts,
        rate(row, "pass_rate"),
        figure(row["tries_until_passed"], ".1f"),
        brief(row["median_s"]),
    )


def _show_deliveries(console: Console, delivered: Json) -> None:
    modes = ", ".join(f"{number:,} as a {mode}" for mode, number in delivered["by_mode"].items())
    _section(console, "Deliveries", f"{modes}; {delivered['approved']:,} on a person's word" if modes else "")
    for row in delivered["latest"]:
        _say(console, f"  {line_of(row)}")


def _show_wanted(console: Console, goals: Sequence[Json]) -> None:
    _section(console, "Wanted", "what the plan promised, where the record can tell")
    rows = [(goal["name"], _figure(goal), f"of {goal['of']:,}", _bound(goal), HOLDS[goal["holds"]]) for goal in goals]
    _table(console, ("", "is", "", "wanted", ""), rows)


HOLDS = {True: "yes", False: "NO", None: "-"}


def _figure(goal: Json) -> str:
    return NONE_YET if goal["figure"] is None else _told(goal["unit"], goal["figure"])


def _bound(goal: Json) -> str:
    return f"at {'most' if goal['unit'] == 'seconds' else 'least'} {_told(goal['unit'], goal['wanted'])}"


def _told(unit: str, value: float) -> str:
    forms = {
        "share": lambda: f"{floor(value * 1000) / 10:g}%",
        "points": lambda: f"{value:g}",
        "seconds": lambda: brief(value),
    }
    return forms[unit]()


def _table(console: Console, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    if rows := list(rows):
        console.print(table_of(heads, rows, left=1))


def _section(console: Console, name: str, told: str) -> None:
    _say(console, f"{name}: {told or NONE_YET}", "bold")


def _say(console: Console, line: str, style: str = "") -> None:
    """A line as it was written, which may hold brackets that are no markup; what does not fit is set in further."""
    inset = " " * (len(line) - len(line.lstrip()) + 2)
    for part in wrap(line, WIDTH, subsequent_indent=inset, break_on_hyphens=False):
        console.print(Text(part, style=style))


def rate(row: Json, name: str = "success_rate") -> str:
    """A share as whole percent; `-` where there is nothing to divide."""
    return figure(row[name], ".0%")


def named(name: str) -> str:
    """A name of which only the beginning is shown where the figures beside it would be cut off."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def many(count: int) -> str:
    """`9,999,999`, and from ten millions on `12.3 M`."""
    return f"{count:,}" if count < 10_000_000 else f"{count / 1e6:,.1f} M"


def dollars(usd: float) -> str:
    """`$1.20`, and `$0.0042` of what is less than a cent."""
    return f"${usd:,.2f}" if usd >= 0.01 or not usd else f"${usd:.4f}"


def brief(seconds: float | None) -> str:
    """A length of time in a narrow column: `0.4 s`, `3.2 min`, `1.5 h`, `2.0 d`."""
    if seconds is None:
        return "-"
    for unit, unit_s in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= unit_s:
            return f"{seconds / unit_s:,.1f} {unit}"
    return f"{seconds:.1f} s"
