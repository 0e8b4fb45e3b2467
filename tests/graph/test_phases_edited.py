"""A person changes the plan or the folder while a goal is carried out: the plan is read again between two phases."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import config_of
from messages_api import MessagesApi
from phased import Phased, desk, phased, script_iteration, two_phases
from planned import Json, phase

from graph.settings import Settings

pytestmark = needs_bubblewrap
THIRD = phase("phase-3", "phase-2", success_criteria=["part_3.md exists"])


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return desk(tmp_path / "desk")


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "magnus"})


def carried_out(goal: Phased, *meddling: Callable[[], Any]) -> list[str]:
    """The warnings of a goal in which somebody meddles while a phase is at work, the first, then the second."""
    left = list(meddling)
    for chunk in goal.graph.stream(goal.given, config_of(goal.given), stream_mode="updates"):
        if "check_phase" in chunk and left:
            left.pop(0)()
    warnings: list[str] = goal.state["outcome"]["warnings"]
    return warnings


def rewrite(goal: Phased, change: Callable[[list[Json]], Any]) -> None:
    """The phases of phases.json as a person changes them."""
    file = goal.folder / "phases.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    change(told["phases"])
    file.write_text(json.dumps(told), encoding="utf-8")


def script_both(api: MessagesApi) -> None:
    script_iteration(api, "phase-1", {"part_1.md": "x\n"})
    script_iteration(api, "phase-2", {"part_2.md": "x\n"})


def test_a_changed_criterion_holds_and_a_phase_that_was_taken_away_is_not_waited_for(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    """What the gates let through is delivered, although the phase before them was not the last when they looked."""
    script_both(api)
    script_iteration(api, "phase-2", {"more.md": "x\n"}, number=2)

    def change(phases: list[Json]) -> None:
        phases[1]["success_criteria"].append("more.md exists")

    def take_away(phases: list[Json]) -> None:
        phases.pop()

    with phased(own, checkout, [*two_phases(), THIRD]) as goal:
        carried_out(goal, lambda: rewrite(goal, change), lambda: rewrite(goal, take_away))
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 2)}
        assert len(goal.delivered) == 1


def test_a_phase_that_was_worked_on_cannot_be_taken_away(own: Settings, checkout: Checkout, api: MessagesApi) -> None:
    script_both(api)

    def take_away(phases: list[Json]) -> None:
        phases[:] = [phase("phase-7", success_criteria=["part_7.md exists"]), phases[1] | {"depends_on": []}]

    with phased(own, checkout, two_phases()) as goal:
        (warning,) = carried_out(goal, lambda: rewrite(goal, take_away))
        assert warning.startswith("The plan goes on as it was: phase-1 is gone from ")
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}


def test_a_plan_that_cannot_be_read_any_more_is_told_and_the_one_before_goes_on(
    own: Settings, checkout: Checkout, api: MessagesApi
) -> None:
    script_both(api)
    with phased(own, checkout, two_phases()) as goal:
        (warning,) = carried_out(goal, lambda: (goal.folder / "phases.json").write_text('{\n"phases": 3}'))
        assert warning.startswith("The plan goes on as it was: ")
        assert "phases.json, line 2, phases: This has to be a list" in warning
        assert len(goal.delivered) == 1
        assert (goal.folder / "phases.json").read_text() == '{\n"phases": 3}'


def test_a_folder_that_was_deleted_stops_nobody(own: Settings, checkout: Checkout, api: MessagesApi) -> None:
    script_both(api)
    with phased(own, checkout, two_phases()) as goal:
        warnings = carried_out(goal, lambda: shutil.rmtree(goal.folder))
        assert goal.standing == {"phase-1": ("complete", 1), "phase-2": ("complete", 1)}
        assert len(goal.delivered) == 1
        assert any(one.startswith("The plan goes on as it was: ") for one in warnings)


def test_a_page_that_somebody_changed_is_left_and_named(own: Settings, checkout: Checkout, api: MessagesApi) -> None:
    script_both(api)
    with phased(own, checkout, two_phases()) as goal:
        page = goal.folder / "phase-1" / "HANDOFF.md"
        warnings = carried_out(goal, lambda: page.write_text("Mine.\n"))
        assert page.read_text() == "Mine.\n"
        assert warnings == [f"{goal.folder}/phase-1/HANDOFF.md was changed by somebody and is left."]
        assert "part_2.md exists" in goal.page("phase-2/HANDOFF.md")
