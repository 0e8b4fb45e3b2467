"""The gates on some changes of the open set; `python -m benchmarks.gate_changes` judges all of them."""

import random
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from changes_runner import judged
from changes_set import Sample, changed, projects, samples

from checkpoints.database import Database
from tools.checks.verdict import GATES, GateName
from tools.code.self_test import open_sandbox

SEED = 25
BY_GATE: dict[GateName, int] = {"syntax": 1, "tests": 1, "integration": 1, "review": 1}
"""How many bad changes of each gate are judged here, by that gate alone; benchmarks are left to the long form."""

EVERYTHING = samples()


def some_bad() -> list[Sample]:
    """A seeded choice of changes that one gate alone has to reject."""
    dice = random.Random(SEED)
    return [
        sample
        for gate, number in BY_GATE.items()
        for sample in dice.sample([one for one in EVERYTHING if one.expected == (gate,)], number)
    ]


def some_good() -> list[Sample]:
    """A seeded choice of changes that nobody is asked about."""
    return random.Random(SEED).sample([one for one in EVERYTHING if one.is_good and not one.person], 2)


def named(sample: Sample) -> str:
    return sample.name


def test_there_are_enough_changes_and_each_has_a_name_of_its_own() -> None:
    assert len({sample.name for sample in EVERYTHING}) == len(EVERYTHING)
    assert sum(not sample.is_good for sample in EVERYTHING) >= 66
    assert sum(sample.is_good and not sample.person for sample in EVERYTHING) >= 34
    assert {gate for sample in EVERYTHING for gate in sample.expected} == set(GATES)


@pytest.mark.parametrize("project", projects())
def test_every_change_fits_its_project_and_does_something(project: str) -> None:
    base = projects()[project]
    idle = [sample.name for sample in EVERYTHING if sample.project == project and changed(base, sample) == base]
    assert idle == []


def test_lines_that_are_not_there_once_are_no_change() -> None:
    sample = Sample("two", "wheel", (), "", "", "", (("in", "a.py", "x\n"), ("becomes", "", "y\n")))
    assert changed({"a.py": "x\n"}, sample) == {"a.py": "y\n"}
    with pytest.raises(ValueError, match=r"two: a\.py: the lines to be changed occur 2 times"):
        changed({"a.py": "x\nx\n"}, sample)


@needs_bubblewrap
@pytest.mark.parametrize("sample", some_bad(), ids=named)
def test_a_bad_change_is_rejected_by_its_gate(sample: Sample, database: Database, tmp_path: Path) -> None:
    (gate,) = sample.expected
    (outcome,) = judged([sample], database, open_sandbox(), tmp_path, [gate])
    assert outcome.blamed == (gate,), outcome.told


@needs_bubblewrap
@pytest.mark.parametrize("sample", some_good(), ids=named)
def test_a_good_change_passes_all_gates(sample: Sample, database: Database, tmp_path: Path) -> None:
    (outcome,) = judged([sample], database, open_sandbox(), tmp_path)
    assert outcome.is_right, outcome.told
