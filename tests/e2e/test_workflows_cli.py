"""`magnus workflows` as a person types it."""

import json
from pathlib import Path

import pytest
from command import Magnus

SOUND = """task_type: fix_bug
more_stages:
  - name: watch
    agents: [monitor]
    delivers: What to watch.
"""


@pytest.fixture
def folder(magnus: Magnus, tmp_path: Path) -> Path:
    """The workflow folder of a project in which the command is started."""
    folder = tmp_path / "wheel" / ".magnus" / "workflows"
    folder.mkdir(parents=True)
    magnus.folder = tmp_path / "wheel"
    return folder


def test_the_list_shows_whose_each_workflow_is(magnus: Magnus, folder: Path) -> None:
    (folder / "fix.yaml").write_text(SOUND)
    shown = magnus("workflows", "list")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())
    level = {one["task_type"]: one["level"] for one in json.loads(magnus("workflows", "list", "--json").stdout)}
    assert [name for name in level if level[name] == "project"] == ["fix_bug"]
    assert len(level) == 17


def test_a_workflow_is_shown_with_who_works_when_and_what_it_has_to_pass(magnus: Magnus, folder: Path) -> None:
    shown = magnus("workflows", "show", "add-feature").stdout
    assert "   database_optimizer (by database), when the request mentions database\n" in shown
    assert "gates before delivery: syntax, tests, integration, review, performance" in shown
    told = json.loads(magnus("workflows", "show", "add_feature", "--json").stdout)
    assert [stage["name"] for stage in told["stages"]][2:4] == ["build", "test"]
    assert all(stage["delivers"] for stage in told["stages"])


def test_a_workflow_that_is_not_there_is_named(magnus: Magnus, folder: Path) -> None:
    refused = magnus("workflows", "show", "dance")
    assert refused.returncode == 2
    assert refused.stderr == "There is no workflow dance: `magnus workflows list` shows which there are.\n"


def test_check_passes_what_is_sound_and_refuses_what_drops_a_gate(magnus: Magnus, folder: Path) -> None:
    (folder / "fix.yaml").write_text(SOUND)
    sound = magnus("workflows", "check", ".magnus/workflows")
    assert (sound.returncode, sound.stdout) == (0, "1 workflows, 0 errors.\n")
    (folder / "fix.yaml").write_text(f"{SOUND}gates: [syntax]\n")
    broken = magnus("workflows", "check", ".magnus/workflows")
    assert broken.returncode == 1
    assert "fix.yaml drops the mandatory gates tests, integration, review, performance.\n" in broken.stdout


def test_check_without_a_folder_looks_at_all_that_count_here(magnus: Magnus, folder: Path) -> None:
    (folder / "fix.yaml").write_text("nothing")
    checked = magnus("workflows", "check", "--json")
    report = json.loads(checked.stdout)
    assert checked.returncode == 1
    assert len(report["workflows"]) == 17
    assert [error["file"] for error in report["errors"]] == [".magnus/workflows/fix.yaml"]


def test_a_workflow_that_cannot_be_used_is_named_and_the_one_of_magnus_is_shown(magnus: Magnus, folder: Path) -> None:
    (folder / "fix.yaml").write_text("nothing")
    shown = magnus("workflows", "show", "fix_bug")
    assert shown.returncode == 0
    assert "error_detective" in shown.stdout
    assert "fix.yaml has a workflow that is no list of `key: value` lines." in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_a_folder_that_is_not_there_is_bad_input(magnus: Magnus, folder: Path) -> None:
    refused = magnus("workflows", "check", "nowhere")
    assert refused.returncode == 2
    assert refused.stderr.startswith("nowhere is no folder")
