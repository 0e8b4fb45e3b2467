"""The moments at which a worker may be told to kill itself: before and after an effect, a write, a checkpoint."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chaos.journal import Journal
from langgraph.checkpoint.postgres import PostgresSaver

from checkpoints.database import Database


class Points:
    """Counts what is reached. `kill_at` is "put:3" (of step 3), "after:draft" (of a node) or "commit#5" (the fifth)."""

    def __init__(self, kill_at: str, journal: Journal, kill_with: signal.Signals = signal.SIGKILL) -> None:
        self.kill_at, self.kill_with, self.journal = kill_at, kill_with, journal
        self.reached: Counter[str] = Counter()
        self.lock = threading.Lock()

    def reach(self, name: str, place: object = "", thread: str = "") -> None:
        """Send this process its signal if this is the point, once."""
        with self.lock:
            self.reached[name] += 1
            if self.kill_at not in (f"{name}:{place}", f"{name}#{self.reached[name]}"):
                return
            self.journal.write("hit", point=self.kill_at, thread=thread)
            self.kill_at = ""
        os.kill(os.getpid(), self.kill_with)


def watch(points: Points) -> None:
    """Reach a point after each write of a saver and after each transaction of ours, for the rest of this process."""
    begin = Database.begin

    @contextmanager
    def begin_watched(database: Database, *given: Any, **more: Any) -> Iterator[Any]:
        with begin(database, *given, **more) as connection:
            yield connection
        points.reach("commit")

    Database.begin = begin_watched
    PostgresSaver.put = _watched(PostgresSaver.put, points, "put", lambda given: given[1]["step"])
    PostgresSaver.put_writes = _watched(PostgresSaver.put_writes, points, "put_writes", _doer)


def _watched(method: Callable[..., Any], points: Points, name: str, place: Callable[..., object]) -> Callable[..., Any]:
    def call(saver: PostgresSaver, config: Any, *given: Any, **more: Any) -> Any:
        result = method(saver, config, *given, **more)
        points.reach(name, place(given), config["configurable"]["thread_id"])
        return result

    return call


def _doer(given: tuple[Any, ...]) -> str:
    """The node whose writes these are, where it says so in the state."""
    return next((value[0] for channel, value in given[0] if channel == "done"), "")
