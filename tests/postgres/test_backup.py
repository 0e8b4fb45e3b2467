"""A backup that comes back whole, and pruning that keeps what matters."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from verdicts import evidence_of_five

from checkpoints.backup import back_up, restore
from checkpoints.database import Database, open_database
from checkpoints.runs import accept, runs_of
from checkpoints.schema import MIGRATIONS, schema_version
from checkpoints.tables import SCHEMA_VERSION, VERSION_TABLE
from graph.errors import BadInput
from graph.master import open_graph
from graph.settings import Settings

ONE_RUN = (
    "INSERT INTO runs (request_id, thread_id, status, priority, source, request, accepted_at)"
    " VALUES (CAST(:request AS uuid), 'kept', 'accepted', 'medium', 'sample', '{}', :at)"
)
NOW = datetime.now(UTC)
PROMPT = {"prompt": "Find me high-premium opportunities under $30"}


def ask(settings: Settings, thread: str) -> dict[str, object]:
    with open_graph(settings) as graph:
        request = {"request": {**PROMPT, "request_id": str(uuid4())}}
        return graph.invoke(request, {"configurable": {"thread_id": thread}})["response"]


@contextmanager
def as_of_schema(settings: Settings, revision: str) -> Iterator[Database]:
    """A database as an earlier Magnus left it, with one request in the thread `kept`."""
    url = str(settings.database_url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, revision)
        connection.execute(text(ONE_RUN), {"request": str(uuid4()), "at": NOW})
    database = Database(url, engine, settings)
    yield database
    database.close()


def version_of(database: Database) -> str | None:
    with database.begin() as connection:
        return schema_version(connection)


def test_what_was_stored_comes_back(settings: Settings, database: Database, tmp_path: Path) -> None:
    kept = ask(settings, "kept")
    assert back_up(database, tmp_path / "magnus.dump") > 1000
    ask(settings, "made after the backup")
    restore(database, tmp_path / "magnus.dump")
    fresh = open_database(settings)
    assert runs_of(fresh, "kept")[0].response == kept
    assert runs_of(fresh, "made after the backup") == []
    fresh.close()
    with open_graph(settings) as graph:
        assert graph.get_state({"configurable": {"thread_id": "kept"}}).values["response"] == kept


def test_a_file_that_is_no_backup_changes_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    kept = ask(settings, "kept")
    (tmp_path / "broken.dump").write_bytes(b"not a dump at all")
    with pytest.raises(BadInput, match="Nothing was changed"):
        restore(database, tmp_path / "broken.dump")
    assert runs_of(database, "kept")[0].response == kept


def test_a_backup_that_cannot_be_written_leaves_no_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere"):
        back_up(database, tmp_path / "nowhere" / "magnus.dump")


@pytest.mark.parametrize("revision", ["0001", "0006"])
def test_a_backup_of_an_older_schema_takes_the_place_of_newer_tables_and_is_upgraded(
    database: Database, empty_settings: Settings, tmp_path: Path, revision: str
) -> None:
    with as_of_schema(empty_settings, revision) as older:
        back_up(older, tmp_path / "old.dump")
    evidence_of_five(database)
    restore(database, tmp_path / "old.dump")
    assert version_of(database) == SCHEMA_VERSION
    assert len(runs_of(database, "kept")) == 1
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM evidence")).scalar_one() == 0
    evidence_of_five(database)
    with pytest.raises(DBAPIError, match="kept as they were written"), database.begin() as connection:
        connection.execute(text("DELETE FROM evidence"))


def test_a_backup_of_a_newer_magnus_is_refused(settings: Settings, database: Database, tmp_path: Path) -> None:
    with database.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    back_up(database, tmp_path / "new.dump")
    with database.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{SCHEMA_VERSION}'"))
    evidence_of_five(database)
    with pytest.raises(BadInput, match=r"newer Magnus \(schema 9999.*Nothing was changed"):
        restore(database, tmp_path / "new.dump")
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM evidence")).scalar_one() == 5


def test_a_backup_of_another_database_is_refused(database: Database, empty_settings: Settings, tmp_path: Path) -> None:
    url = str(empty_settings.database_url)
    theirs = Database(url, create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1)), empty_settings)
    with theirs.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name text)"))
    back_up(theirs, tmp_path / "theirs.dump")
    theirs.close()
    with pytest.raises(BadInput, match="no backup of Magnus"):
        restore(database, tmp_path / "theirs.dump")


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def scratched(content: bytes, share: float) -> bytes:
    at = int(len(content) * share)
    return content[:at] + bytes(64) + content[at + 64 :]


@pytest.mark.parametrize("damaged", [cut, scratched])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_damaged_backup_changes_nothing(
    database: Database, tmp_path: Path, damaged: Callable[[bytes, float], bytes], share: float
) -> None:
    file, noise = tmp_path / "magnus.dump", random.Random(7).randbytes(200_000).hex()
    accept(database, {"request_id": str(uuid4()), "priority": "medium", "noise": noise}, "kept", "sample", NOW)
    back_up(database, file)
    file.write_bytes(damaged(file.read_bytes(), share))
    accept(database, {"request_id": str(uuid4()), "priority": "medium"}, "later", "sample", NOW)
    with pytest.raises(BadInput, match="Nothing was changed"):
        restore(database, file)
    assert len(runs_of(database, "later")) == 1


def test_what_hangs_on_our_tables_is_not_dropped_along(database: Database, tmp_path: Path) -> None:
    back_up(database, tmp_path / "magnus.dump")
    with database.begin() as connection:
        connection.execute(text("CREATE VIEW my_report AS SELECT count(*) AS number FROM evidence"))
    evidence_of_five(database)
    with pytest.raises(BadInput, match="Nothing was changed"):
        restore(database, tmp_path / "magnus.dump")
    with database.begin() as connection:
        assert connection.execute(text("SELECT number FROM my_report")).scalar_one() == 5
