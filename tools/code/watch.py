"""Stands beside a running command: reads what it says, and ends it when a bound is passed."""

import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Protocol

from tools.code.capture import CHUNK, Capture
from tools.code.cgroup import ControlGroup
from tools.code.limits import Bound, Limits
from tools.code.usage import usage_below

TICK_S = 0.05
DRAIN_S = 0.2
KILL_LIMIT_S = 10


class Cage(Protocol):
    """What holds a command: knows whether it began, which bound it broke, and can end all of it."""

    @property
    def is_up(self) -> bool: ...

    def broken_bound(self, limits: Limits) -> Bound | None: ...

    def end(self) -> None: ...


def watch(
    process: "subprocess.Popen[bytes]", cage: Cage, streams: dict[IO[bytes], Callable[[bytes], None]], limits: Limits
) -> Bound | None:
    """Wait until the command is over, or until it breaks a bound and is ended; either way nothing of it is left."""
    deadline = time.monotonic() + limits.timeout_s
    try:
        with selectors.DefaultSelector() as selector:
            for stream, feed in streams.items():
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, feed)
            try:
                broken = _follow(process, cage, selector, limits, deadline)
            finally:
                cage.end()
                process.kill()
                process.wait()
            _drain(selector)
    finally:
        for stream in streams:
            stream.close()
    return broken


def _follow(
    process: "subprocess.Popen[bytes]",
    cage: Cage,
    selector: selectors.BaseSelector,
    limits: Limits,
    deadline: float,
) -> Bound | None:
    next_look = time.monotonic() + TICK_S
    while (now := time.monotonic()) < (deadline if cage.is_up else deadline + KILL_LIMIT_S):
        _read(selector, max(0.001, min(TICK_S, deadline - now)))
        if process.poll() is not None:
            return None
        if time.monotonic() >= next_look:
            if broken := cage.broken_bound(limits):
                return broken
            next_look = time.monotonic() + TICK_S
    return "time"


def _read(selector: selectors.BaseSelector, wait_s: float) -> bool:
    """Feed what has arrived; False when nothing came. A stream that ended is no longer listened to."""
    if not selector.get_map():
        time.sleep(min(wait_s, TICK_S / 10))
        return False
    events = selector.select(wait_s)
    for key, _ in events:
        data = os.read(key.fd, CHUNK)
        if data:
            key.data(data)
        else:
            selector.unregister(key.fileobj)
    return bool(events)


def _drain(selector: selectors.BaseSelector) -> None:
    """What is still in the pipes; whoever inherited them outside a box may keep them open, so not for ever."""
    until = time.monotonic() + DRAIN_S
    while selector.get_map() and _read(selector, 0) and time.monotonic() < until:
        continue


class Box:
    """A bubblewrap: all its processes live in a pid namespace, and end when the first of that namespace ends.

    It waits for a byte in `gate` before it runs the command, so that its control group is there in time.
    """

    def __init__(self, group: ControlGroup, gate: int) -> None:
        self._group, self._gate = group, gate
        self._said = Capture(CHUNK)
        self._init: int | None = None
        self._top: int | None = None

    def feed_status(self, data: bytes) -> None:
        """Take in what bubblewrap says about itself; once its first process is known the command may begin."""
        self._said.feed(data)
        if self._top is None and (pid := _number_after('"child-pid": ', self._said.text)) is not None:
            self._top = pid
            with suppress(ProcessLookupError):
                self._init = os.pidfd_open(pid)
            self._group.join(pid)
            with suppress(BrokenPipeError):
                os.write(self._gate, b"x")

    @property
    def is_up(self) -> bool:
        """Whether the box came up, so that the command had its turn."""
        return self._top is not None

    def broken_bound(self, limits: Limits) -> Bound | None:
        """What the kernel noticed, or what can be seen where there is no control group."""
        if self._top is None:
            return None
        if self._group.is_out_of_memory:
            return "memory"
        return usage_below(self._top, limits.processes).broken_bound(limits)

    def end(self) -> None:
        """Kill the first process of the namespace; the kernel lets it go only after all the others are gone."""
        if self._init is None:
            return
        init, self._init = self._init, None
        try:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(init, signal.SIGKILL)
            over = select.poll()
            over.register(init, select.POLLIN)
            over.poll(KILL_LIMIT_S * 1000)
        finally:
            os.close(init)


def _number_after(mark: str, text: str) -> int | None:
    _, found, rest = text.partition(mark)
    return int(rest.split(",")[0].strip(" }\n")) if found and "}" in rest else None


class Group:
    """A process group without a box: a process that leaves the group survives, which is why this is no sandbox."""

    is_up = True

    def __init__(self, pid: int) -> None:
        self._leader = pid

    def broken_bound(self, limits: Limits) -> Bound | None:
        """What can be seen of those who did not hide."""
        return usage_below(self._leader, limits.processes).broken_bound(limits)

    def end(self) -> None:
        """Kill everybody who stayed in the group."""
        with suppress(ProcessLookupError):
            os.killpg(self._leader, signal.SIGKILL)
