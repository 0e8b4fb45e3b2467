"""A person's word on a change, as they type it: yes, no, beforehand, too late, and past the gates in an emergency."""

import getpass
import json
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import WISH, buggy_checkout
from command import Magnus
from messages_api import MessagesApi
from refusals import script_a_team_without_a_test, script_the_repair
from terminals import at_a_terminal
from whole_team import magnus_with, script_the_whole_team

from checkpoints.database import Database
from checkpoints.deliveries import latest_deliveries
from checkpoints.evidence import accepted
from graph.settings import Settings

pytestmark = needs_bubblewrap
ASKS_FIRST = '[delivery]\nmode = "{mode}"\nneeds_approval = true\n[gates]\nmutants = 0\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def magnus(settings: Settings, tmp_path: Path, checkout: Checkout, api: MessagesApi) -> Magnus:
    return magnus_with(settings, tmp_path / "magnus", checkout.folder.parent, api)


def asked_first(checkout: Checkout, mode: str = "merge") -> str:
    """The project wants each delivery approved; returns the commit it stands on."""
    checkout.write(".magnus.toml", ASKS_FIRST.format(mode=mode))
    checkout.commit()
    return checkout.git("rev-parse", "HEAD")


def waiting(magnus: Magnus, api: MessagesApi) -> tuple[str, str]:
    """A thread that waits for its person, and what it said."""
    script_the_whole_team(api)
    asked = magnus(WISH, "--project", "WheelStrategy")
    assert asked.returncode == 3, asked.stderr
    return asked.stderr.split()[1], asked.stdout + asked.stderr


def test_a_change_that_waits_is_shown_approved_once_and_merged(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, database: Database
) -> None:
    head = asked_first(checkout)
    thread, said = waiting(magnus, api)
    (branch,) = checkout.branches()
    assert "M dashboard.py           +1 -1" in said
    assert [gate for gate in ("syntax", "tests", "integration", "review", "performance") if f"\n  {gate} " in said]
    assert "It cost $0." in said
    assert f"Shall the change on {branch} be delivered?" in said
    assert f"Next: git log -p {branch} --not HEAD" in said
    assert f"Next: magnus approve {thread}" in said
    assert checkout.git("rev-parse", "HEAD") == head
    unsure = magnus("resume", thread, "what would that do to me")
    assert unsure.returncode == 3, "what is neither yes nor no is no answer"

    done = magnus("approve", thread, "--why", "It reads well.")
    assert done.returncode == 0, done.stderr
    assert f"Delivered: your branch main has it, at {checkout.git('rev-parse', 'HEAD')[:8]}." in done.stdout
    assert "git merge" not in done.stderr
    assert "Your checkout is as it was." not in done.stdout
    (row,) = latest_deliveries(database)
    assert (row["approved_by"], row["mode"]) == (getpass.getuser(), "merge")
    assert f"approved by {getpass.getuser()}" in " ".join(magnus("show", thread).stdout.split())
    for again in (magnus("approve", thread), magnus("reject", thread, "--why", "On second thought.")):
        assert (again.returncode, again.stdout) == (2, "")
        assert "asks nothing" in again.stderr
    assert len(latest_deliveries(database)) == 1


def test_a_rejected_change_stays_on_its_branch_with_the_name_of_who_said_no(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, database: Database
) -> None:
    head = asked_first(checkout)
    thread, _ = waiting(magnus, api)
    assert magnus("reject", thread).returncode == 2
    done = magnus("reject", thread, "--why", "The table lost a column.")
    assert done.returncode == 1
    why = f"Not delivered, as {getpass.getuser()} said: The table lost a column."
    assert why in done.stderr
    assert why in magnus("show", thread).stderr
    (branch,) = checkout.branches()
    assert f"Not delivered: it lies on branch {branch}." in done.stdout
    assert (checkout.git("rev-parse", "HEAD"), latest_deliveries(database)) == (head, [])
    code, screen = at_a_terminal(magnus, "approve", thread, "--emergency", "I was wrong.")
    assert (code, "No gate is red" in " ".join(screen.split())) == (2, True)


@pytest.mark.chaos
@pytest.mark.parametrize(("options", "said"), [(["--yes"], ""), ([], "yes\n")])
def test_yes_in_a_conversation_or_beforehand_approves_and_a_patch_says_how_to_take_it(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, database: Database, options: list[str], said: str
) -> None:
    asked_first(checkout, "patch")
    script_the_whole_team(api)
    done = magnus("chat", "--project", "WheelStrategy", *options, stdin=f"{WISH}\n{said}exit\n")
    (row,) = latest_deliveries(database)
    assert row["approved_by"] == getpass.getuser()
    assert f"Next: git am {row['branch']}" in done.stderr
    assert row["branch"] in done.stdout
    checkout.git("am", row["branch"])
    assert checkout.git("rev-parse", "HEAD^{tree}") == row["tree"]


