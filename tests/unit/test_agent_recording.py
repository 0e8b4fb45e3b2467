"""Around a tool: a change that a kill interrupted happens once, and what is said about a call can be kept."""

from pathlib import Path

import pytest
from checkouts import Checkout
from coding import BUG, buggy_checkout
from dumps import everything_in
from loops import TASK, Desk, desk
from messages_api import MessagesApi, tool
from sqlalchemy import insert
from workspaces import NOW

from checkpoints.database import Database
from checkpoints.tables import effects
from graph.state import Json

DONE = tool("hand_over", summary="Done.")
EDITED = BUG.replace("premium)", "prize)")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


def begun(at: Desk, use: Json) -> None:
    """What a process that is killed in the middle of a change leaves: it said what it would do, and nothing more."""
    key = at.shift.effects.place.key(f"{use['name']} toolu_0001_0")
    row = {"key": key, "thread_id": at.shift.thread_id, "kind": "reconcile", "payload": {}, "state": "intended"}
    with at.shift.effects.database.begin() as connection:
        connection.execute(insert(effects).values(row | {"intended_at": NOW}))


@pytest.mark.parametrize(
    ("use", "before", "after", "said"),
    [
        (
            tool("edit", path="a.py", old="premium)", new="prize)"),
            {"a.py": EDITED},
            {"a.py": EDITED},
            "a.py is changed.",
        ),
        (tool("edit", path="a.py", old="premium)", new="prize)"), {"a.py": BUG}, {"a.py": EDITED}, "changed at line 1"),
        (tool("write", path="a.py", content="x"), {"a.py": "x"}, {"a.py": "x"}, "a.py is replaced: 1 line."),
        (tool("delete", path="a.py"), {}, {}, "a.py is deleted."),
        (tool("move", path="a.py", to="b.py"), {"b.py": "x"}, {"b.py": "x"}, "a.py is b.py now."),
        (tool("delete", path="../a.py"), {}, {}, "goes up with .."),
        (tool("move", path="a.py"), {"b.py": "x"}, {"b.py": "x"}, "Error invoking tool 'move'"),
    ],
)
def test_a_change_that_a_kill_interrupted_is_found_or_made_up_for(
    use: Json, before: dict[str, str], after: dict[str, str], said: str,
    database: Database, checkout: Checkout, api: MessagesApi,
) -> None:  # fmt: skip
    for name, text in before.items():
        checkout.write(name, text)
    api.conversation(TASK).answers(use).answers(DONE, after=said)
    with desk(database, checkout) as at:
        begun(at, use)
        assert at.work().ended == ""
    found = {path.name: path.read_text() for path in checkout.folder.glob("[ab].py")}
    assert found == after


def test_a_refused_change_is_not_found_to_be_done_after_a_kill(
    database: Database, checkout: Checkout, api: MessagesApi
) -> None:
    use = tool("edit", path="dashboard.py", old="nowhere", new="def shown(premium):")
    api.conversation(TASK).answers(use).answers(DONE, after="You write tests only")
    with desk(database, checkout, "qa_debugger") as at:
        begun(at, use)
        assert at.work().log[0]["is_error"]


def test_what_no_database_can_hold_is_kept_in_another_spelling(
    database: Database, checkout: Checkout, api: MessagesApi
) -> None:
    talk = api.conversation(TASK)
    talk.answers(tool("write", path="a\0b\x1b[31m.py", content="x"), tool("search", pattern="one\ntwo"))
    talk.answers(tool("hand_over", summary="It is \0 done."), after="a character that no name should have")
    with desk(database, checkout) as at:
        ending = at.work()
        assert "python_pro · write · a\\x00b\\x1b[31m.py" in at.lines
    assert {entry["on"] for entry in ending.log[:2]} == {"a\\x00b\\x1b[31m.py", "one two"}
    assert ending.form.summary == "It is \\x00 done."
    assert "a\\\\x00b" in everything_in(database)


def test_what_was_said_is_kept_once_and_found_by_its_digest(
    database: Database, checkout: Checkout, api: MessagesApi
) -> None:
    talk = api.conversation(TASK)
    for _ in range(2):
        talk.answers(tool("read", path="dashboard.py"))
    talk.answers(DONE)
    with desk(database, checkout) as at:
        first, second, _ = at.work().log
        assert first["digest"] == second["digest"]
        assert "def shown(premium)" in at.said(first)
