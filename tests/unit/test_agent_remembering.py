"""A conversation that became too long is shortened: the task and the changed files stay word for word."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout
from coding import buggy_checkout
from loops import TASK, Desk, Office, desk
from messages_api import Conversation, MessagesApi, tool
from messages_wire import text_of
from workspaces import REQUEST

from checkpoints.budget import spent_of
from checkpoints.database import Database
from tools.agents.redaction import REMOVED
from tools.agents.remembering import KEPT_MESSAGES, WORTH_IT

CANARY = "canary-7c1f" * 3
SMALL = 10_000
"""So few tokens that the talk below is shortened once: when there are enough short answers after the long ones."""
STEPS = 8
DONE = tool("hand_over", summary="Done.")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def at(database: Database, checkout: Checkout, api: MessagesApi) -> Iterator[Desk]:
    with desk(database, checkout, environ={"A_TOKEN": CANARY}) as opened:
        yield opened


def long_talk(api: MessagesApi) -> Conversation:
    """An agent that writes a file and then reads more than it has room for."""
    talk = api.conversation(f"you did not verify.\n{TASK}")
    talk.answers(tool("write", path="new.py", content="x = 1\n"))
    for number in range(STEPS):
        talk.answers(f"Step {number}. " + "word " * (2000 if number < 3 else 2), tool("glob", pattern=f"*{number}"))
    return talk


def test_task_and_changed_files_stay_letter_by_letter_and_the_rest_is_told_briefly(
    at: Desk, api: MessagesApi, checkout: Checkout
) -> None:
    checkout.write(f"{CANARY}.txt", "")
    long_talk(api).answers(DONE)
    memory = api.conversation("You keep the memory of python_pro").answers("It looked at a few files.")
    assert at.work(room_tokens=SMALL).form.summary == "Done."
    last = api.received[-1].body["messages"]
    assert text_of(last[0]["content"]).startswith(f"{TASK}\n")
    told = text_of(last[0]["content"])
    assert "It looked at a few files." in told
    assert f"Files changed so far in this task:\n\n- {REMOVED}.txt\n- new.py" in told
    assert "Step 1." not in text_of([one["content"] for one in last])
    assert memory.left_over() == 0


def test_the_log_of_the_tools_survives_it_and_the_call_is_paid(at: Desk, api: MessagesApi) -> None:
    long_talk(api).answers(DONE)
    api.conversation("You keep the memory of python_pro").answers("It looked at a few files.", tokens=(5000, 50))
    ending = at.work(room_tokens=SMALL)
    assert [entry["tool"] for entry in ending.log] == ["write", *["glob"] * STEPS, "hand_over"]
    spent = spent_of(at.shift.effects.database, REQUEST)
    assert spent.calls == len(api.received) == STEPS + 3
    assert spent.input_tokens > 5000


def test_a_model_that_cannot_shorten_it_now_is_waited_for(at: Desk, api: MessagesApi) -> None:
    long_talk(api).answers(DONE)
    memory = api.conversation("You keep the memory of python_pro")
    memory.fails(529).answers("It looked at a few files.")
    office = Office(at, {"room_tokens": SMALL})
    (question,) = office.open()
    assert question["details"] == {"what": "model"}
    assert office.resume() == []
    assert office.endings[-1].form.summary == "Done."


def test_a_few_long_messages_are_not_shortened_again_and_again(at: Desk, api: MessagesApi) -> None:
    talk = api.conversation(f"you did not verify.\n{TASK}")
    few = (KEPT_MESSAGES + WORTH_IT) // 2 - 1
    for number in range(few):
        talk.answers("word " * 4000, tool("glob", pattern=f"*{number}"))
    talk.answers(DONE)
    assert at.work(room_tokens=SMALL).turns == few + 1
