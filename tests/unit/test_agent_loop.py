"""The loop of one agent: the real client against a scripted model, real git, the real box, the real ledger."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import BUG, buggy_checkout
from dumps import everything_in
from loops import AMPLE, TASK, Desk, Office, desk, with_tools
from messages_api import Conversation, MessagesApi, tool
from workspaces import REQUEST

from checkpoints.budget import add_usd, spent_by_agent, spent_of
from checkpoints.database import Database
from tools.agents.loop import CALLS_A_TURN, NOT_HANDED_OVER
from tools.agents.redaction import REMOVED
from tools.agents.stuck import SAME_CALLS

OPENING = f"What you did not run, you did not verify.\n{TASK}"
"""The end of the system prompt and the whole first message: who is asked something by this agent opens otherwise."""
DONE = tool("hand_over", summary="Done.")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture
def at(database: Database, checkout: Checkout, api: MessagesApi) -> Iterator[Desk]:
    with desk(database, checkout) as opened:
        yield opened


@pytest.fixture
def talk(api: MessagesApi) -> Conversation:
    return api.conversation(OPENING)


def test_an_agent_is_told_its_task_works_and_hands_over(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("read", path="dashboard.py")).answers(DONE, after="def shown(premium)")
    ending = at.work()
    assert (ending.form.summary, ending.ended, ending.turns) == ("Done.", "", 2)
    assert [entry["tool"] for entry in ending.log] == ["read", "hand_over"]
    assert at.lines == ["python_pro · read · dashboard.py", "python_pro · hand_over · Done."]


def test_the_bound_on_turns_is_named_and_what_was_said_is_kept(at: Desk, talk: Conversation) -> None:
    for number in range(12):
        talk.answers(f"Look {number}.", tool("glob", pattern=f"*{number}"))
    ending = at.work(turns=12)
    assert (ending.ended, ending.turns) == ("It had its 12 turns.", 12)
    assert ending.form.summary == "Look 11."


def test_a_file_may_give_its_agent_fewer_turns(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("list"))
    modest = with_tools(at, "list", max_turns=1)
    assert modest.work().ended == "It had its 1 turns."


def test_tools_are_limited_in_number_and_the_model_is_told(at: Desk, talk: Conversation) -> None:
    calls = [tool("glob", pattern=f"{number}") for number in range(2 * CALLS_A_TURN + 1)]
    talk.answers(*calls).answers("I see.", after="limit")
    assert len(at.work(turns=2).log) == 2 * CALLS_A_TURN


def test_going_round_in_circles_ends_it_with_the_reason(at: Desk, talk: Conversation) -> None:
    for _ in range(SAME_CALLS):
        talk.answers(tool("read", path="dashboard.py"))
    assert at.work().ended == f"It made the same call {SAME_CALLS} times with the same answer: read dashboard.py."


@needs_bubblewrap
def test_the_same_failing_tests_are_a_circle_though_each_run_takes_another_time(at: Desk, talk: Conversation) -> None:
    command = "echo FAILED in $(date +0.%N)s"
    for _ in range(SAME_CALLS + 1):
        talk.answers(tool("run", command=command))
    ending = at.work()
    assert len({entry["digest"] for entry in ending.log}) == SAME_CALLS + 1
    assert ending.ended.startswith(f"It made the same call {SAME_CALLS} times")


def test_a_tool_that_fails_tells_the_model_why(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("ask_agent", agent="nobody", question="Why?"))
    talk.answers(tool("read", first="x"), after="There is no agent nobody to ask")
    talk.answers(tool("launch_rocket"), after="Error invoking tool 'read'")
    talk.answers(DONE, after="launch_rocket is not a valid tool")
    assert [entry["is_error"] for entry in at.work().log] == [True, True, True, False]


def test_a_tool_that_the_file_does_not_give_does_nothing(at: Desk, talk: Conversation, checkout: Checkout) -> None:
    talk.answers(tool("write", path="dashboard.py", content="")).answers(DONE, after="write is not a valid tool")
    reader = with_tools(at, "read", "write", writes="nothing")
    assert reader.work().log[0]["is_error"]
    assert (checkout.folder / "dashboard.py").read_text() == BUG


def test_changes_of_one_turn_to_one_file_are_all_kept(at: Desk, talk: Conversation, checkout: Checkout) -> None:
    checkout.write("table.py", "".join(f"a{number} = 0\n" for number in range(6)))
    edits = [tool("edit", path="table.py", old=f"a{number} = 0", new=f"a{number} = 1") for number in range(6)]
    talk.answers(*edits).answers(DONE)
    log = at.work().log
    assert (checkout.folder / "table.py").read_text().count("= 1") == 6
    assert len({entry["tree"] for entry in log[:6]}) == 6


def test_handing_over_twice_in_one_breath_is_one_handoff(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("hand_over", summary="One."), tool("hand_over", summary="Two."))
    assert at.work().form.summary in ("One.", "Two.")


def test_a_handoff_that_is_no_handoff_is_asked_for_again(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("hand_over", claims="all fine")).answers(DONE, after="summary")
    assert at.work().form.summary == "Done."


def test_an_agent_that_just_stops_talking_leaves_its_last_words_as_an_open_point(at: Desk, talk: Conversation) -> None:
    talk.answers("All tests pass.")
    ending = at.work()
    assert (ending.form.summary, ending.form.open_points) == ("All tests pass.", [NOT_HANDED_OVER])
    assert ending.ended == ""


@pytest.mark.parametrize(
    ("stop_reason", "why"), [("refusal", "would not go on"), ("max_tokens", "longer than a model may speak")]
)
def test_a_model_that_is_cut_short_did_not_end_by_itself(
    at: Desk, talk: Conversation, stop_reason: str, why: str
) -> None:
    talk.answers("I would", stop_reason=stop_reason)
    assert why in at.work().ended


def test_a_busy_server_is_asked_again_after_the_time_it_names(at: Desk, talk: Conversation) -> None:
    talk.fails(429, retry_after=0.05).fails(529, retry_after=0.05).answers(DONE)
    patient = replace(at, settings=at.settings.model_copy(update={"model_retries": 2, "model_max_wait_s": 1.0}))
    assert patient.work().form.summary == "Done."
    assert spent_of(at.shift.effects.database, REQUEST).calls == 1


def test_a_model_that_cannot_be_had_is_replaced_by_the_model_of_magnus(
    at: Desk, api: MessagesApi, talk: Conversation
) -> None:
    api.conversation(OPENING, model=at.settings.model_opus).fails(529, times=2)
    talk.model = at.settings.model_sonnet
    talk.answers(DONE)
    assert with_tools(at, "read", model="opus").work().form.summary == "Done."


@pytest.mark.parametrize(("status", "why"), [(529, "overloaded"), (401, "does not accept the key"), (400, "take this")])
def test_without_any_answer_the_agent_waits_in_its_place(at: Desk, talk: Conversation, status: int, why: str) -> None:
    talk.answers(tool("write", path="a.py", content="")).fails(status, times=2 if status == 529 else 1)
    talk.answers(DONE, after="a.py is new")
    office = Office(at)
    (question,) = office.open()
    assert (question["kind"], question["details"]) == ("budget", {"what": "model"})
    assert why in question["question"]
    assert office.resume() == []
    assert [entry["tool"] for entry in office.endings[-1].log] == ["write", "hand_over"]


def test_a_used_up_budget_asks_a_person_and_goes_on_with_more(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("write", path="a.py", content=""), tokens=(1_000_000, 100)).answers(DONE, after="a.py is new")
    ledger = replace(at.shift.ledger, limits=replace(AMPLE, usd=Decimal("0.5")))
    office = Office(replace(at, shift=replace(at.shift, ledger=ledger)))
    (question,) = office.open()
    assert question["kind"] == "budget"
    assert question["details"] == {"what": "usd", "agent": "python_pro", "files": ["a.py"]}
    assert question["question"].startswith("The budget of 0.5 US dollars is used up")
    assert [one["details"] for one in office.resume()] == [question["details"]]
    add_usd(at.shift.effects.database, REQUEST, Decimal(5))
    assert office.resume() == []
    assert office.endings[-1].form.summary == "Done."


@pytest.mark.parametrize("what", ["calls", "tokens", "seconds"])
def test_each_budget_is_named_where_it_ends_the_work(at: Desk, what: str) -> None:
    ledger = replace(at.shift.ledger, limits=replace(AMPLE, **{what: 0}))
    (question,) = Office(replace(at, shift=replace(at.shift, ledger=ledger))).open()
    assert question["details"]["what"] == what


def test_what_a_call_really_took_is_in_the_ledger(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("list"), tokens=(1000, 10)).answers(DONE, tokens=(2000, 20))
    at.work()
    spent = spent_by_agent(at.shift.effects.database, REQUEST)["python_pro"]
    assert (spent.calls, spent.input_tokens, spent.output_tokens) == (2, 3000, 30)
    assert Decimal(0) < spent.usd < Decimal("0.1")


def test_anthropic_is_told_what_to_keep_in_its_cache(at: Desk, api: MessagesApi, talk: Conversation) -> None:
    talk.answers(tool("list")).answers(DONE)
    at.work()
    for received in api.received:
        assert received.body["system"][-1]["cache_control"] == {"type": "ephemeral"}
        newest = received.body["messages"][-1]["content"][-1]
        assert received.body.get("cache_control") or newest["cache_control"] == {"type": "ephemeral"}
    first, second = (json.dumps(one.body["system"]) for one in api.received)
    assert first == second


def test_one_agent_asks_another_who_changes_nothing(at: Desk, api: MessagesApi, talk: Conversation) -> None:
    talk.answers(tool("ask_agent", agent="database-optimizer", question="Which index?"))
    talk.answers(DONE, after="Open: No schema.\nUnproven: All tests pass. (no test ran)")
    asked = api.conversation("python_pro asks you a question", "Which index?")
    asked.answers(tool("write", path="a.sql", content="")).answers(
        tool("hand_over", summary="None. All tests pass.", open_points=["No schema."]),
        after="write is not a valid tool",
    )
    assert at.work().ended == ""
    assert spent_by_agent(at.shift.effects.database, REQUEST)["database_optimizer"].calls == 2
    offered = {one["name"] for one in api.received[1].body["tools"]}
    assert offered <= {
        "list",
        "glob",
        "search",
        "read",
        "run",
        "run_tests",
        "git_diff",
        "git_log",
        "git_blame",
        "ask_agent",
        "hand_over",
    }


def test_who_waits_for_an_answer_cannot_be_asked_and_the_second_cannot_ask_a_third(
    at: Desk, api: MessagesApi, talk: Conversation
) -> None:
    talk.answers(tool("ask_agent", agent="architect", question="One?")).answers(DONE)
    second = api.conversation("python_pro asks you a question")
    second.answers(tool("ask_agent", agent="python_pro", question="You?"))
    second.answers(tool("ask_agent", agent="error_detective", question="Two?"), after="waits for an answer itself")
    second.answers(DONE)
    third = api.conversation("architect asks you a question")
    third.answers(tool("ask_agent", agent="code_reviewer", question="Three?"))
    third.answers(DONE, after="ask_agent is not a valid tool")
    assert at.work().ended == ""


def test_questions_are_limited_in_number(at: Desk, api: MessagesApi, talk: Conversation) -> None:
    talk.answers(*[tool("ask_agent", agent="nobody", question=str(number)) for number in range(5)])
    talk.answers(DONE)
    log = at.work().log
    assert len([entry for entry in log if entry["tool"] == "ask_agent"]) == 4


def test_a_question_counts_as_an_agent_of_the_request(at: Desk, talk: Conversation) -> None:
    talk.answers(tool("ask_agent", agent="architect", question="One?")).answers(DONE, after="Nobody can be asked")
    ledger = replace(at.shift.ledger, limits=replace(AMPLE, agents=0))
    assert replace(at, shift=replace(at.shift, ledger=ledger)).work().ended == ""


CANARY = "canary-7c1f" * 3


@needs_bubblewrap
def test_a_secret_of_the_environment_stays_out_of_all_that_is_sent_logged_and_kept(
    database: Database, checkout: Checkout, api: MessagesApi, talk: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    checkout.write("settings.py", f"KEY = '{CANARY}'\n")
    checkout.write(f"notes-{CANARY}.txt", CANARY)
    talk.answers(tool("read", path="settings.py"))
    talk.answers(tool("search", pattern="canary"), after=f"KEY = '{REMOVED}'")
    talk.answers(tool("run", command="cat settings.py; ls"), after=REMOVED)
    talk.answers(tool("git_diff"), after=REMOVED)
    talk.answers(DONE)
    with desk(database, checkout, environ={"BROKER_TOKEN": CANARY}) as at:
        ending = at.work()
        assert all(CANARY not in at.said(entry) for entry in ending.log)
    assert CANARY not in json.dumps([one.body for one in api.received] + [list(entry.values()) for entry in ending.log])
    assert CANARY not in caplog.text + "".join(str(vars(one)) for one in caplog.records)
    assert CANARY not in "".join(at.lines)
    assert everything_in(database).count(CANARY) == 0
    assert everything_in(database).count(REMOVED) >= 3
