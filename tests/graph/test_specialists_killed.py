"""A kill in the middle of an agent's work: the same tree in the end, no commit twice, at most one call again each."""

from pathlib import Path

import pytest
from killed_teams import check_killed_team

from graph.settings import Settings

EARLY, LATE = pytest.param(1, 0.0, marks=pytest.mark.chaos), pytest.param(7, 0.1, marks=pytest.mark.chaos)
MOMENTS = [EARLY, (4, 0.02), LATE]


@pytest.mark.parametrize(("lines", "later_s"), MOMENTS)
def test_a_killed_team_goes_on_where_it_was(lines: int, later_s: float, settings: Settings, tmp_path: Path) -> None:
    check_killed_team(lines, later_s, settings, tmp_path)
