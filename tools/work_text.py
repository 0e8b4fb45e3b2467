"""What agents did, in plain lines: for the conversation, and for a person at a terminal."""

from collections.abc import Iterator
from typing import Any
from unicodedata import category

Json = dict[str, Any]
MOST_FILES = 30
STEERING = ("Cc", "Cf", "Cs")
SHORT = 8
"""Letters of a commit's name that a person reads."""


def tell_work(result: Json) -> Iterator[str]:
    """Where the work lies, who did what, and which files changed by how many lines; unproven claims say so."""
    yield from _where(result)
    for handoff in result["handoffs"]:
        yield from tell_handoff(handoff)
    yield from tell_files(result)


def tell_stop(result: Json) -> Iterator[str]:
    """How far a request came that lacks something."""
    if not result.get("handoffs"):
        yield "Nothing has been done yet." if "branch" not in result else "No agent has handed over yet."
        return
    yield f"Done so far, on branch {result['branch']}:"
    for handoff in result["handoffs"]:
        yield from tell_handoff(handoff)


def _where(result: Json) -> Iterator[str]:
    """The branch and what it began at, or that there is none."""
    taken = " with what was not committed" if result["start"] != result["base"] else ""
    yield f"Branch {result['branch']}, from {result['base'][:SHORT]}{taken}." if result["branch"] else "No change."
    yield "Your checkout is as it was."


def tell_handoff(handoff: Json) -> Iterator[str]:
    """Who it is from and what it says, and below it what the log of its tools does not show."""
    said = handoff["context"]
    yield f"{handoff['from_agent']}: {_line(said['summary'])}"
    if said.get("ended"):
        yield f"  It did not finish: {_line(said['ended'])}"
    for claim in said["claims"]:
        if not claim["is_proven"]:
            yield f"  UNPROVEN: {_line(claim['statement'])} ({claim['why_not']})"
    for point in said["open_points"]:
        yield f"  Open: {_line(point)}"


def tell_files(result: Json) -> Iterator[str]:
    """Each file with the lines that came and went."""
    changes = result["changes"]
    wide = max((len(change["file"]) for change in changes[:MOST_FILES]), default=0)
    for change in changes[:MOST_FILES]:
        yield f"  {change['how']} {change['file']:<{wide}}  {_lines_of(change)}".rstrip()
    if len(changes) > MOST_FILES:
        yield f"  and {len(changes) - MOST_FILES} more files"


def printable(words: str) -> str:
    """The words without what steers a terminal: a project names its files, and a model its reasons, as it likes."""
    return "".join(
        letter if letter in "\n\t" or category(letter) not in STEERING else "\N{REPLACEMENT CHARACTER}"
        for letter in words
    )


def _lines_of(change: Json) -> str:
    if change["added"] is None:
        return "no text"
    was = f", was {change['old_file']}" if change["old_file"] else ""
    return f"+{change['added']} -{change['deleted']}{was}"


def _line(words: str) -> str:
    return " ".join(words.split())
