"""The saver that langgraph.json names: threads of the LangGraph server live in our Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checkpoints.database import Database, open_database
from checkpoints.fenced import AsyncFencedSaver
from checkpoints.saver import open_async_saver
from graph.settings import load_settings


@asynccontextmanager
async def open_server_saver() -> AsyncIterator[AsyncFencedSaver]:
    """One saver for each event loop of the server; the database is started where it does not run."""
    database = await asyncio.to_thread(_open)
    try:
        async with open_async_saver(database) as saver:
            yield saver
    finally:
        await asyncio.to_thread(database.close)


def _open() -> Database:
    return open_database(load_settings())
