"""Whether an agent goes round in circles, read from its log. Waiting for something slow is not a circle."""

from collections import Counter
from collections.abc import Iterator, Sequence

from prompts.agent import Writes
from tools.agents.loop_state import Entry

SAME_CALLS = 4
SAME_CALLS_AMONG = 16
RETURNS = 4
IDLE_TURNS = 30
SLOW_S = 5.0
"""A call that takes this long may well be waiting, and time has a budget of its own."""


def why_stuck(log: Sequence[Entry], turns: int, writes: Writes) -> str | None:
    """The circle an agent is in, in a sentence; None where it gets on."""
    return _repeated(log) or _undone(log) or (None if writes == "nothing" else _idle(log, turns))


def _repeated(log: Sequence[Entry]) -> str | None:
    """The same call with the same answer, again and again, while nothing else was changed."""
    since = list(_since_last_change(log))[-SAME_CALLS_AMONG:]
    quick = Counter((entry["tool"], entry["call"], entry["answer"]) for entry in since if entry["seconds"] < SLOW_S)
    for (tool, call, answer), times in quick.items():
        if times >= SAME_CALLS:
            on = next(entry["on"] for entry in since if (entry["call"], entry["answer"]) == (call, answer))
            return f"It made the same call {times} times with the same answer: {tool} {on}.".replace(" .", ".")
    return None


def _undone(log: Sequence[Entry]) -> str | None:
    """The code came back again and again to a state it had been in before."""
    seen: set[str] = set()
    returns = 0
    for tree in _trees(log):
        returns += tree in seen
        seen.add(tree)
    if returns < RETURNS:
        return None
    return f"Its edits undo each other: {returns} times the code was again what it had been before."


def _idle(log: Sequence[Entry], turns: int) -> str | None:
    """An agent that should write something, and does not."""
    changes = [entry["turn"] for entry in _changes(log)]
    slow = {entry["turn"] for entry in log if entry["seconds"] >= SLOW_S}
    last = changes[-1] if changes else 0
    idle = sum(turn not in slow for turn in range(last + 1, turns + 1))
    return f"It changed nothing in the last {idle} turns." if idle >= IDLE_TURNS else None


def _since_last_change(log: Sequence[Entry]) -> Iterator[Entry]:
    changes = list(_changes(log))
    start = log.index(changes[-1]) + 1 if changes else 0
    yield from log[start:]


def _changes(log: Sequence[Entry]) -> Iterator[Entry]:
    """The calls after which the code was another than before; the first that tells a tree may be one."""
    before = ""
    for entry in log:
        if entry["tree"] and entry["tree"] != before:
            before = entry["tree"]
            yield entry


def _trees(log: Sequence[Entry]) -> Iterator[str]:
    for entry in _changes(log):
        yield entry["tree"]
