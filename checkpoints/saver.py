"""LangGraph's checkpoints in our Postgres: how connections are made, and what may be read back."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from graph.errors import Unavailable

CONNECTING = {
    "autocommit": True,
    "prepare_threshold": 0,
    "row_factory": dict_row,
    "connect_timeout": 5,
    "application_name": "magnus",
}


def serializer() -> JsonPlusSerializer:
    """Reads back messages and plain data; whatever else a row names stays data and is never called."""
    return JsonPlusSerializer(allowed_msgpack_modules=[AIMessage, HumanMessage, RemoveMessage])


def set_up(url: str) -> None:
    """Make LangGraph's own tables; the caller holds the advisory lock."""
    with Connection.connect(url, autocommit=True, row_factory=dict_row) as connection:
        PostgresSaver(connection, serde=serializer()).setup()


@contextmanager
def outages_told() -> Iterator[None]:
    """A database that goes away in the middle of a run becomes one sentence."""
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        reason = str(error).strip().splitlines()[0]
        raise Unavailable(f"The database went away: {reason}. Nothing is lost; go on with `magnus resume`.") from error


@contextmanager
def open_saver(url: str) -> Iterator[PostgresSaver]:
    """A saver over a pool of its own; a connection that died is replaced before it is used."""
    pool: ConnectionPool[Connection[DictRow]] = ConnectionPool(
        url, kwargs=CONNECTING, min_size=1, max_size=4, check=ConnectionPool.check_connection, open=False
    )
    with pool:
        yield PostgresSaver(pool, serde=serializer())


@asynccontextmanager
async def open_async_saver(url: str) -> AsyncIterator[AsyncPostgresSaver]:
    """The same for programs that use `ainvoke` and `astream`, and for the LangGraph server."""
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        url, kwargs=CONNECTING, min_size=1, max_size=4, check=AsyncConnectionPool.check_connection, open=False
    )
    async with pool:
        yield AsyncPostgresSaver(pool, serde=serializer())
