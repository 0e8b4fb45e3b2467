"""Work on code as a person asks for it: the real command, git, box and client; only the words of the model are told."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout, fingerprint
from coding import NEW_TEST, WISH, buggy_checkout
from command import Magnus
from messages_api import MessagesApi
from whole_team import (
    CALLS,
    DEAR_USD,
    TEAM,
    magnus_with,
    script_a_dear_detective,
    script_the_whole_team,
    script_those_after_the_detective,
)

from graph.settings import Settings

pytestmark = needs_bubblewrap


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "magnus"


@pytest.fixture
def magnus(settings: Settings, home: Path, checkout: Checkout, api: MessagesApi) -> Magnus:
    return magnus_with(settings, home, checkout.folder.parent, api)


@pytest.fixture
def keyless(settings: Settings, home: Path, checkout: Checkout) -> Magnus:
    """The same without a key for the model."""
    return magnus_with(settings, home, checkout.folder.parent)


def test_a_bug_is_found_mended_and_tested_on_a_branch_by_the_team_of_its_route(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    script_the_whole_team(api)
    checkout.write("notes.txt", "mine\n")
    before = fingerprint(checkout.folder)
    done = magnus(WISH, "--project", "WheelStrategy")
    assert done.returncode == 0, done.stderr
    assert fingerprint(checkout.folder) == before
    (branch,) = checkout.branches()
    assert checkout.git("show", f"{branch}:tests/test_missing.py") == NEW_TEST.strip()
    assert checkout.git("diff", "--name-only", "HEAD", branch).split() == [
        "CHANGELOG.md",
        "dashboard.py",
        "tests/test_missing.py",
    ]
    assert_nothing_lies_about(checkout, home)

    lines = [line.strip() for line in done.stderr.splitlines()]
    assert lines[0].startswith("thread ")
    assert "python_pro · edit · dashboard.py" in lines
    assert [line for line in lines if line.startswith("Next: git")] == [
        f"Next: git log -p {branch} --not HEAD",
        f"Next: git merge {branch}",
    ]
    said = " ".join(done.stdout.split())
    assert "Warning: Not in the workspace, since it is not committed: notes.txt." in said
    assert f"Branch {branch}, from {checkout.git('rev-parse', 'HEAD')[:8]}." in said
    assert "Your checkout is as it was." in said
    assert "UNPROVEN: All tests pass. (no test ran)" in said
    assert "M dashboard.py +1 -1" in said
    assert '+ return "n/a" if premium is None' in said
    assert f"It took {sum(CALLS.values())} model calls" in said


@pytest.mark.chaos
def test_json_holds_everything_and_show_tells_what_each_agent_took_and_left(
    magnus: Magnus, checkout: Checkout, api: MessagesApi
) -> None:
    script_the_whole_team(api)
    response = json.loads(magnus("ask", WISH, "--project", "WheelStrategy", "--json").stdout)
    result = response["result"]
    assert response["status"] == "success"
    assert checkout.branches() == [result["branch"]]
    assert result["diff"].strip() == checkout.git("diff", "HEAD", result["branch"])
    assert {change["file"]: (change["added"], change["deleted"]) for change in result["changes"]} == {
        "CHANGELOG.md": (1, 0),
        "dashboard.py": (1, 1),
        "tests/test_missing.py": (5, 0),
    }
    assert {handoff["from_agent"] for handoff in result["handoffs"]} == set(TEAM)

    (shown,) = json.loads(magnus("show", response["thread_id"], "--json").stdout)["runs"]
    assert {cost["agent"]: cost["model_calls"] for cost in shown["costs"]} == CALLS
    assert sum(cost["usd"] for cost in shown["costs"]) == pytest.approx(response["usage"]["usd"])
    assert shown["handoffs"] == result["handoffs"]
    read = magnus("show", response["thread_id"]).stdout
    assert "qa_debugger: 4 model calls" in read
    assert "UNPROVEN: All tests pass. (no test ran)" in read
    assert "tests/test_missing.py" in read


@pytest.mark.chaos
def test_chat_works_on_code_and_takes_along_what_is_not_committed(
    magnus: Magnus, checkout: Checkout, api: MessagesApi
) -> None:
    checkout.write("notes.txt", "mine\n")
    script_the_whole_team(api)
    done = magnus("chat", "--project", "WheelStrategy", "--with-uncommitted", stdin=f"{WISH}\nexit\n")
    assert done.returncode == 0, done.stderr
    assert "qa_debugger · run_tests · tests/test_missing.py" in done.stderr
    (branch,) = checkout.branches()
    assert checkout.git("show", f"{branch}:notes.txt") == "mine"
    assert "with what was not committed." in " ".join(done.stdout.split())
    assert "A notes.txt" not in done.stdout


@pytest.mark.chaos
def test_ctrl_c_in_the_middle_of_an_agents_work_stops_it_and_resume_goes_on(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    script_the_whole_team(api)
    process = magnus.start("ask", WISH, "--project", "WheelStrategy")
    assert process.stderr is not None
    seen = [process.stderr.readline().strip()]
    while "python_pro · edit · dashboard.py" not in seen:
        seen.append(process.stderr.readline().strip())
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    thread = seen[0].split()[1]
    assert process.returncode == 4, rest
    assert f"magnus resume {thread}" in rest
    done = magnus("resume", thread)
    assert done.returncode == 0, done.stderr
    assert api.repeats.total() <= 2, "at most one call of each running agent is repeated"
    assert_nothing_lies_about(checkout, home)


def test_without_a_model_the_request_waits_and_is_completed_later(
    keyless: Magnus, magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    asked = keyless("ask", "review my last commit", "--project", "WheelStrategy", "--json")
    assert asked.returncode == 4
    response = json.loads(asked.stdout)
    assert response["status"] == "partial"
    assert response["errors"] == [
        "There is no model: set ANTHROPIC_API_KEY, or MAGNUS_MODEL to a model of another provider."
    ]
    assert response["next_steps"] == [f"magnus resume {response['thread_id']}"]
    assert checkout.branches() == []

    again = keyless("resume", response["thread_id"])
    assert again.returncode == 4
    assert again.stdout == "Nothing has been done yet.\n"
    api.conversation("you are code_reviewer").answers("The last commit is fine.")
    done = magnus("resume", response["thread_id"])
    assert done.returncode == 0, done.stderr
    assert "The last commit is fine." in done.stdout
    assert_nothing_lies_about(checkout, home)


def test_no_model_at_ones_own_wish_is_told_with_the_way_to_ask_anew(magnus: Magnus, checkout: Checkout) -> None:
    done = magnus("ask", WISH, "--project", "WheelStrategy", "--no-model")
    assert done.returncode == 4
    assert "No model is used, as you asked" in done.stderr
    assert f"magnus ask '{WISH}' --thread " in done.stderr
    assert f"--project {checkout.folder}" in done.stderr


def test_a_budget_that_is_used_up_stops_with_what_was_done_and_more_dollars_go_on(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    response = stopped_in_the_middle(magnus, api)
    thread = response["thread_id"]
    assert response["status"] == "partial"
    assert "The budget of 0.4 US dollars is used up" in response["errors"][0]
    assert response["next_steps"] == [f"magnus resume {thread} --budget 0.4"]
    assert [one["from_agent"] for one in response["result"]["handoffs"]] == ["error_detective"]
    assert response["usage"]["model_calls"] == 3
    assert response["result"]["branch"] in checkout.branches()

    poor = magnus("resume", thread)
    assert poor.returncode == 4
    assert "error_detective: dashboard.py:2 formats a premium that may be None." in poor.stdout
    script_those_after_the_detective(api)
    done = magnus("resume", thread, "--budget", "5", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["usage"]["model_calls"] == sum(CALLS.values())
    assert api.repeats.total() == 0
    assert_nothing_lies_about(checkout, home)


def test_a_line_in_chat_after_a_budget_stop_is_no_answer_and_resume_goes_on(keyless: Magnus) -> None:
    lines = f"{WISH}\nresume\nFind me high-premium opportunities under $30\nexit\n"
    done = keyless("chat", "--project", "WheelStrategy", stdin=lines)
    assert done.stderr.count("There is no model") == 2
    assert "SAMPLE data" in done.stdout


def test_a_cancelled_task_leaves_neither_worktree_nor_branch(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    response = stopped_in_the_middle(magnus, api)
    assert response["result"]["branch"] in checkout.branches()
    assert checkout.worktrees()
    assert magnus("cancel", response["thread_id"]).returncode == 0
    assert checkout.branches() == []
    assert_nothing_lies_about(checkout, home)


def test_a_request_that_takes_the_place_of_another_removes_what_that_left(
    magnus: Magnus, checkout: Checkout, api: MessagesApi, home: Path
) -> None:
    response = stopped_in_the_middle(magnus, api)
    done = magnus("ask", "Find me high-premium opportunities under $30", "--thread", response["thread_id"])
    assert done.returncode == 0, done.stderr
    assert checkout.branches() == []
    assert_nothing_lies_about(checkout, home)


def stopped_in_the_middle(magnus: Magnus, api: MessagesApi) -> dict[str, Any]:
    """The response of a task whose money ends after the first agent."""
    script_a_dear_detective(api)
    asked = magnus("ask", WISH, "--project", "WheelStrategy", "--budget", DEAR_USD, "--json")
    assert asked.returncode == 4, asked.stderr
    response: dict[str, Any] = json.loads(asked.stdout)
    return response


def assert_nothing_lies_about(checkout: Checkout, home: Path) -> None:
    assert checkout.worktrees() == []
    assert list((home / "workspaces").iterdir()) == []
