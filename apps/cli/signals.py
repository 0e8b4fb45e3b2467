"""Ctrl-C and SIGTERM: a run stops at its next step boundary, and half a minute later wherever it is."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from langgraph.runtime import RunControl

GRACE_S = 30


@contextmanager
def draining(control: RunControl) -> Iterator[None]:
    """Ask `control` to drain when a signal comes; a second one, or the end of the grace, raises KeyboardInterrupt."""

    def drain(number: int, frame: FrameType | None) -> None:
        if control.drain_requested:
            raise KeyboardInterrupt
        control.request_drain(signal.Signals(number).name)
        signal.alarm(GRACE_S)

    def give_up(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    handlers = {signal.SIGINT: drain, signal.SIGTERM: drain, signal.SIGALRM: give_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
