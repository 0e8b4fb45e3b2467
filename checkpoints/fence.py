"""Writes only for whoever holds the thread: the epoch is checked in the transaction of the write."""

from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from graph.errors import Busy

EPOCH = "__magnus_epoch"
"""Where a run carries its epoch in `configurable`; the leading underscores keep it out of stored metadata."""

CHECK = "SELECT magnus_fence(%s, %s)"
CHECK_BRIEFLY = "SELECT magnus_fence(%s, %s), set_config('transaction_timeout', %s, true)"
KNOWS_BRIEF = 17
"""The first PostgreSQL that ends a transaction by itself whose client has frozen in the middle; an older one waits."""
REFUSED = "MG001"
"""The SQLSTATE with which the database refuses a writer of an older epoch."""


class LeaseLost(Busy):
    """Another process has taken this thread over; this one stops and has changed nothing since."""


@dataclass(frozen=True)
class Fence:
    """The thread and the epoch a writer claims to write for."""

    thread_id: str
    epoch: int

    def check(self, server: int, brief_s: float | None) -> tuple[str, tuple[str | int, ...]]:
        """The statement that opens a fenced transaction on a server of this major version, and its values.

        While the transaction lasts nobody can take the thread over, so one that should be brief has a limit in seconds.
        """
        if brief_s is None or server < KNOWS_BRIEF:
            return CHECK, (self.thread_id, self.epoch)
        return CHECK_BRIEFLY, (self.thread_id, self.epoch, f"{brief_s * 1000:.0f}")

    def lost(self) -> LeaseLost:
        """What the database's refusal means."""
        return LeaseLost(f"Thread {self.thread_id} was taken over by another process; this one has stopped.")


def fence_of(config: RunnableConfig) -> Fence | None:
    """The fence of a run, or None outside any lease: in a graph that keeps no threads."""
    configurable = config.get("configurable", {})
    epoch = configurable.get(EPOCH)
    return None if epoch is None else Fence(str(configurable["thread_id"]), epoch)


def required(config: RunnableConfig) -> Fence:
    """The fence of a run; a write that comes without a lease is refused."""
    if fence := fence_of(config):
        return fence
    raise LeaseLost(f"Thread {config['configurable']['thread_id']} was written to without a lease: use open_graph().")
