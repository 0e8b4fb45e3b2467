"""Our saver against LangGraph's own conformance suite; leases are granted by the fixture."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.conformance import checkpointer_test, validate
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.fence import EPOCH
from checkpoints.fenced import AsyncFencedSaver
from checkpoints.saver import POOL, serializer

GRANT = text("INSERT INTO threads (thread_id, epoch) VALUES (:thread, 1) ON CONFLICT DO NOTHING")


class GrantingSaver(AsyncFencedSaver):
    """Gives every thread that is written to a lease of its own."""

    database: Database

    async def aput(self, config: RunnableConfig, *given: Any) -> RunnableConfig:
        return await super().aput(self._granted(config), *given)

    async def aput_writes(self, config: RunnableConfig, *given: Any, **more: Any) -> None:
        await super().aput_writes(self._granted(config), *given, **more)

    def _granted(self, config: RunnableConfig) -> RunnableConfig:
        configurable = config["configurable"]
        with self.database.begin() as connection:
            connection.execute(GRANT, {"thread": configurable["thread_id"]})
        return {**config, "configurable": {**configurable, EPOCH: 1}}


def test_the_saver_passes_langgraphs_conformance_suite(database: Database) -> None:
    @checkpointer_test(name="AsyncFencedSaver")
    async def saver() -> AsyncIterator[AsyncFencedSaver]:
        pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(database.url, **POOL)
        async with pool:
            granting = GrantingSaver(pool, serde=serializer(), revive=database.revive)
            granting.database = database
            yield granting

    report = asyncio.run(validate(saver))
    results = {name: result for name, result in report.results.items() if result.detected}
    assert {name: result.failures for name, result in results.items() if not result.passed} == {}
    assert sum(result.tests_passed for result in results.values()) > 50
