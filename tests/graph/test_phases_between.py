"""What a goal in phases does where all does not go well: iterations, phases that fail, and the way on from there."""

from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from langgraph.types import Command
from messages_api import MessagesApi, tool
from phased import desk, phased, script_iteration, talk_of, two_phases
from planned import phase

from graph.settings import Settings
from tools.agents.stuck import SAME_CALLS

pytestmark = needs_bubblewrap
RESUME = Command(resume=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return desk(tmp_path / "desk")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "magnus"})


def test_what_one_iteration_left_undone_is_told_to_the_next_and_met_there(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"other.md": "x\n"})
    script_iteration(api, "phase-1", {"part_1.md": "x\n"}, number=2)
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    with phased(own, checkout, two_phases()) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("complete", 2), "phase-2": ("complete", 1)}
        assert len(goal.delivered) == 1
        assert "NOT MET: part_1.md exists" in goal.page("phase-1/runs/iteration-1.md")
        assert "met: part_1.md exists (part_1.md is there.)" in goal.page("phase-1/runs/iteration-2.md")
    second = next(one for one in api.received if "It is number 2 of 2" in str(one.body))
    assert "The one before left this undone:\\n\\n- part_1.md exists: part_1.md is not there." in str(second.body)


def test_a_phase_that_fails_stops_those_that_need_it_and_is_tried_again_by_resume(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    """Its work goes, so that the independent phase does not build on it, and stays as a commit."""
    plan = [*two_phases(max_iterations=1), phase("phase-3", success_criteria=["part_3.md exists"])]
    script_iteration(api, "phase-1", {"wrong.md": "x\n"})
    script_iteration(api, "phase-3", {"part_3.md": "x\n"})
    with phased(own, checkout, plan) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("failed", 1), "phase-2": ("blocked", 0), "phase-3": ("complete", 1)}
        response = goal.response
        assert (response["status"], goal.delivered) == ("partial", [])
        assert response["errors"] == [
            "phase-1: Its one iteration is used up. Not met: part_1.md exists (part_1.md is not there.)"
        ]
        assert response["next_steps"] == [f"magnus resume {goal.run.thread_id}"]
        assert [one["status"] for one in response["result"]["phases"]] == ["failed", "blocked", "complete"]
        branch = response["result"]["branch"]
        assert "wrong.md" not in checkout.git("ls-tree", "--name-only", branch)
        (warning,) = [one for one in response["warnings"] if "taken back" in one]
        commit = warning.rpartition(" ")[2].rstrip(".")
        assert "wrong.md" in checkout.git("ls-tree", "--name-only", commit)


def test_resume_tries_the_failed_phase_again_and_those_that_waited_for_it(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"wrong.md": "x\n"})
    with phased(own, checkout, two_phases(max_iterations=1)) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("failed", 1), "phase-2": ("blocked", 0)}
        api.check()
        api._conversations.clear()
        script_iteration(api, "phase-1", {"part_1.md": "x\n"})
        script_iteration(api, "phase-2", {"part_2.md": "x\n"})
        goal.go_on(RESUME)
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}
        assert len(goal.delivered) == 1
        assert "- phase-1: part_1.md exists" in goal.page("context/achievements.md")
        assert "wrong.md" in goal.page("phase-1/runs/iteration-1.md")
        assert "part_1.md written" in goal.page("phase-1/runs/iteration-2.md")


def test_a_phase_the_gates_refuse_for_good_has_failed_over_that(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"part_1.md": "x\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    with phased(own, checkout, two_phases(independent=True)) as goal:
        goal.verdicts.append("failed")
        goal.begin()
        assert goal.standing == {"phase-1": ("failed", 1), "phase-2": ("complete", 1)}
        assert goal.response["errors"] == ["phase-1: The gates refused it 2 times: tests (T1 in tests/test_desk.py)."]
        assert goal.delivered == []
        assert "part_1.md" not in checkout.git("ls-tree", "--name-only", goal.response["result"]["branch"])


def test_the_bound_on_stages_is_named_by_the_phase_that_ran_into_it(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"other.md": "x\n"})
    with phased(own.model_copy(update={"max_stages": 3}), checkout, two_phases()) as goal:
        goal.begin()
        (error,) = goal.response["errors"]
        assert error.startswith("phase-1: The request has 2 stages, and MAGNUS_MAX_STAGES allows 3. Not met: part_1.md")


def test_agents_that_go_in_circles_or_ask_without_end_are_ended_and_so_is_their_phase(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    circling, asking = (talk_of(api, "python_pro", "phase-1", number) for number in (1, 2))
    for _ in range(SAME_CALLS):
        circling.answers(tool("read", path="README.md"))
        asking.answers(tool("ask_agent", agent="nobody", question="Who am I?"))
    with phased(own, checkout, two_phases()) as goal:
        goal.begin()
        (error,) = goal.response["errors"]
        circle = f"python_pro did not finish: It made the same call {SAME_CALLS} times with the same answer: "
        assert error.startswith(f"phase-1: All 2 iterations are used up. {circle}ask_agent")
        assert f"{circle}read README.md" in goal.page("phase-1/runs/iteration-1.md")
        assert goal.delivered == []


def test_a_tester_who_always_says_it_works_meets_no_criterion_without_evidence(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    said = {"statement": "Criterion 1: the desk is tidy.", "command": "true", "exit_code": 0}
    for number in (1, 2):
        ran = [tool("run", command="true")] if number == 2 else []
        script_iteration(api, "phase-1", {f"try_{number}.md": "x\n"}, number, tested=ran, claims=[said])
    with phased(own, checkout, two_phases(success_criteria=["The desk is tidy"])) as goal:
        goal.begin()
        (error,) = goal.response["errors"]
        assert error.endswith("the desk is tidy. Unproven: this command shows nothing.)")
        assert "Unproven: no such command ran." in goal.page("phase-1/runs/iteration-1.md")
        assert goal.delivered == []
