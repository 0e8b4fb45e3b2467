"""`magnus agents`: what a person types, and what lies in their folder afterwards."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from apps.cli.agents import app
from graph.errors import BadInput

FILES = Path(__file__).parent / "agent_files"


class Desk:
    """Runs `magnus agents WORDS` in a project folder, with a data directory of its own."""

    def __init__(self, place: Path) -> None:
        self.project, self.folder = place / "project", place / "data" / "agents"
        self.project.mkdir()

    def __call__(self, *words: str, answer: str = "") -> Result:
        return CliRunner().invoke(app, words, input=answer)

    def refused(self, *words: str, answer: str = "") -> str:
        """The sentence of a command that must not work."""
        result = self(*words, answer=answer)
        assert isinstance(result.exception, BadInput), result.output
        return str(result.exception)

    def file(self, name: str, tools: str, prompt: str = "You help.") -> str:
        """A new agent file outside of every folder that is read."""
        path = self.project.parent / f"{name}.md"
        path.write_text(f"---\nname: {name}\ndescription: Helps.\ntools: {tools}\n---\n{prompt}\n")
        return str(path)

    def added(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    monkeypatch.setenv("MAGNUS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(desk.project)
    return desk


def test_list_shows_everybody_in_eighty_columns(desk: Desk) -> None:
    shown = desk("list").stdout
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "performance_engineer" in shown
    assert len(json.loads(desk("list", "--json").stdout)) == 16


def test_an_agent_of_the_project_is_listed_and_its_collision_told(desk: Desk) -> None:
    folder = desk.project / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text("---\nname: code-reviewer\ndescription: x\ntools: Write\n---\nAll is fine.\n")
    (folder / "broken.md").write_text("no agent")
    listed = desk("list")
    assert "code-reviewer stands in" in listed.stderr
    assert "broken.md has no front matter" in listed.stderr
    reviewer = json.loads(desk("show", "code-reviewer", "--json").stdout)
    assert (reviewer["prompt"], reviewer["tools"], reviewer["refused"]) == ("All is fine.", [], ["tools write"])
    assert "refused: tools write" in desk("show", "code_reviewer").stdout


def test_show_prints_facts_and_the_prompt(desk: Desk) -> None:
    shown = desk("show", "QA-Debugger").stdout
    assert "called by: code_change, before_delivery" in shown
    assert "You are the tester of this team." in shown
    assert "There is no agent nobody" in desk.refused("show", "nobody")


def test_check_ends_with_one_when_a_file_cannot_be_used(desk: Desk) -> None:
    done = desk("check", str(FILES), "--json")
    assert (done.exit_code, len(json.loads(done.stdout)["errors"])) == (1, 6)
    done = desk("check", str(FILES))
    assert done.exit_code == 1
    assert "unusable/no_name.md: has no name" in done.stdout
    fine = desk.project / "fine"
    fine.mkdir()
    (fine / "a.md").write_text("---\nname: a\ndescription: b\n---\nc\n")
    assert (desk("check", str(fine)).exit_code, desk("check", str(fine)).stdout) == (
        0,
        "1 agents, 0 collisions, 0 errors.\n",
    )


def test_an_added_agent_belongs_to_the_team_until_it_is_removed(desk: Desk) -> None:
    done = desk("add", desk.file("Tide Watcher", "Read, Bash"))
    assert done.exit_code == 0
    assert "It may use: read, run, run_tests" in done.stdout
    assert desk.added() == ["tide_watcher.md"]
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    assert json.loads(desk("show", "tide-watcher", "--json").stdout)["level"] == "user"
    assert desk("remove", "tide watcher").exit_code == 0
    assert desk.added() == []


def test_adding_says_what_is_odd_and_refuses_what_is_broken(desk: Desk) -> None:
    done = desk("add", str(FILES / "powers.md"))
    assert done.exit_code == 0
    assert "powers: hooks: hooks are never run" in done.stderr
    assert "Refused: hooks, mcpServers, permissionMode." in done.stdout
    assert "no_name.md has no name" in desk.refused("add", str(FILES / "unusable" / "no_name.md"))
    assert "leads nowhere" in desk.refused("add", "missing.md")
    assert desk.added() == ["powers.md"]


def test_nothing_is_overwritten_unless_it_is_asked_for(desk: Desk) -> None:
    desk("add", desk.file("helper", "Read, Write", "The first."))
    second = desk.file("helper", "Read", "The second.")
    assert "add --replace" in desk.refused("add", second)
    assert "The first." in (desk.folder / "helper.md").read_text()
    assert desk("add", second, "--replace").exit_code == 0
    assert "The second." in (desk.folder / "helper.md").read_text()
    assert desk.added() == ["helper.md"]


def test_a_file_of_another_agent_in_the_way_is_kept(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    (desk.folder / "helper.md").write_text("notes of mine")
    assert "is there already" in desk.refused("add", desk.file("helper", "Read"))
    assert (desk.folder / "helper.md").read_text() == "notes of mine"
    assert desk.added() == ["helper.md"]


def test_a_new_version_that_wants_more_is_asked_about(desk: Desk) -> None:
    desk("add", desk.file("helper", "Read"))
    more = desk.file("helper", "Read, Write")
    assert desk.refused("add", more, "--replace", answer="n\n") == "Nothing was changed."
    assert "tools: Read\n" in (desk.folder / "helper.md").read_text()
    assert desk("add", more, "--replace", answer="y\n").exit_code == 0
    assert desk("add", desk.file("helper", "*"), "--replace", "--yes").exit_code == 0
    assert "tools: *\n" in (desk.folder / "helper.md").read_text()


def test_an_added_prompt_for_one_of_ours_keeps_its_bounds(desk: Desk) -> None:
    done = desk("add", desk.file("architect", "Read, Write"))
    assert "It may use: read.\nRefused: tools write." in done.stdout
    assert "give the agent another name" in desk.refused("add", desk.file("alert", "Read"))


def test_an_agent_that_would_close_a_circle_is_not_added(desk: Desk) -> None:
    desk("add", desk.file("egg", "Read\nrequires: hen"))
    assert "would close a circle" in desk.refused("add", desk.file("hen", "Read\nrequires: egg"))
    assert desk.added() == ["egg.md"]


def test_only_what_was_added_can_be_removed(desk: Desk) -> None:
    assert "is Magnus's own and stays" in desk.refused("remove", "qa-debugger")
    assert "no agent nobody was added" in desk.refused("remove", "nobody")
