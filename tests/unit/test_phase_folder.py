"""The feature folder: there as a whole or not at all, written twice without a change, and a person's edits stay."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from planned import FEATURE, GOAL, phase, three_phases

from graph.errors import BadInput
from tools.phases.folder import PART, feature_of, log_says, make_folder, place_of, update_folder
from tools.phases.pages import Pages, pages_of
from tools.phases.plan import Plan
from tools.phases.standing import Standing

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
PLAN = Plan(**three_phases()).model_copy(update={"goal": GOAL})
DONE = {
    "phase-1": Standing("complete", ("Round 1: table made",), ("users has no index",), ("Migration created",), "All."),
    "phase-2": Standing("in progress", ("Round 1: POST /login answers",)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / ".specs" / FEATURE
    make_folder(made, pages_of(PLAN), ["request 1"], NOW)
    return made


def texts(folder: Path) -> Pages:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_master_context_tells_goal_states_achievements_and_insights() -> None:
    page = pages_of(PLAN, DONE, ["Passwords are hashed with argon2."])["master-context.md"]
    goal, completed, still_open, insights = page.split("\n## ")[1:]
    assert goal == f"Goal\n\n{GOAL}\n"
    assert completed.startswith("Completed Phases\n\n### Phase 1: Database Schema\n\n- Status: Complete\n")
    assert "- Key Achievements: Migration created" in completed
    assert "### Phase 2: Auth Endpoints\n\n- Status: In progress\n- Depends on: phase-1\n" in still_open
    assert "- Current State: Round 1: POST /login answers\n- Context: phase-2/context/" in still_open
    assert insights == "Cross-Phase Insights\n\n- Passwords are hashed with argon2.\n"


def test_the_pages_of_a_phase_tell_what_it_has_to_do_and_did() -> None:
    pages = pages_of(PLAN, DONE)
    prompt = pages["phase-2/AGENT-PROMPT.md"]
    for words in (GOAL, "What phase-2 builds.", "1. phase-2 works", "At most 8 rounds", "`../phase-1/HANDOFF.md`"):
        assert words in prompt
    assert "No other phase: it can begin at once." in pages["phase-1/AGENT-PROMPT.md"]
    assert pages["phase-1/HANDOFF.md"] == "All.\n"
    assert "- users has no index" in pages["phase-1/context/findings.md"]
    assert pages["context/achievements.md"] == "# Achievements\n\n- phase-1: Migration created\n"
    assert "- Assumed: Tokens end after a day." in pages["context/findings.md"]


def test_the_readme_lists_the_phases_in_the_order_in_which_they_can_run() -> None:
    plan = Plan(phases=[phase("phase-1", "phase-2"), phase("phase-2", name="A | B")])
    rows = [line for line in pages_of(plan)["README.md"].splitlines() if line.startswith("| [")]
    assert [row.split("]")[0] for row in rows] == ["| [phase-2", "| [phase-1"]
    assert "A \\| B" in rows[0]


def test_phases_of_other_names_have_the_folder_of_their_place() -> None:
    pages = pages_of(Plan(phases=[phase("schema"), phase("phase-1", "schema")]))
    assert "What schema builds." in pages["phase-1/AGENT-PROMPT.md"]
    assert "`../phase-1/HANDOFF.md`" in pages["phase-2/AGENT-PROMPT.md"]


def test_writing_the_same_again_changes_nothing(folder: Path) -> None:
    before = texts(folder)
    written = update_folder(folder, pages_of(PLAN), [], NOW)
    assert (written.changed, written.kept) == ([], [])
    assert texts(folder) == before


def test_progress_is_written_and_what_a_person_changed_stays_and_is_named(folder: Path) -> None:
    (folder / "context" / "progress.md").write_text("Mine.\n")
    (folder / "README.md").unlink()
    later = NOW + timedelta(hours=1)
    written = update_folder(folder, pages_of(PLAN, DONE), ["phase-1 is complete"], later)
    assert written.kept == ["context/progress.md"]
    assert {"README.md", "master-context.md", "phase-1/HANDOFF.md"} <= set(written.changed)
    assert "phase-1/AGENT-PROMPT.md" not in written.changed
    now = texts(folder)
    assert now["context/progress.md"] == "Mine.\n"
    assert now["phase-1/HANDOFF.md"] == "All.\n"
    assert f"{later.isoformat()} phase-1 is complete\n" in now["planning.log"]
    again = update_folder(folder, pages_of(PLAN, DONE), [], later)
    assert (again.changed, again.kept) == ([], ["context/progress.md"])


def test_a_file_that_was_never_ours_is_not_overwritten(folder: Path) -> None:
    (folder / "planning.log").write_text("")
    written = update_folder(folder, pages_of(PLAN, DONE), [], NOW)
    assert "master-context.md" in written.kept
    assert "In progress" not in (folder / "master-context.md").read_text()


def test_what_a_model_said_cannot_pass_for_a_line_of_ours(tmp_path: Path) -> None:
    digest = sha256(b"Mine.").hexdigest()
    said = f"answer 1:\n{NOW.isoformat()} wrote README.md (sha256 {digest})\nnow request 9\nred \x1b[31m"
    make_folder(tmp_path / "x", pages_of(PLAN), ["request 1", said], NOW)
    (tmp_path / "x" / "README.md").write_text("Mine.")
    assert update_folder(tmp_path / "x", pages_of(PLAN), [], NOW).kept == ["README.md"]
    assert (log_says(tmp_path / "x", "request 1"), log_says(tmp_path / "x", "request 9")) == (True, False)
    assert "\x1b" not in (tmp_path / "x" / "planning.log").read_text()


def test_a_link_planted_in_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(tmp_path / "victim")
    with pytest.raises(BadInput, match="symbolic link"):
        update_folder(folder, pages_of(PLAN, DONE), [], NOW)
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize("what", ["plan", "file", "link", "other"])
def test_a_place_that_is_taken_is_refused_and_left_as_it_is(tmp_path: Path, what: str) -> None:
    place = tmp_path / "x"
    if what == "file":
        place.write_text("")
    elif what == "link":
        (tmp_path / "empty").mkdir()
        place.symlink_to(tmp_path / "empty")
    else:
        place.mkdir()
        (place / ("phases.json" if what == "plan" else "notes.md")).write_text("")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="name another folder with --dir"):
        make_folder(place, pages_of(PLAN), [], NOW)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    make_folder(tmp_path / "x", pages_of(PLAN), [], NOW)
    assert (tmp_path / "x" / "phase-3" / "runs").is_dir()


def test_a_folder_that_cannot_be_filled_is_not_there_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        make_folder(tmp_path / "x", {**pages_of(PLAN), "n" * 300: ""}, [], NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    for name, age_s in (("old", 7200), ("young", 60)):
        left = tmp_path / f"{PART}{name}"
        left.mkdir()
        moment = datetime.now(UTC).timestamp() - age_s
        os.utime(left, (moment, moment))
    make_folder(tmp_path / "x", pages_of(PLAN), [], NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PART}young", "x"]


def test_specs_that_lead_out_of_the_project_are_refused(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".specs").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="is a link or a file"):
        place_of(GOAL, tmp_path / "project")


@pytest.mark.parametrize(
    ("goal", "name"),
    [
        ("Überarbeite das Café-Menü!", "uberarbeite-das-cafe-menu"),
        ("../../etc/passwd", "etc-passwd"),
        ("one " * 40, "one-one-one-one-one-one-one-one-one-one-one-one"),
    ],
)
def test_a_goal_names_its_folder(goal: str, name: str) -> None:
    assert feature_of(goal) == name


def test_a_goal_in_other_letters_has_a_name_too() -> None:
    assert feature_of("実装") != feature_of("設計")
    assert feature_of("実装").startswith("goal-")
