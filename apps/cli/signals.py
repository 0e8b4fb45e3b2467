"""Ctrl-C and SIGTERM: a run stops at its next step boundary, and half a minute later wherever it is."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from langgraph.runtime import RunControl

GRACE_S = 30
CLOSING_S = 2
"""What is abandoned has this long to close; branches that run side by side do not hear of it, and are left behind."""


@contextmanager
def draining(control: RunControl, last_words: str, exit_code: int, grace_s: int = GRACE_S) -> Iterator[None]:
    """Ask `control` to drain when a signal comes; a second one, or the end of the grace, raises KeyboardInterrupt.

    Where that reaches nobody because other threads are waited for, the process says its last words and is gone: the
    thread it ran is free the moment its database session ends, and the step it was in is done again on resume.
    """

    def drain(number: int, frame: FrameType | None) -> None:
        if control.drain_requested:
            give_up(number, frame)
        control.request_drain(signal.Signals(number).name)
        signal.alarm(grace_s)

    def give_up(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, leave)
        signal.alarm(CLOSING_S)
        raise KeyboardInterrupt

    def leave(number: int, frame: FrameType | None) -> None:
        sys.stderr.write(f"{last_words}\n")
        sys.stderr.flush()
        os._exit(exit_code)

    handlers = {signal.SIGINT: drain, signal.SIGTERM: drain, signal.SIGALRM: give_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
