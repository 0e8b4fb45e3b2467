"""LangGraph's checkpoints in our Postgres: how connections are made, and what may be read back."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from checkpoints.database import Database
from checkpoints.fenced import AsyncFencedSaver, FencedSaver, is_outage
from graph.errors import Outage

POOL: dict[str, Any] = {
    "kwargs": {
        "autocommit": True,
        "prepare_threshold": 0,
        "row_factory": dict_row,
        "connect_timeout": 5,
        "application_name": "magnus",
    },
    "min_size": 1,
    "max_size": 4,
    "timeout": 2.0,
    "reconnect_timeout": 1.0,
    "open": False,
}
"""A pool gives up on a dead server soon, and the saver asks again: its own patience doubles its pauses to minutes."""


FRESH_S = 1.0
"""A connection that answered so lately is lent without being asked again: a question costs as much as a small write."""


class CheckedConnection(Connection[DictRow]):
    """A connection that remembers when it was last seen alive."""

    seen_at = 0.0

    def check(self) -> None:
        """Raise OperationalError where the server has gone, as far as one can know without asking too often."""
        if time.monotonic() - self.seen_at > FRESH_S:
            ConnectionPool.check_connection(self)
            self.seen_at = time.monotonic()


class AsyncCheckedConnection(AsyncConnection[DictRow]):
    """The same for the asynchronous pool."""

    seen_at = 0.0

    async def check(self) -> None:
        """Raise OperationalError where the server has gone, as far as one can know without asking too often."""
        if time.monotonic() - self.seen_at > FRESH_S:
            await AsyncConnectionPool.check_connection(self)
            self.seen_at = time.monotonic()


def serializer() -> JsonPlusSerializer:
    """Reads back messages and plain data; whatever else a row names stays data and is never called."""
    return JsonPlusSerializer(allowed_msgpack_modules=[AIMessage, HumanMessage, RemoveMessage])


def set_up(url: str) -> None:
    """Make LangGraph's own tables; the caller holds the advisory lock."""
    with Connection.connect(url, autocommit=True, row_factory=dict_row) as connection:
        PostgresSaver(connection, serde=serializer()).setup()


@contextmanager
def outages_told() -> Iterator[None]:
    """A database that stays away in the middle of a run becomes one sentence."""
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        reason = str(error).strip().splitlines()[0]
        what = "went away" if is_outage(error) else "cannot go on"
        raise Outage(f"The database {what}: {reason}. Nothing is lost; go on with `magnus resume`.") from error


@contextmanager
def open_saver(database: Database) -> Iterator[FencedSaver]:
    """A saver over a pool of its own; a connection that died is replaced before it is used."""
    pool: ConnectionPool[CheckedConnection] = ConnectionPool(
        database.url, connection_class=CheckedConnection, check=CheckedConnection.check, **POOL
    )
    with pool:
        yield FencedSaver(pool, serde=serializer(), revive=database.revive, brief_s=database.settings.lease_s)


@asynccontextmanager
async def open_async_saver(database: Database) -> AsyncIterator[AsyncFencedSaver]:
    """The same for programs that use `ainvoke` and `astream`, and for the LangGraph server."""
    pool: AsyncConnectionPool[AsyncCheckedConnection] = AsyncConnectionPool(
        database.url, connection_class=AsyncCheckedConnection, check=AsyncCheckedConnection.check, **POOL
    )
    async with pool:
        yield AsyncFencedSaver(pool, serde=serializer(), revive=database.revive, brief_s=database.settings.lease_s)
