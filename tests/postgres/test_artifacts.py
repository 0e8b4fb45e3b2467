"""Large things beside the state."""

import pytest
from sqlalchemy import text

from checkpoints.artifacts import fetch, keep
from checkpoints.database import Database

THING = {"rows": [{"symbol": "KO", "bid": 1.25, "iv": None}] * 500}


def test_what_is_kept_comes_back_and_is_kept_once(database: Database) -> None:
    digest = keep(database, "t", THING)
    assert keep(database, "t", dict(reversed(THING.items()))) == digest
    assert fetch(database, "t", digest) == THING
    with database.begin() as connection:
        rows = connection.execute(text("SELECT count(*), sum(length(content)), sum(size) FROM artifacts")).one()
    assert rows[0] == 1
    assert rows[1] < rows[2] / 10


def test_a_digest_that_nobody_kept_is_an_error(database: Database) -> None:
    digest = keep(database, "t", THING)
    with pytest.raises(KeyError):
        fetch(database, "another thread", digest)


def test_a_damaged_artifact_is_not_handed_out(database: Database) -> None:
    digest, other = keep(database, "t", THING), keep(database, "t", {"rows": []})
    with database.begin() as connection:
        swap = (
            "UPDATE artifacts SET content = (SELECT content FROM artifacts WHERE digest = :other) WHERE digest = :one"
        )
        connection.execute(text(swap), {"other": other, "one": digest})
    with pytest.raises(ValueError, match="damaged"):
        fetch(database, "t", digest)
