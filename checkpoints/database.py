"""One open database: its URL and SQLAlchemy's engine over psycopg2."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError

from checkpoints.engine import database_url
from checkpoints.schema import prepare
from graph.errors import Unavailable
from graph.settings import Settings


@dataclass(frozen=True)
class Database:
    """Where runs, executions and chains are kept. `url` is libpq's form, without a driver's name."""

    url: str
    engine: Engine

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; a server that went away becomes one sentence, and a full disk too."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise Unavailable(
                f"The database does not answer: {_first_line(error)}. What was stored is unchanged."
            ) from error


def open_database(settings: Settings, adopt: bool = False) -> Database:
    """The database of these settings, started and with its tables up to date; `adopt` as in `prepare`."""
    url = database_url(settings)
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_pre_ping=True,
        pool_size=2,
        connect_args={"connect_timeout": 5, "application_name": "magnus"},
    )
    prepare(url, engine, adopt)
    return Database(url, engine)


@contextmanager
def opened(settings: Settings, adopt: bool = False) -> Iterator[Database]:
    """The same for the length of one command."""
    with closing(open_database(settings, adopt)) as database:
        yield database


def _first_line(error: OperationalError) -> str:
    return str(error.orig or error).strip().splitlines()[0].rstrip(".")
