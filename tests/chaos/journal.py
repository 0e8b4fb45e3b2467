"""What happened outside the database: the journal of the workers and the world their effects reach."""

import json
import os
import time
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Journal:
    """A file of JSON lines that any number of processes append to, each with one write.

    A kill can tear a line where it crosses a page; what is torn has not happened, and is kept apart from the next line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, "at": time.monotonic(), "pid": os.getpid(), **facts})
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"\n{line}\n".encode())
        finally:
            os.close(file)

    def lines(self, *whats: str) -> list[Line]:
        """Every line so far, or those of these kinds."""
        if not self.path.exists():
            return []
        lines = filter(None, map(_whole, self.path.read_text().splitlines()))
        return [line for line in lines if not whats or line["what"] in whats]


def _whole(text: str) -> Line | None:
    try:
        line: Line = json.loads(text) if text else None
    except json.JSONDecodeError:
        return None
    return line


class World:
    """Where effects go: nothing here can be undone, and nothing here notices that it is asked a second time."""

    def __init__(self, folder: Path) -> None:
        self.deeds = Journal(folder / "world.jsonl")

    def do(self, key: str) -> Line:
        self.deeds.write("deed", key=key)
        return {"by": os.getpid()}

    def look_for(self, key: str) -> Line | None:
        """The result of a deed that was done, or None."""
        found = [deed for deed in self.deeds.lines() if deed["key"] == key]
        return {"by": found[0]["pid"]} if found else None
