"""A plan that is cut off anywhere goes on: one folder, one answer, and every call is paid once."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from messages_api import MessagesApi
from planned import FEATURE, GOAL, OPENING, api_project, phase, three_phases

from checkpoints.budget import spent_of
from checkpoints.database import Database
from checkpoints.leases import leased
from checkpoints.runs import Run, accept, executions_of, find_run
from graph.errors import BadInput, Busy
from graph.settings import Settings
from tools.phases.folder import place_of
from tools.phases.planning import carry_out, request_for


class CutOff(BaseException):
    """The end of the process, as far as one process can play it."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return api_project(tmp_path / "shop")


def now() -> datetime:
    return datetime.now(UTC)


def ends_at(look: int) -> Callable[[], datetime]:
    """A clock that is looked at so often and no more."""
    looks = count(1)

    def clock() -> datetime:
        if next(looks) == look:
            raise CutOff
        return now()

    return clock


def accepted(database: Database, project: Path, **more: Any) -> Run:
    request = request_for(GOAL, place_of(GOAL, project), project, 10, no_model=False, budget_usd=more.get("usd"))
    return accept(database, request.model_dump(mode="json"), str(uuid4()), "sample", now())


def test_a_plan_that_is_cut_off_at_any_look_at_the_clock_ends_like_any_other(
    database: Database, settings: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    talk = api.conversation(OPENING)
    talk.fills_in(tokens=(900, 90), phases=[phase("phase-1")]).fills_in(tokens=(1000, 100), **three_phases())
    for look in count(1):
        project = api_project(tmp_path / f"shop-{look}")
        run = accepted(database, project)
        was_cut_off = ends_early(lambda run=run, look=look: carry_out(database, settings, run, ends_at(look)))
        response = carry_out(database, settings, run, now)
        usage = response["usage"]
        assert response["status"] == "success"
        assert (usage["model_calls"], usage["input_tokens"], usage["output_tokens"]) == (2, 1900, 190)
        assert usage["usd"] < 0.05
        folder = project / ".specs" / FEATURE
        assert [path.name for path in folder.parent.iterdir()] == [FEATURE]
        assert len(list(folder.rglob("AGENT-PROMPT.md"))) == 3
        assert carry_out(database, settings, run, now) == response
        assert len(executions_of(database, run.thread_id)) == 1
        if not was_cut_off:
            break
    assert look > 12


def ends_early(work: Callable[[], object]) -> bool:
    """Whether the clock ended it."""
    try:
        work()
    except CutOff:
        return True
    return False


def test_a_second_process_is_told_that_the_first_is_at_work(
    database: Database, settings: Settings, project: Path
) -> None:
    run = accepted(database, project)
    with leased(database, run.thread_id, 10, lambda: None), pytest.raises(Busy):
        carry_out(database, settings, run, now)


def test_a_folder_that_is_taken_meanwhile_is_left_alone_and_the_call_is_paid(
    database: Database, settings: Settings, project: Path, api: MessagesApi
) -> None:
    api.conversation(OPENING).fills_in(tokens=(1000, 100), **three_phases())
    run = accepted(database, project)
    theirs = project / ".specs" / FEATURE / "phases.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    response = carry_out(database, settings, run, now)
    assert (response["status"], response["bad_input"], theirs.read_text()) == ("failure", True, "theirs")
    assert spent_of(database, run.request_id).input_tokens == 1000


def test_what_the_first_call_left_over_pays_for_the_repair(
    database: Database, settings: Settings, project: Path, api: MessagesApi
) -> None:
    talk = api.conversation(OPENING)
    talk.fills_in(tokens=(900, 90), phases=[phase("phase-1")]).fills_in(tokens=(1000, 100), **three_phases())
    run = accepted(database, project, usd=0.25)
    assert carry_out(database, settings, run, now)["status"] == "success"
    assert spent_of(database, run.request_id).usd < Decimal("0.05")


def test_a_planner_of_the_project_speaks_with_its_own_words(
    database: Database, settings: Settings, project: Path, api: MessagesApi
) -> None:
    own = project / ".claude" / "agents" / "planner.md"
    own.parent.mkdir(parents=True)
    own.write_text("---\nname: planner\ndescription: Plans.\n---\nYou plan for the shop.\n")
    api.conversation("You plan for the shop.", GOAL).fills_in(**three_phases())
    assert carry_out(database, settings, accepted(database, project), now)["status"] == "success"


def test_a_model_that_refuses_is_not_asked_again(
    database: Database, settings: Settings, project: Path, api: MessagesApi
) -> None:
    api.conversation(OPENING).refuses()
    response = carry_out(database, settings, accepted(database, project), now)
    assert (response["status"], response["errors"]) == (
        "failure",
        ["The model will not make a plan for this goal: say it in other words."],
    )
    run = find_run(database, response["request_id"])
    assert run
    assert run.status == "failed"
    assert carry_out(database, settings, run, now) == response
    assert api.repeats.total() == 0


@pytest.mark.parametrize(("goal", "why"), [("", "Say what is to be reached"), ("x" * 20_001, "20001 characters")])
def test_a_goal_that_cannot_be_one_is_refused(project: Path, goal: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        request_for(goal, project / "x", project, 10, no_model=False, budget_usd=None)
