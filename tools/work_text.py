"""What agents did, in plain lines: for the conversation, and for a person at a terminal."""

from collections.abc import Iterator
from typing import Any
from unicodedata import category

Json = dict[str, Any]
MOST_FILES = 30
STEERING = ("Cc", "Cf", "Cs")
MOST_FINDINGS = 5
MOST_FOUND = 50
WHERE = {
    "branch": "Delivered: it is at {commit} of branch {into}.",
    "merge": "Delivered: your branch {into} has it, at {commit}.",
    "patch": "Delivered: the patch is {into}.",
}
SHORT = 8
"""Letters of a commit's name that a person reads."""


def tell_work(result: Json) -> Iterator[str]:
    """Where the work lies, who did what and which files changed, what the gates saw and where it is delivered.

    Claims that are unproven say so.
    """
    yield from _where(result)
    yield from tell_phases(result.get("phases", []))
    for handoff in result["handoffs"]:
        yield from tell_handoff(handoff)
    yield from tell_files(result["changes"])
    yield from tell_gates(result.get("gates", []))
    yield from _delivery(result)


def tell_phases(phases: list[Json]) -> Iterator[str]:
    """A line for each phase of a goal, with how far it came and what it failed over."""
    for phase in phases:
        count = f"{phase['iterations']} of {phase['max_iterations']} iterations"
        yield f"  {phase['id']}  {_line(phase['name'])}: {phase['status']}, {count}"
        if phase["why"]:
            yield f"    {_line(phase['why'])}"


def tell_approval(question: Json) -> Iterator[str]:
    """The question before a delivery: what changed, what the gates saw, what it cost so far."""
    details = question["details"]
    yield f"Branch {details['branch']}, from {details['start'][:SHORT]}."
    yield from tell_files(details["files"])
    yield from tell_gates(details["gates"])
    yield f"It cost ${details['usd']:.2f} so far."
    yield _line(question["question"])


def tell_gates(gates: list[Json]) -> Iterator[str]:
    """A line for each gate, with why it was skipped or waits; below it what made it fail."""
    for gate in gates:
        score = "" if gate["score"] is None else f"{gate['score']:g}"
        why = _line(gate["skipped_because"] or gate["waits_for"] or "")
        head = f"  {gate['gate']:<11} {gate['state']:<7} {score:>3} {gate['seconds']:>6.2f} s"
        yield f"{head}  {why}".rstrip()
        yield from _failing(gate)


def where_delivered(delivery: Json) -> str:
    """The branch, the merge or the patch that has the change."""
    return WHERE[delivery["mode"]].format(into=delivery["into"], commit=delivery["commit"][:SHORT])


def _failing(gate: Json) -> Iterator[str]:
    if gate["state"] != "failed":
        return
    failing = [one for one in gate["findings"] if one["fails"] and not one["accepted_by"]]
    for one in failing[:MOST_FINDINGS]:
        yield f"    {_place(one)}{_line(one['message'])} ({one['rule']})"
    if len(failing) > MOST_FINDINGS:
        yield f"    and {len(failing) - MOST_FINDINGS} more: `magnus show` with --json has them"


def _place(finding: Json) -> str:
    if not finding["file"]:
        return ""
    return f"{finding['file']}:{finding['line']}  " if finding["line"] else f"{finding['file']}  "


def _delivery(result: Json) -> Iterator[str]:
    """Where the change is; errors say why it is nowhere."""
    delivery = result.get("delivery") or {}
    if delivery.get("state") == "delivered":
        yield where_delivered(delivery)
    elif result["branch"]:
        yield f"Not delivered: it lies on branch {result['branch']}."


def tell_stop(result: Json) -> Iterator[str]:
    """How far a request came that lacks something."""
    if not result.get("handoffs"):
        yield "Nothing has been done yet." if "branch" not in result else "No agent has handed over yet."
        for stop in result.get("stopped", ()):
            yield from _known(stop)
        return
    yield f"Done so far, on branch {result['branch']}:"
    yield from tell_phases(result.get("phases", []))
    for handoff in result["handoffs"]:
        yield from tell_handoff(handoff)


def _known(stop: Json) -> Iterator[str]:
    """What the database could say meanwhile to a question that no model answers."""
    if "known" in stop:
        yield "The database knows:" if stop["known"] else "The database knows of no earlier request on this project."
    for one in stop.get("known", ()):
        how = ", ".join(filter(None, (one["task_type"], one["ended"])))
        yield f"  {one['at'][:16].replace('T', ' ')} {how}: {one['wish']}"
        if said := one["summary"] or one["error"]:
            yield f"    {said}"


def _where(result: Json) -> Iterator[str]:
    """The branch and what it began at, or that there is none."""
    taken = " with what was not committed" if result["start"] != result["base"] else ""
    yield f"Branch {result['branch']}, from {result['base'][:SHORT]}{taken}." if result["branch"] else "No change."
    if (result.get("delivery") or {}).get("mode") != "merge":
        yield "Your checkout is as it was."


def tell_handoff(handoff: Json) -> Iterator[str]:
    """Who it is from and what it says, and below it what the log of its tools does not show, and what it found."""
    said = handoff["context"]
    yield f"{handoff['from_agent']}: {_line(said['summary'])}"
    if said.get("ended"):
        yield f"  It did not finish: {_line(said['ended'])}"
    for claim in said["claims"]:
        if not claim["is_proven"]:
            yield f"  UNPROVEN: {_line(claim['statement'])} ({claim['why_not']})"
    for found in said.get("findings", ())[:MOST_FOUND]:
        doubt = "" if found.get("is_there", True) else " (its quote is not in the file as it is now)"
        yield f"  {found['severity']}  {found['file']}:{found['line']}  {_line(found['message'])}{doubt}"
    for point in said["open_points"]:
        yield f"  Open: {_line(point)}"


def tell_files(changes: list[Json]) -> Iterator[str]:
    """Each file with the lines that came and went."""
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