def test_a_thread_that_asks_something_else_cannot_be_approved(magnus: Magnus) -> None:
    asked = magnus("what about the thing", "--no-model")
    assert asked.returncode == 3, asked.stderr
    thread = asked.stderr.split()[1]
    done = magnus("approve", thread)
    assert (done.returncode, f"magnus resume {thread}" in done.stderr) == (2, True)
    assert magnus("approve", "nobody").returncode == 2


def refused(magnus: Magnus, checkout: Checkout, api: MessagesApi) -> dict[str, Any]:
    """The response of a request whose change the gates refused for good."""
    checkout.write(".magnus.toml", '[gates]\nattempts = 1\nmutants = 0\n[delivery]\nmode = "merge"\n')
    checkout.commit()
    script_a_team_without_a_test(api)
    script_the_repair(api, 6)
    asked = magnus("ask", WISH, "--project", "WheelStrategy", "--json", "--yes")
    assert asked.returncode == 1, asked.stderr
    response: dict[str, Any] = json.loads(asked.stdout)
    return response


def test_past_a_red_gate_goes_a_person_at_a_terminal_and_nobody_else(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, database: Database
) -> None:
    response = refused(magnus, checkout, api)
    thread, head = response["thread_id"], checkout.git("rev-parse", "HEAD")
    assert f"magnus show {thread}" in response["next_steps"]
    shown = " ".join(magnus("show", thread).stdout.split())
    assert "tests failed" in shown

    program = magnus("approve", thread, "--emergency", "The market opens.")
    assert (program.returncode, "Only a person at a terminal" in program.stderr) == (2, True)
    assert magnus("approve", thread).returncode == 2
    code, screen = at_a_terminal(magnus, "approve", thread, "--emergency", " ")
    assert (code, "Say what the emergency is" in screen) == (2, True)
    assert (checkout.git("rev-parse", "HEAD"), latest_deliveries(database)) == (head, [])

    code, screen = at_a_terminal(magnus, "approve", thread, "--emergency", "The market opens.")
    assert code == 0, screen
    assert "tests       failed" in screen
    (row,) = latest_deliveries(database)
    assert (row["emergency"], row["red"], row["approved_by"]) == ("The market opens.", ["tests"], getpass.getuser())
    assert len(set(row["evidence"])) == 5
    assert checkout.git("rev-parse", "HEAD") == row["commit"] != head
    assert "EMERGENCY past tests: The market opens." in " ".join(magnus("show", thread).stdout.split())
    assert checkout.worktrees() == []
    code, screen = at_a_terminal(magnus, "approve", thread, "--emergency", "Once more.")
    assert (code, "was delivered already" in " ".join(screen.split())) == (2, True)


@pytest.mark.chaos
def test_what_a_gate_wants_looked_at_is_not_approved_beforehand_but_by_a_word_of_its_own(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, database: Database
) -> None:
    checkout.write(".magnus.toml", '[gates]\ncritical_paths = ["dashboard.py"]\nmutants = 0\n')
    checkout.write("tests/test_dashboard.py", "def test_nothing_of_the_page():\n    assert 1 + 1 == 2\n")
    checkout.commit()
    script_the_whole_team(api)
    process = magnus.start("ask", WISH, "--project", "WheelStrategy", "--json", "--yes")
    out, err = process.communicate(timeout=200)
    assert process.returncode == 3, err
    response = json.loads(out)
    assert (response["status"], response["result"]["kind"]) == ("waiting", "review")
    (waits,) = [gate for gate in response["result"]["details"]["gates"] if gate["state"] == "waiting"]
    assert (waits["gate"], latest_deliveries(database)) == ("performance", [])

    done = magnus("approve", response["thread_id"], "--why", "I timed it.", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["result"]
    assert told["delivery"]["state"] == "delivered"
    (row,) = latest_deliveries(database)
    assert (row["approved_by"], row["red"], row["emergency"]) == (getpass.getuser(), [], None)
    (number,) = [gate["id"] for gate in told["gates"] if gate["gate"] == "performance"]
    assert number in row["evidence"] and number != waits["id"]
    assert list(accepted(database, row["tree"]).values()) == [getpass.getuser()]
