"""Which requests are worked on in phases: those that say so, else as the settings say, else those that are large."""

from typing import Any

import pytest

from graph.settings import Settings
from tools.phases.beginning import is_phased

LARGE = {"task_type": "add_feature", "complexity": "complex"}
FOLDER = {"task": {"action": "add_feature", "target": "x", "context": {"command": "phases"}}}


@pytest.mark.parametrize(
    ("task", "route", "setting", "is_so"),
    [
        ({}, LARGE, "auto", True),
        ({}, LARGE | {"complexity": "simple"}, "auto", False),
        ({}, LARGE | {"task_type": "refactor"}, "auto", True),
        ({}, LARGE | {"task_type": "fix_bug"}, "auto", False),
        ({}, LARGE, "never", False),
        ({}, {"task_type": "fix_bug"}, "always", True),
        ({}, {"task_type": "review_code", "complexity": "complex"}, "always", False),
        ({"phased": False}, LARGE, "always", False),
        ({"phased": True}, {"task_type": "fix_bug"}, "never", True),
        (FOLDER, {"task_type": "fix_bug"}, "never", True),
        (
            {"task": {"action": "add_feature", "target": "x", "context": {}}},
            {"task_type": "add_feature"},
            "auto",
            False,
        ),
    ],
)
def test_who_decides_whether_there_are_phases(
    task: dict[str, Any], route: dict[str, Any], setting: str, is_so: bool
) -> None:
    assert is_phased(task, route, Settings.model_validate({"phased": setting})) is is_so
