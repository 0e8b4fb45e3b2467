"""Logins for a web application, in three phases, killed fifty times at moments that a seed chooses."""

from pathlib import Path
from random import Random

import pytest
from auth_project import files_at_the_end, script_the_goal, shop
from boxes import needs_bubblewrap
from killed_phases import assert_booked_once, assert_done_once, killed_goal
from messages_api import MessagesApi
from planned import GOAL

from graph.protocol import Request
from graph.settings import Settings

pytestmark = needs_bubblewrap
RUNS, KILLS = 10, 5
LINES = 18
"""A goal of three phases says a good hundred, so that every kill comes before its end."""


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(RUNS))
def test_a_goal_that_is_killed_five_times_ends_as_one_that_is_not(
    seed: int, settings: Settings, tmp_path: Path, api: MessagesApi
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "magnus", "lease_s": 1})
    checkout = shop(tmp_path / "shop")
    files = files_at_the_end(checkout)
    request = Request(prompt=GOAL, project=str(checkout.folder), phased=True)
    script_the_goal(api)
    response = killed_goal(own, request, KILLS, Random(20261121 + seed), LINES)
    assert_done_once(own, checkout, response, files)
    assert_booked_once(own, request, api, KILLS)
