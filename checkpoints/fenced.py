"""LangGraph's Postgres savers, fenced: a write checks its runner's epoch in its own transaction.

Like LangGraph's own, a write is one pipeline on a connection in autocommit, which Postgres makes one transaction: a
refused check undoes all of it. An explicit BEGIN and COMMIT would cost three round trips instead of one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncCursor, Cursor, DatabaseError, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_exponential,
)

from checkpoints.database import DISK_FULL
from checkpoints.fence import REFUSED, Fence, required

OUTAGE_S = 180
"""How long a read or a write waits for a database that went away."""

FENCED: ContextVar[Fence | None] = ContextVar("magnus_fence", default=None)
"""The fence of the write that is under way, from `put` down to the cursor."""


class FencedSaver(PostgresSaver):
    """For `invoke` and `stream`. `revive` is called before each new try: it starts an embedded server that died.

    The server ends a write after `brief_s`: a process that freezes in one must not keep its thread from the next owner.
    """

    def __init__(self, pool: ConnectionPool[Any], revive: Callable[[], None], brief_s: float = 10, **more: Any) -> None:
        super().__init__(pool, **more)
        self.pool, self.revive, self.brief_s = pool, revive, brief_s

    def get_tuple(self, config: RunnableConfig) -> Any:
        return self._retrying()(super().get_tuple, config)

    def put(self, config: RunnableConfig, *given: Any) -> RunnableConfig:
        with _fencing(required(config)):
            return self._retrying()(super().put, config, *given)

    def put_writes(self, config: RunnableConfig, *given: Any, **more: Any) -> None:
        with _fencing(required(config)):
            self._retrying()(super().put_writes, config, *given, **more)

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[Cursor[DictRow]]:
        fence = FENCED.get()
        if fence is None:
            with super()._cursor(pipeline=pipeline) as cursor:
                yield cursor
            return
        with (
            self.lock,
            self.pool.connection() as connection,
            connection.pipeline(),
            connection.cursor(binary=True, row_factory=dict_row) as cursor,
        ):
            cursor.execute(*fence.check(connection.info.server_version // 10_000, self.brief_s))
            yield cursor

    def _retrying(self) -> Retrying:
        return Retrying(before_sleep=lambda _: self.revive(), **PATIENCE)


class AsyncFencedSaver(AsyncPostgresSaver):
    """For `ainvoke` and `astream`, and for the LangGraph server."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        revive: Callable[[], None],
        brief_s: float = 10,
        **more: Any,
    ) -> None:
        super().__init__(pool, **more)
        self.pool, self.revive, self.brief_s = pool, revive, brief_s

    async def aget_tuple(self, config: RunnableConfig) -> Any:
        return await self._retrying()(super().aget_tuple, config)

    async def aput(self, config: RunnableConfig, *given: Any) -> RunnableConfig:
        with _fencing(required(config)):
            return await self._retrying()(super().aput, config, *given)

    async def aput_writes(self, config: RunnableConfig, *given: Any, **more: Any) -> None:
        with _fencing(required(config)):
            await self._retrying()(super().aput_writes, config, *given, **more)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        fence = FENCED.get()
        if fence is None:
            async with super()._cursor(pipeline=pipeline) as cursor:
                yield cursor
            return
        async with (
            self.lock,
            self.pool.connection() as connection,
            connection.pipeline(),
            connection.cursor(binary=True, row_factory=dict_row) as cursor,
        ):
            await cursor.execute(*fence.check(connection.info.server_version // 10_000, self.brief_s))
            yield cursor

    def _retrying(self) -> AsyncRetrying:
        async def revive(_: RetryCallState) -> None:
            await asyncio.to_thread(self.revive)

        return AsyncRetrying(before_sleep=revive, **PATIENCE)


@contextmanager
def _fencing(fence: Fence) -> Iterator[None]:
    """The writes inside are for this fence; the database's refusal becomes LeaseLost."""
    token = FENCED.set(fence)
    try:
        yield
    except DatabaseError as error:
        if error.sqlstate == REFUSED:
            raise fence.lost() from error
        raise
    finally:
        FENCED.reset(token)


def is_outage(error: BaseException) -> bool:
    """Whether the database went away and may come back; a full disk does not by waiting."""
    return isinstance(error, OperationalError | PoolTimeout) and getattr(error, "sqlstate", None) != DISK_FULL


PATIENCE: dict[str, Any] = {
    "retry": retry_if_exception(is_outage),
    "wait": wait_exponential(multiplier=0.1, max=1),
    "stop": stop_after_delay(OUTAGE_S),
    "reraise": True,
}
"""Every write is an upsert, so one whose answer was lost can be sent again."""
