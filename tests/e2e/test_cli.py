"""The `magnus` command as a person types it: real processes on a real database."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Magnus
from databases import fresh_database

from checkpoints.database import Database
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"


@pytest.fixture(scope="module")
def at_rest(server_settings: Settings, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Magnus]:
    """The command on a database for tests that only look at the thread `asked`, or make a thread of their own."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        yield Magnus({"MAGNUS_DATABASE_URL": str(settings.database_url)}, tmp_path_factory.mktemp("at_rest"))


@pytest.fixture(scope="module")
def asked(at_rest: Magnus) -> dict[str, Any]:
    """The response to PROMPT, whose thread has finished."""
    response: dict[str, Any] = json.loads(at_rest("ask", PROMPT, "--json").stdout)
    return response


def test_a_bare_sentence_is_answered_from_the_sample_market(magnus: Magnus) -> None:
    done = magnus(PROMPT)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("thread ")
    assert [line.split()[0] for line in done.stderr.splitlines()[1:]] == [
        "intake",
        "router",
        "trade",
        "learn",
        "respond",
    ]
    assert "SAMPLE" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_json_is_the_response_and_nothing_else(asked: dict[str, Any]) -> None:
    assert asked["status"] == "success"
    assert asked["result"]["opportunities"]
    assert asked["result"]["source"] == "sample"
    assert asked["result"]["considered"] == len(asked["result"]["opportunities"]) + sum(
        asked["result"]["rejected"].values()
    )


def test_a_follow_up_in_the_thread_refines(magnus: Magnus) -> None:
    thread = json.loads(magnus("ask", PROMPT, "--json").stdout)["thread_id"]
    refined = json.loads(magnus("ask", "now only under .25 delta", "--thread", thread, "--json").stdout)
    assert refined["result"]["criteria"]["max_price"] == 30
    assert refined["result"]["criteria"]["max_delta"] == 0.25


def test_an_unclear_sentence_waits_and_goes_on_with_the_answer(magnus: Magnus) -> None:
    asked = magnus("ask", "do the thing with the numbers", "--json")
    assert asked.returncode == 3
    response = json.loads(asked.stdout)
    assert response["status"] == "waiting"
    assert response["result"]["choices"]
    assert "magnus resume" in response["next_steps"][0]
    done = magnus("resume", response["thread_id"], "find puts under $30", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["result"]["opportunities"]


def test_resuming_a_finished_thread_shows_its_answer_again(at_rest: Magnus, asked: dict[str, Any]) -> None:
    assert json.loads(at_rest("resume", asked["thread_id"], "--json").stdout) == asked


def test_threads_show_and_rate(at_rest: Magnus, asked: dict[str, Any]) -> None:
    thread = asked["thread_id"]
    assert thread in at_rest("threads").stdout
    shown = json.loads(at_rest("show", thread, "--json").stdout)
    assert shown["runs"][0]["status"] == "done"
    assert shown["steps"][-1]["next"] == []
    assert at_rest("rate", thread, "good", "--note", "filled").returncode == 0
    assert at_rest("rate", "nobody", "good").returncode == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["ask", "  "], "empty"),
        (["ask", PROMPT, "--thread", "nobody"], "no thread nobody"),
        (["ask", "which put to sell on ZZZZ"], "ZZZZ"),
        (["ask", "puts between 40 and 30 dte, min price $30, max price $20"], "above"),
        (["scan", "--max-delta", "3"], "max_delta is 3"),
        (["scan", "--min-price", "30", "--max-price", "20"], "above"),
        (["scan", "--symbols", "ZZZZ"], "ZZZZ"),
        (["scan", "--data", "stored"], "magnus import chain"),
        (["scan", "--expiry", "soon"], "date"),
        (["resume", "nobody"], "no thread nobody"),
        (["show", "nobody"], "no thread nobody"),
        (["route"], "sentence"),
        (["route", "--batch", "missing.jsonl"], "missing.jsonl"),
        (["import", "chain", "missing.csv", "--symbol", "AMD"], "missing.csv"),
        (["db", "restore", "missing.dump", "--yes"], "missing.dump"),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(magnus: Magnus, words: list[str], complaint: str) -> None:
    done = magnus(*words)
    assert done.returncode == 2, done.stderr
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_nothing_of_ours_is_a_plain_no(magnus: Magnus) -> None:
    done = magnus("book me a flight to Rome")
    assert done.returncode == 1
    assert "nothing Magnus does" in done.stderr


def test_an_unreachable_database_is_told_within_five_seconds(magnus: Magnus) -> None:
    began = time.monotonic()
    done = magnus("threads", env={"MAGNUS_DATABASE_URL": "postgresql://magnus:secret@127.0.0.1:1/magnus"})
    assert time.monotonic() - began < 5 + 2
    assert done.returncode == 2
    assert "127.0.0.1" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("table", ["runs", "checkpoints", "executions"])
def test_a_full_disk_is_told_at_once_and_the_thread_goes_on_later(
    magnus: Magnus, database: Database, table: str
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    began = time.monotonic()
    done = magnus(PROMPT)
    assert time.monotonic() - began < 20
    assert done.returncode == 2
    assert "could not extend file" in done.stderr
    assert "Traceback" not in done.stderr
    with database.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER full_disk ON {table}")
    if accepted := done.stderr.startswith("thread "):
        assert magnus("resume", done.stderr.split()[1]).returncode == 0
    assert accepted == (table != "runs")


def test_ctrl_c_leaves_a_thread_that_goes_on(magnus: Magnus) -> None:
    process = magnus.start("ask", PROMPT, "--json")
    thread = process.stderr.readline().split()[1]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    if process.returncode == 4:
        assert f"magnus resume {thread}" in said
    assert json.loads(magnus("resume", thread, "--json").stdout)["status"] == "success"


def test_a_route_is_shown_without_doing_anything(magnus: Magnus, tmp_path: Path) -> None:
    alone = json.loads(magnus("route", PROMPT, "--json").stdout)
    assert alone["task_type"] == "find_opportunities"
    batch = tmp_path / "sentences.jsonl"
    batch.write_text(f"{json.dumps({'prompt': PROMPT})}\n" * 3, encoding="utf-8")
    routed = [json.loads(line) for line in magnus("route", "--batch", str(batch)).stdout.splitlines()]
    assert [{key: value for key, value in one.items() if key != "micros"} for one in routed] == [alone] * 3
    assert all(one["micros"] > 0 for one in routed)


def test_chat_keeps_one_thread(magnus: Magnus) -> None:
    done = magnus("chat", stdin=f"{PROMPT}\nnow only under .25 delta\nexit\n")
    assert done.returncode == 0, done.stderr
    threads = {line for line in done.stderr.splitlines() if line.startswith("thread ")}
    assert len(threads) == 1
