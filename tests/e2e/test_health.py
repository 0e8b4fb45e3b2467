"""`magnus health` and questions about the system as a person types them."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from command import Magnus

from checkpoints.database import Database
from checkpoints.runs import accept, park

NOWHERE = {"MAGNUS_DATABASE_URL": "postgresql://magnus:secret@127.0.0.1:1/magnus"}


def test_a_fresh_system_is_healthy_and_says_what_is_not_set_up(magnus: Magnus) -> None:
    done = magnus("health")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing is wrong")
    assert "ANTHROPIC_API_KEY" in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


def test_json_is_one_object_with_a_source_and_a_time_for_every_part(magnus: Magnus) -> None:
    found = json.loads(magnus("health", "--json").stdout)
    assert (found["healthy"], found["wrong"]) == (True, [])
    assert all(part["source"] and part["as_of"] for part in found["parts"])


def test_a_parked_run_makes_the_exit_code_1_and_is_named(magnus: Magnus, database: Database) -> None:
    request = {"request_id": str(uuid4()), "priority": "medium", "prompt": "puts on KO", "task": None}
    run = accept(database, request, "t1", "sample", datetime.now(UTC))
    park(database, run.request_id, "Step 3 is damaged.")
    done = magnus("health")
    assert done.returncode == 1
    assert done.stdout.startswith("Wrong: work.")
    assert "magnus resume t1 --again" in " ".join(done.stdout.split())
    assert json.loads(magnus("health", "--json").stdout)["wrong"] == ["work"]


def test_an_unreachable_database_is_wrong_and_the_rest_is_told(magnus: Magnus) -> None:
    done = magnus("health", "--json", env=NOWHERE)
    found = json.loads(done.stdout)
    assert (done.returncode, found["wrong"]) == (1, ["database"])
    assert "disk" in {part["name"] for part in found["parts"] if part["condition"] in ("ok", "note")}
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_help_shows_an_example(magnus: Magnus) -> None:
    assert "Example: magnus health --json" in magnus("health", "--help").stdout


def test_a_question_is_answered_without_a_model_in_one_way_through_the_graph(magnus: Magnus) -> None:
    asked = magnus("ask", "what failed yesterday", "--json")
    assert asked.returncode == 0, asked.stderr
    assert [line.split()[0] for line in asked.stderr.splitlines()[1:]] == [
        "intake", "router", "operate", "learn", "respond"
    ]  # fmt: skip
    response = json.loads(asked.stdout)
    assert (response["status"], response["result"]["only"]) == ("success", "failed")
    assert response["usage"]["model_calls"] == 0


def test_an_answer_is_shown_and_a_system_with_something_wrong_is_a_plain_no(magnus: Magnus, database: Database) -> None:
    assert magnus("what failed yesterday").stdout.startswith("No request yesterday, ")
    well = magnus("is everything running")
    assert (well.returncode, well.stdout.splitlines()[0][:16]) == (0, "Nothing is wrong")
    request = {"request_id": str(uuid4()), "priority": "medium", "prompt": "puts on KO", "task": None}
    park(database, accept(database, request, "t1", "sample", datetime.now(UTC)).request_id, "Step 3 is damaged.")
    ill = magnus("is everything running")
    assert (ill.returncode, ill.stdout.splitlines()[0]) == (1, "Wrong: work.")


def test_what_is_not_there_yet_is_a_plain_no(magnus: Magnus) -> None:
    done = magnus("alert me when KO falls under 60")
    assert done.returncode == 1
    assert "cannot send alerts in this version" in done.stderr
