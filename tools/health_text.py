"""The state of the system and what was done, in plain lines; what is wrong comes first."""

from collections.abc import Iterator
from datetime import datetime

from tools.condition import Json, counted
from tools.feeds.markets import NEW_YORK

SHOWN = 5
WISH = 60
ENDINGS = {
    "success": "done",
    "failure": "failed",
    "failed": "failed",
    "partial": "done in part",
    "refused": "refused for its input",
    "waiting": "waiting for you",
    "starting": "just accepted",
}


def tell_health(result: Json) -> Iterator[str]:
    """The verdict, then a line for each part, or for those that were asked for and those that are wrong."""
    asked = result.get("focus") or []
    yield f"{verdict(result)} ({_moment(result['as_of'])})"
    for part in sorted(result["parts"], key=lambda part: part["condition"] != "wrong"):
        if not asked or part["name"] in asked or part["condition"] == "wrong":
            yield f"{part['name']}: {part['sentence']}"
            yield from told_open(part)


def verdict(result: Json) -> str:
    """Whether anything is wrong, in a sentence that names it."""
    if result["wrong"]:
        return f"Wrong: {', '.join(result['wrong'])}."
    noted = f", with something to know about {', '.join(result['notes'])}" if result["notes"] else ""
    return f"Nothing is wrong{noted}."


def told_open(part: Json) -> Iterator[str]:
    """The open threads of the part "work", the failures of the part "failures": a line for each of the first few."""
    for row in part.get("open", [])[:SHOWN]:
        by = f" by {row['owner']}" if row["owner"] else ""
        then = f", next: {row['next_step']}" if row["next_step"] else ""
        why = f" ({row['error'].rstrip('.')})" if row["error"] else ""
        yield f"  {row['state']}{by}: {_short(row['wish'])}{why}{then}"
    if (more := len(part.get("open", [])) - SHOWN) > 0:
        yield f"  and {more} more: `magnus threads` lists them"
    for row in part.get("latest", [])[:SHOWN]:
        yield f"  {_line(row)}"


def tell_tasks(result: Json) -> Iterator[str]:
    """How many requests there were and how they ended, then one line for each, newest first."""
    yield _counted(result)
    if (spent := result["usage"])["model_calls"]:
        tokens = spent["input_tokens"] + spent["output_tokens"]
        yield f"Models: {counted(spent['model_calls'], 'call')}, {counted(tokens, 'token')}, ${spent['usd']:,.4f}"
    yield from (_line(row) for row in result["tasks"])
    if (more := _meant(result) - len(result["tasks"])) > 0:
        yield f"and {more:,} more"


def _counted(result: Json) -> str:
    total, counts = sum(result["counts"].values()), result["counts"]
    when = f" {result['period']['said']} (New York)" if result["period"] else " so far"
    if result["thread"]:
        when = f" in threads that begin with {result['thread']}"
    if not total:
        return f"No request{when}."
    if result["only"] == "failed":
        refused = counts.get("refused", 0)
        failed = _meant(result) - refused
        besides = f", {refused:,} refused for {'its' if refused == 1 else 'their'} input" if refused else ""
        return f"{f'{failed:,}' if failed else 'None'} of {counted(total, 'request')} failed{when}{besides}."
    endings = ", ".join(f"{number:,} {ENDINGS.get(ending, ending)}" for ending, number in counts.items())
    return f"{counted(total, 'request')}{when}: {endings}."


def _meant(result: Json) -> int:
    """How many requests the list would hold without a limit."""
    counts: dict[str, int] = result["counts"]
    if result["only"] == "all":
        return sum(counts.values())
    return sum(counts.get(ending, 0) for ending in ("failure", "failed", "partial", "refused", "parked"))


def _line(row: Json) -> str:
    moment = datetime.fromisoformat(row["at"]).astimezone(NEW_YORK)
    why = f": {row['error']}" if row["error"] else ""
    return f"{moment:%m-%d %H:%M} {ENDINGS.get(row['ended'], row['ended'])}, {_short(row['wish'])}{why}"


def _short(wish: str) -> str:
    flat = " ".join(wish.split())
    return f'"{flat}"' if len(flat) <= WISH else f'"{flat[: WISH - 3]}..."'


def _moment(as_of: str) -> str:
    return datetime.fromisoformat(as_of).astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M New York")
