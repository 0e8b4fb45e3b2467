"""Opens what a trading command works with: the market that was asked for, what is held, and the settings."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.desk import Desk


@contextmanager
def open_desk(data: str | None) -> "Iterator[Desk]":
    """A desk over the source that was named, else the one of the settings; a database is opened where one is needed."""
    from checkpoints.database import opened
    from graph.settings import load_settings
    from tools.desk import desk_over
    from tools.feeds.markets import open_market

    settings = load_settings()
    with ExitStack() as stack:
        database = cache(lambda: stack.enter_context(opened(settings)))
        market = cache(lambda: open_market(data or settings.data, database, settings.rate))
        yield desk_over(lambda: settings, database, market)
