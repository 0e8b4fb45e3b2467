"""What was delivered lately: told from the record of deliveries, with who approved it and which gates it went past."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from tools.condition import counted
from tools.feeds.markets import NEW_YORK

Json = dict[str, Any]
SHORT = 8
HOW = {"branch": "on branch {into}", "merge": "merged into {into}", "patch": "as the patch {into}"}


def told_delivery(row: Json) -> Json:
    """A row of the record for other programs: times as iso8601."""
    times = {name: row[name] and row[name].isoformat() for name in ("at", "approved_at")}
    return row | times | {"request_id": row["request_id"] and str(row["request_id"])}


def tell_changes(result: Json) -> Iterator[str]:
    """How many changes were delivered in the time that is meant, then one line for each, newest first."""
    when = f" {result['period']['said']} (New York)" if result["period"] else " so far"
    past = " past red gates" if result.get("only") == "emergencies" else ""
    yield f"{counted(result['count'], 'change')} delivered{past}{when}."
    yield from (line_of(row) for row in result["deliveries"])
    if (more := result["count"] - len(result["deliveries"])) > 0:
        yield f"and {more:,} more"


def line_of(row: Json) -> str:
    """When, what, where it is now, and by whose word."""
    moment = datetime.fromisoformat(row["at"]).astimezone(NEW_YORK)
    where = HOW[row["mode"]].format(into=row["branch"])
    what, project = row["what"].replace("_", " ") or "change", PurePath(row["project"]).name
    commit = f" at {row['commit'][:SHORT]}" if row["commit"] else ""
    return f"{moment:%m-%d %H:%M} {what} of {project}, {where}{commit}{_by(row)}"


def _by(row: Json) -> str:
    by = f", approved by {row['approved_by']}" if row["approved_by"] else ""
    return f"{by}, EMERGENCY past {', '.join(row['red'])}: {row['emergency']}" if row["emergency"] else by
