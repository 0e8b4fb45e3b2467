"""Tables on an empty database, on somebody else's, on one from the future, and with eight processes at once."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from langgraph.checkpoint.postgres import PostgresSaver
from sqlalchemy import text

from checkpoints.database import Database, open_database
from checkpoints.schema import MIGRATIONS
from checkpoints.tables import LANGGRAPH_VERSION, SCHEMA_VERSION, VERSION_TABLE, metadata
from graph.errors import Unavailable
from graph.settings import Settings

OPEN = "from checkpoints.database import open_database; from graph.settings import load_settings; "
TABLES = "SELECT array_agg(tablename::text ORDER BY 1) FROM pg_tables WHERE schemaname = 'public'"


def run(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_constants_name_the_newest_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
    assert len(PostgresSaver.MIGRATIONS) - 1 == LANGGRAPH_VERSION


def test_the_migrations_make_the_tables_that_the_code_describes(database: Database) -> None:
    columns = text("SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = :name")
    with database.begin() as connection:
        for table in metadata.tables.values():
            made = {
                row.column_name: row.is_nullable == "YES" for row in connection.execute(columns, {"name": table.name})
            }
            assert made == {column.name: column.nullable for column in table.columns}, table.name


def test_eight_processes_at_once_all_find_the_tables(empty_settings: Settings) -> None:
    environment = {"MAGNUS_DATABASE_URL": str(empty_settings.database_url), "HOME": str(Path.home())}
    command = [sys.executable, "-c", OPEN + "open_database(load_settings()).close()"]
    started = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for _ in range(8)
    ]
    said = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 8, said


def test_a_database_of_a_newer_magnus_is_left_alone(settings: Settings) -> None:
    run(settings, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer Magnus"):
        open_database(settings)


@pytest.mark.parametrize("theirs", ["stock_data", "tv_symbols_api", "checkpoints"])
def test_somebody_elses_database_is_never_altered_without_a_yes(empty_settings: Settings, theirs: str) -> None:
    run(empty_settings, f"CREATE TABLE {theirs} (id int); INSERT INTO {theirs} VALUES (7)")
    with pytest.raises(Unavailable, match=f"{theirs}.*--yes"):
        open_database(empty_settings)
    assert run(empty_settings, TABLES) == [([theirs],)]


def test_with_a_yes_our_tables_stand_beside_theirs(empty_settings: Settings) -> None:
    run(empty_settings, "CREATE TABLE stock_data (id int); INSERT INTO stock_data VALUES (7)")
    open_database(empty_settings, adopt=True).close()
    open_database(empty_settings).close()
    assert run(empty_settings, "SELECT * FROM stock_data") == [(7,)]


def test_a_table_of_theirs_with_a_name_we_need_is_refused_even_with_a_yes(empty_settings: Settings) -> None:
    run(empty_settings, "CREATE TABLE runs (miles int)")
    with pytest.raises(Unavailable, match="runs"):
        open_database(empty_settings, adopt=True)
    assert run(empty_settings, TABLES) == [(["runs"],)]


def test_an_upgrade_that_was_killed_before_langgraphs_tables_goes_on(settings: Settings) -> None:
    run(settings, "DROP TABLE checkpoints, checkpoint_blobs, checkpoint_writes, checkpoint_migrations")
    open_database(settings).close()
    assert "checkpoints" in run(settings, TABLES)[0][0]
