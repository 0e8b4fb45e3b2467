"""`magnus phases` as a person types it: begun, killed, gone on with, asked for again, and where there is no plan."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import WISH
from command import Magnus
from messages_api import MessagesApi
from phased import desk, folder_with, script_iteration, two_phases
from planned import OPENING
from whole_team import magnus_with

from graph.settings import Settings

pytestmark = needs_bubblewrap


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return desk(tmp_path / "desk")


@pytest.fixture
def magnus(settings: Settings, tmp_path: Path, checkout: Checkout, api: MessagesApi) -> Magnus:
    made = magnus_with(settings, tmp_path / "magnus", checkout.folder, api)
    made.environment["MAGNUS_LEASE_S"] = "0.6"
    return made


def asked_for(api: MessagesApi, words: str) -> None:
    """Wait until an agent has asked the model with these words."""
    until = time.monotonic() + 50
    while not any(words in str(one.body) for one in list(api.received)):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_phases_are_carried_out_gone_on_with_after_a_kill_and_then_only_shown(
    magnus: Magnus, checkout: Checkout, api: MessagesApi
) -> None:
    folder = folder_with(checkout, two_phases())
    script_iteration(api, "phase-1", {"part_1.md": "x\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    begun = magnus.start("phases", str(folder))
    asked_for(api, "This is phase-2 of a larger goal")
    os.kill(begun.pid, signal.SIGKILL)
    begun.communicate(timeout=20)
    time.sleep(0.7)

    done = magnus("phases", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    response = json.loads(done.stdout)
    assert [(one["status"], one["iterations"]) for one in response["result"]["phases"]] == [("complete", 1)] * 2
    assert response["result"]["folder"] == str(folder)
    assert "phase 1 of 2" not in done.stderr, "what was done before the kill is not done again"
    asked = len(api.received)

    again = magnus("phases", str(folder), "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, response)
    assert again.stderr == f"thread {response['thread_id']}\n"
    assert len(api.received) == asked

    anew = magnus("phases", str(folder), "--again", "--no-model", "--json")
    assert anew.returncode == 4, anew.stderr
    assert json.loads(anew.stdout)["thread_id"] != response["thread_id"]


def test_where_there_is_no_plan_one_sentence_says_so(magnus: Magnus, checkout: Checkout, api: MessagesApi) -> None:
    empty = checkout.folder / "empty"
    for words in ([str(empty)], [str(empty), "--again"]):
        done = magnus("phases", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "magnus plan" in done.stderr
    empty.mkdir()
    done = magnus("phases", str(empty))
    assert (done.returncode, done.stdout) == (2, "")
    assert "phases.json cannot be read: no such file or directory." in done.stderr
    (empty / "phases.json").write_text('{"phases": []}')
    done = magnus("phases", str(empty))
    assert (done.returncode, done.stdout) == (2, "")
    assert "phases.json, line 1, phases: " in done.stderr


@pytest.mark.parametrize("how", ["--phased", "MAGNUS_PHASED"])
def test_a_person_can_ask_for_phases(how: str, magnus: Magnus, api: MessagesApi) -> None:
    talk = api.conversation(OPENING).refuses()
    words, env = (["--phased"], {}) if how == "--phased" else ([], {how: "always"})
    done = magnus("ask", WISH, "--project", ".", *words, env=env)
    assert done.returncode == 1, done.stderr
    assert "The model will not make a plan for this goal" in done.stdout + done.stderr
    assert talk.left_over() == 0
