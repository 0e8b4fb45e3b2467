"""One open database: its URL and SQLAlchemy's engine over psycopg2."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from checkpoints.engine import database_url
from checkpoints.fence import REFUSED, Fence
from checkpoints.schema import prepare
from graph.errors import Outage, Unavailable
from graph.settings import Settings

DISK_FULL = "53100"
"""The SQLSTATE of a server that has no room left; trying again would only wait."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Database:
    """Where runs, executions and chains are kept. `url` is libpq's form, without a driver's name."""

    url: str
    engine: Engine
    settings: Settings

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def revive(self) -> None:
        """Start an embedded server that died; a server of the person's own comes back by itself, or not yet."""
        with suppress(Unavailable):
            database_url(self.settings)

    @contextmanager
    def begin(self, fence: Fence | None = None, is_brief: bool = True) -> Iterator[Connection]:
        """A transaction, in which `fence` is checked first. A brief one is ended by the server after a lease's length.

        Raises Outage where the server went away, and LeaseLost where another process runs the thread by now.
        """
        try:
            with self.engine.begin() as connection:
                if fence:
                    server = int((connection.dialect.server_version_info or (0,))[0])
                    limit_s = self.settings.lease_s if is_brief else None
                    connection.exec_driver_sql(*fence.check(server, limit_s))
                yield connection
        except OperationalError as error:
            reason = str(error.orig or error).strip().splitlines()[0].rstrip(".")
            if getattr(error.orig, "pgcode", None) == DISK_FULL:
                raise Unavailable(
                    f"The disk of the database is full ({reason}): make room. Nothing was changed."
                ) from error
            logger.warning("the database does not answer: %s", reason)
            self.revive()
            raise Outage(f"The database does not answer: {reason}. What was stored is unchanged.") from error
        except DBAPIError as error:
            if fence and getattr(error.orig, "pgcode", None) == REFUSED:
                raise fence.lost() from error
            raise


def open_database(settings: Settings, adopt: bool = False) -> Database:
    """The database of these settings, started and with its tables up to date; `adopt` as in `prepare`."""
    url = database_url(settings)
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=30,
        connect_args={"connect_timeout": 5, "application_name": "magnus"},
    )
    prepare(url, engine, adopt)
    return Database(url, engine, settings)


@contextmanager
def opened(settings: Settings, adopt: bool = False) -> Iterator[Database]:
    """The same for the length of one command."""
    with closing(open_database(settings, adopt)) as database:
        yield database
