"""What stands in the database: nothing in it is ever executed, and no secret gets into it."""

import pickle
import subprocess
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import ormsgpack
import psycopg2
import pytest
from chaos.harness import Warm
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from checkpoints.binaries import binary
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
CANARIES = ("canary-of-the-model-key", "canary-of-the-database")
CALL = 0
"""The msgpack extension by which LangGraph's serializer is told to call a function."""


class Forged:
    """Unpickled, it makes a file."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        import os

        return os.system, (self.words,)


def as_pickle(words: str) -> tuple[str, bytes]:
    return "pickle", pickle.dumps(Forged(words))


def as_msgpack(words: str) -> tuple[str, bytes]:
    return "msgpack", ormsgpack.packb(ormsgpack.Ext(CALL, ormsgpack.packb(("posix", "system", words))))


FORGERIES = pytest.mark.parametrize("forge", [as_pickle, as_msgpack])


@FORGERIES
@pytest.mark.parametrize("table", ["checkpoint_blobs", "checkpoint_writes"])
def test_a_forged_row_is_not_executed(
    warm: Warm, settings: Settings, tmp_path: Path, table: str, forge: Callable[[str], tuple[str, bytes]]
) -> None:
    killed = warm.start("ask", PROMPT, kill_at="put_writes#3")
    killed.wait()
    thread, trap = killed.said().split()[1], tmp_path / "executed"
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET type = %s, blob = %s", forge(f"touch {trap}"))
        assert cursor.rowcount
        connection.commit()
    for words in (("show", thread), ("resume", thread), ("ask", PROMPT, "--thread", thread)):
        warm.start(*words).wait()
    assert not trap.exists()


@FORGERIES
def test_the_forgery_would_work_on_a_serializer_that_trusts_rows(
    tmp_path: Path, forge: Callable[[str], tuple[str, bytes]]
) -> None:
    trap = tmp_path / "executed"
    trusting = JsonPlusSerializer(pickle_fallback=True, allowed_msgpack_modules=True)
    trusting.loads_typed(forge(f"touch {trap}"))
    assert trap.exists()


def everything_in(settings: Settings) -> str:
    """The database as text, with what is kept as bytes or compressed beside its hexadecimal form."""
    url = str(settings.database_url)
    dump = subprocess.run([binary("pg_dump"), f"--dbname={url}"], capture_output=True, text=True, check=True).stdout
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT content FROM artifacts")
        return dump + "".join(zlib.decompress(row[0]).decode() for row in cursor)


def traces(word: str, text: str) -> int:
    """How often a word stands in a dump, as text or as bytes."""
    return text.count(word) + text.count(word.encode().hex())


def test_no_secret_of_the_environment_or_the_settings_is_stored(warm: Warm, settings: Settings) -> None:
    key, password = CANARIES
    url = str(settings.database_url).replace("magnus@", f"magnus:{password}@", 1)
    assert password in url
    warm.environment |= {"ANTHROPIC_API_KEY": key, "DISCORD_WEBHOOK_TOKEN": key, "MAGNUS_DATABASE_URL": url}
    warm.answer("ask", PROMPT)
    killed = warm.start("ask", PROMPT, kill_at="put#4")
    killed.wait()
    warm.answer("resume", killed.said().split()[1])
    text = everything_in(settings)
    assert [traces(canary, text) for canary in CANARIES] == [0, 0]
    assert traces("high-premium opportunities", text) > 4
