"""`magnus metrics` as a person types it, and as another program does."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from command import Magnus

from checkpoints.database import Database
from checkpoints.runs import accept


def test_the_overview_counts_what_was_asked_in_that_time(magnus: Magnus, database: Database) -> None:
    request = {"request_id": str(uuid4()), "priority": "medium", "prompt": "puts on KO", "task": None}
    accept(database, request, "t1", "sample", datetime.now(UTC))
    shown = magnus("metrics", "--since", "24h")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Since ")
    assert "Requests: 1 just accepted\n" in shown.stdout
    found = json.loads(magnus("metrics", "--json").stdout)
    assert (found["requests"]["count"], found["requests"]["success_rate"], found["since"]) == (1, None, None)


def test_a_time_that_is_none_is_one_sentence_and_bad_input(magnus: Magnus) -> None:
    done = magnus("metrics", "--since", "soon")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_help_shows_an_example(magnus: Magnus) -> None:
    assert "Example: magnus metrics --since 7d --json" in magnus("metrics", "--help").stdout
