"""`magnus route` knows what was taught, and looks without starting anything."""

import json
from pathlib import Path

from command import Magnus

VAGUE = "do the thing with the numbers"


def test_a_route_that_was_corrected_is_shown_as_history(magnus: Magnus, tmp_path: Path) -> None:
    thread = magnus("look at wheel.py").stderr.split()[1]
    magnus("no, I meant a bug fix", "--thread", thread)
    alone = json.loads(magnus("route", "Look at wheel.py!", "--json").stdout)
    assert (alone["task_type"], alone["decided_by"]) == ("fix_bug", "history")
    batch = tmp_path / "sentences.jsonl"
    batch.write_text(f"{json.dumps({'prompt': 'please look at pricing.py'})}\n" * 2, encoding="utf-8")
    routed = [json.loads(line) for line in magnus("route", "--batch", str(batch)).stdout.splitlines()]
    assert [one["decided_by"] for one in routed] == ["history"] * 2


def test_a_route_starts_no_database(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = Magnus({"MAGNUS_DATA_DIR": str(data)}, tmp_path)("route", VAGUE, "--json")
    assert (done.returncode, done.stderr, data.exists()) == (0, "", False)


def test_a_route_is_shown_where_the_database_is_away(tmp_path: Path) -> None:
    away = {"MAGNUS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    done = Magnus(away, tmp_path)("route", VAGUE, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["decided_by"] == "examples"
    assert "without what you taught" in done.stderr
