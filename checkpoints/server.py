"""The saver that langgraph.json names: threads of the LangGraph server live in our Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from checkpoints.database import open_database
from checkpoints.saver import open_async_saver
from graph.settings import load_settings


@asynccontextmanager
async def open_server_saver() -> AsyncIterator[AsyncPostgresSaver]:
    """One saver for each event loop of the server; the database is started where it does not run."""
    database = await asyncio.to_thread(open_database, load_settings())
    try:
        async with open_async_saver(database.url) as saver:
            yield saver
    finally:
        database.close()
