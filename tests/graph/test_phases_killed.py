"""A goal in phases that is killed while it is carried out: the same tree, one delivery, each call booked once."""

from pathlib import Path
from random import Random

from boxes import needs_bubblewrap
from killed_phases import assert_booked_once, assert_done_once, killed_goal
from messages_api import MessagesApi
from phased import desk, folder_with, script_iteration, two_phases

from graph.protocol import Request, Task
from graph.settings import Settings

pytestmark = needs_bubblewrap
KILLS = 3
LINES = 18
"""A goal of two phases says 45."""
PARTS = {f"part_{number}.md": f"# Part {number}\n" for number in (1, 2)}


def test_a_goal_that_is_killed_three_times_ends_as_one_that_is_not(
    settings: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "magnus", "lease_s": 0.6})
    checkout = desk(tmp_path / "desk")
    before = {name: checkout.git("show", f"HEAD:{name}") for name in checkout.git("ls-files").splitlines()}
    task = Task(action="add_feature", target=str(folder_with(checkout, two_phases())), context={"command": "phases"})
    request = Request(task=task, prompt="A desk in parts", project=str(checkout.folder))
    for name, file in zip(("phase-1", "phase-2"), PARTS, strict=True):
        script_iteration(api, name, {file: PARTS[file]})
    response = killed_goal(own, request, KILLS, Random(8), LINES)
    assert_done_once(own, checkout, response, before | PARTS)
    assert_booked_once(own, request, api, KILLS)
