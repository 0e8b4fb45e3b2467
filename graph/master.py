"""Magnus itself: `graph` for the LangGraph server and one-shot calls, `open_graph()` for programs that keep threads."""

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from threading import Lock

from checkpoints.database import Database, open_database
from graph.build import build
from graph.compiled import DurableGraph
from graph.settings import Settings, load_settings
from tools.deps import Deps
from tools.feeds.markets import open_market
from trading.contracts import Market


def choose_deps(given: Settings | None = None) -> Deps:
    """The real collaborators; nothing is read or opened before a node asks for it."""

    opening = Lock()

    @cache
    def settings() -> Settings:
        return given or load_settings()

    @cache
    def opened() -> Database:
        return open_database(settings())

    def database() -> Database:
        with opening:
            return opened()

    @cache
    def market(source: str) -> Market:
        return open_market(source, database, settings().rate)

    return Deps(settings=settings, database=database, market=market, now=lambda: datetime.now(UTC))


@contextmanager
def open_graph(settings: Settings | None = None) -> Iterator[DurableGraph]:
    """The graph with its threads in Postgres, for `invoke` and `stream`; closes its connections at the end."""
    from checkpoints.saver import open_saver

    deps = choose_deps(settings)
    with closing(deps.database()) as database, open_saver(database) as saver:
        yield build(deps, saver)


@asynccontextmanager
async def open_graph_async(settings: Settings | None = None) -> AsyncIterator[DurableGraph]:
    """The same for `ainvoke` and `astream`."""
    from checkpoints.saver import open_async_saver

    deps = choose_deps(settings)
    with closing(deps.database()) as database:
        async with open_async_saver(database) as saver:
            yield build(deps, saver)


graph = build(choose_deps())
"""For `graph.invoke` in one go, and for the LangGraph server, which brings the saver named in langgraph.json."""
