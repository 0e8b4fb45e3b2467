"""Phases whose agents work side by side, a goal that is taken back to an earlier step, and what is asked after it."""

from dataclasses import replace
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import config_of
from messages_api import MessagesApi, tool
from phased import Phased, asked, desk, phased, script_iteration, talk_of, two_phases

from graph.history import history_of, roll_back
from graph.settings import Settings

pytestmark = needs_bubblewrap
BOTH = ("python_pro", "frontend_developer")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "magnus"})


def files_of(checkout: Checkout, branch: str) -> set[str]:
    return set(checkout.git("ls-tree", "--name-only", branch).splitlines())


def step_before(goal: Phased, *nodes: str, phase: str) -> int:
    """The step of a thread from which these nodes come next, with this phase at work."""
    for one in history_of(goal.graph, goal.run.thread_id):
        if one["next"] == list(nodes) and at_work(goal, one["step"]) == phase:
            return int(one["step"])
    raise AssertionError(f"{nodes} never came next in {phase}")


def at_work(goal: Phased, step: int) -> str:
    found = next(
        one for one in goal.graph.get_state_history(config_of(goal.given)) if (one.metadata or {})["step"] == step
    )
    return str((found.values.get("phases") or {}).get("at", ""))


@pytest.mark.parametrize("node", ["specialist", "check_phase"])
def test_after_a_rollback_a_phase_goes_on_without_what_a_failed_one_had_left(
    own: Settings, tmp_path: Path, api: MessagesApi, node: str
) -> None:
    checkout = desk(tmp_path / "desk")
    script_iteration(api, "phase-1", {"wrong.md": "x\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    with phased(own, checkout, two_phases(independent=True, max_iterations=1)) as goal:
        goal.begin()
        first = goal.response["result"]["branch"]
        roll_back(goal.graph, goal.run.thread_id, step_before(goal, node, phase="phase-2"))
        goal.go_on()
        assert goal.standing == {"phase-1": ("failed", 1), "phase-2": ("complete", 1)}
        second = goal.response["result"]["branch"]
        assert second != first
        assert {"part_2.md", "wrong.md"} & files_of(checkout, second) == {"part_2.md"}


def test_a_conflict_within_a_later_phase_ends_in_a_stage_of_its_own_and_loses_no_edit(
    own: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    checkout = desk(tmp_path / "desk", BOTH, ("qa_debugger",))
    script_iteration(api, "phase-1", {"part_1.md": "x\n"})
    talk_of(api, BOTH[1], "phase-1").answers(tool("hand_over", summary="Nothing to show."))
    script_iteration(api, "phase-2", {"part_2.md": "ours\n"})
    for stage, text in (("1 of 2", "theirs\n"), ("2 of 3", "ours\ntheirs\n")):
        talk = talk_of(api, BOTH[1], "phase-2")
        talk.opens_with = (*talk.opens_with, f"in stage {stage}")
        talk.answers(tool("write", path="part_2.md", content=text))
        talk.answers(tool("hand_over", summary=f"Both stand in part_2.md after stage {stage}."))
    with phased(own, checkout, two_phases()) as goal:
        goal.begin()
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}
        branch = goal.result["branch"]
        assert checkout.git("show", f"{branch}:part_2.md") == "ours\ntheirs"
        record = goal.page("phase-2/runs/iteration-1.md")
        assert record.count("frontend_developer: Both stand") == 2
        assert "phase-2 was looked at." in record
        assert "phase-1" not in record


def test_a_plain_request_after_a_goal_in_phases_knows_nothing_of_them(
    own: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    checkout = desk(tmp_path / "desk")
    script_iteration(api, "phase-1", {"part_1.md": "x\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})
    with phased(own, checkout, two_phases()) as goal:
        goal.begin()
        given, run = asked(goal.graph, checkout, goal.folder, goal.run.thread_id)
        given["task"] |= {"task": None, "phased": False, "prompt": "Fix the desk"}
        given["route"] = {"task_type": "fix_bug", "stages": [["python_pro"], ["qa_debugger"]]}
        for agent, stage in (("python_pro", "1 of 2"), ("qa_debugger", "2 of 2")):
            talk = api.conversation(f"you are {agent}, in stage {stage}", "Fix the desk")
            talk.answers(tool("write", path=f"{agent}.md", content="x\n"))
            talk.answers(tool("hand_over", summary="It is done."))
        goal.graph.invoke(given, config_of(given))
        later = replace(goal, given=given, run=run)
        assert (later.result["files"], later.result.get("phases")) == (["python_pro.md"], None)
        assert goal.delivered == [goal.run.request_id, run.request_id]
        assert "of a larger goal" not in str(api.received[-1].body)
