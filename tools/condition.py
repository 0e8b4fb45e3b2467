"""The condition of one part of the system: in order, a note, wrong, or unknown; with its source and its time."""

from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Condition = Literal["ok", "note", "wrong", "unknown"]
"""A note is for what is not set up, or waits for the person; wrong is what should work and does not."""


def part(name: str, condition: Condition, sentence: str, source: str, now: datetime, **figures: Any) -> Json:
    """One part as plain data; the figures were read from `source` at `now` unless they carry a time of their own."""
    return {
        "name": name,
        "condition": condition,
        "sentence": sentence,
        "source": source,
        "as_of": now.isoformat(),
        **figures,
    }


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count: float) -> str:
    """Bytes as a person reads them: `12.3 MB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def length(seconds: float) -> str:
    """A time that has passed, in its largest unit: `40 minutes`, `3 days`."""
    for unit, unit_s in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= unit_s:
            return counted(int(seconds // unit_s), unit)
    return counted(max(0, int(seconds)), "second")
