"""A team of agents killed at twenty moments of its work, chosen once and for all by a seed."""

from pathlib import Path
from random import Random

import pytest
from killed_teams import LINES, check_killed_team

from graph.settings import Settings

DICE = Random(20261121)
MOMENTS = [(DICE.randint(1, LINES), round(DICE.uniform(0, 0.8), 3)) for _ in range(20)]


@pytest.mark.chaos
@pytest.mark.parametrize(("lines", "later_s"), MOMENTS)
def test_a_team_killed_at_any_moment_leaves_the_same_work(
    lines: int, later_s: float, settings: Settings, tmp_path: Path
) -> None:
    check_killed_team(lines, later_s, settings, tmp_path)
