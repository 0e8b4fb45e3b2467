"""Phases side by side: each in a worktree of its own, brought in one after the other, and one delivery at the end."""

from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from langgraph.types import Command
from messages_api import MessagesApi, tool
from phased import desk, phased, script_iteration, two_phases
from planned import Json, phase

from graph.history import history_of, roll_back
from graph.settings import Settings

pytestmark = needs_bubblewrap


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return desk(tmp_path / "desk")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "magnus", "parallel_phases": 2})


def beside() -> list[Json]:
    """Two phases that need nothing, and one that needs both."""
    last = phase("phase-3", "phase-1", "phase-2", success_criteria=["part_3.md exists"], max_iterations=2)
    return [*two_phases(independent=True), last]


def test_two_phases_work_at_the_same_time_and_the_third_builds_on_both(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    for number in (1, 2, 3):
        script_iteration(api, f"phase-{number}", {f"part_{number}.md": "x\n"})
    with phased(own, checkout, beside()) as goal:
        goal.begin()
        assert goal.standing == {f"phase-{number}": ("complete", 1) for number in (1, 2, 3)}
        assert len(goal.delivered) == 1
        assert goal.result["files"] == ["part_1.md", "part_2.md", "part_3.md"]
        steps = [step["next"] for step in history_of(goal.graph, goal.run.thread_id)]
        assert steps.count(["specialist", "specialist"]) == 2
        assert "phase-2" not in goal.page("phase-1/HANDOFF.md")
        assert checkout.worktrees() == []
        assert checkout.branches() == [goal.result["branch"]]


def test_one_alone_at_a_time_is_what_happens_without_the_setting(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    for number in (1, 2):
        script_iteration(api, f"phase-{number}", {f"part_{number}.md": "x\n"})
    with phased(own.model_copy(update={"parallel_phases": 1}), checkout, two_phases(independent=True)) as goal:
        goal.begin()
        steps = [step["next"] for step in history_of(goal.graph, goal.run.thread_id)]
        assert ["specialist", "specialist"] not in steps
        assert "check_lanes" not in str(steps)


def test_one_that_fails_leaves_its_branch_and_the_other_is_brought_in(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"wrong.md": "x\n"})
    script_iteration(api, "phase-1", {"wrong.md": "y\n"}, number=2)
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    with phased(own, checkout, beside()) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("failed", 2), "phase-2": ("complete", 1), "phase-3": ("blocked", 0)}
        assert goal.delivered == []
        (warning,) = [one for one in goal.response["warnings"] if "phase-1" in one]
        branch = warning.rpartition(" ")[2].rstrip(".")
        assert "wrong.md" in checkout.git("ls-tree", "--name-only", branch)
        assert "wrong.md" not in checkout.git("ls-tree", "--name-only", goal.response["result"]["branch"])
        api.check()
        api._conversations.clear()
        script_iteration(api, "phase-1", {"part_1.md": "x\n"})
        script_iteration(api, "phase-3", {"part_3.md": "x\n"})
        goal.go_on(Command(resume=True))
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1), "phase-3": ("complete", 1)}
        assert len(goal.delivered) == 1
        assert goal.result["files"] == ["part_1.md", "part_2.md", "part_3.md"]


def test_work_that_does_not_go_together_begins_again_alone_and_is_not_lost(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_iteration(api, "phase-1", {"part_1.md": "x\n", "both.md": "first\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n", "both.md": "second\n"})
    again = api._conversations[2]
    again.answers(tool("write", path="part_2.md", content="x\n"))
    again.answers(tool("hand_over", summary="phase-2: part_2.md written."))
    api._conversations[3].answers(tool("hand_over", summary="phase-2 was looked at."))
    with phased(own, checkout, two_phases(independent=True)) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}
        assert checkout.git("show", f"{goal.result['branch']}:both.md") == "first"
        (warning,) = [one for one in goal.state["outcome"]["warnings"] if "conflicts" in one]
        branch = warning.rpartition(" ")[2].rstrip(".")
        assert checkout.git("show", f"{branch}:both.md") == "second"


@pytest.mark.parametrize("node", ["check_lanes", "close_phase"])
def test_after_a_rollback_each_has_a_worktree_again_with_what_is_still_part_of_it(
    own: Settings, checkout: Checkout, api: MessagesApi, node: str
) -> None:
    """At the first of these nothing is brought in yet, at the second one phase still waits for it."""
    for number in (1, 2):
        script_iteration(api, f"phase-{number}", {f"part_{number}.md": "x\n"})
    with phased(own, checkout, two_phases(independent=True)) as goal:
        goal.begin()
        thread = goal.run.thread_id
        roll_back(
            goal.graph, thread, next(one["step"] for one in history_of(goal.graph, thread) if one["next"] == [node])
        )
        goal.go_on()
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}
        assert goal.result["files"] == ["part_1.md", "part_2.md"]
