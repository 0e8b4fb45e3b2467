"""`magnus plan` as a person types it: a real process, database and folder; only the model's words are told."""

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command import Magnus
from messages_api import MessagesApi
from planned import FEATURE, GOAL, OPENING, api_project, phase, three_phases
from whole_team import magnus_with

from checkpoints.database import open_database
from checkpoints.runs import find_run, latest_runs
from graph.settings import Settings
from tools.phases.planning import carry_out, is_plan
from tools.phases.reading import read_plan

PER_PHASE = {"AGENT-PROMPT.md", "HANDOFF.md", "runs"} | {
    f"context/{name}.md" for name in ("instructions", "progress", "findings", "achievements")
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return api_project(tmp_path / "shop")


@pytest.fixture
def planner(settings: Settings, tmp_path: Path, project: Path, api: MessagesApi) -> Magnus:
    return magnus_with(settings, tmp_path / "magnus", project, api)


def answer_of(done: Any) -> dict[str, Any]:
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.name == "runs"}


def test_a_goal_becomes_the_folder_of_the_plan_document(planner: Magnus, api: MessagesApi, project: Path) -> None:
    api.conversation(OPENING, GOAL).fills_in(tokens=(2000, 500), **three_phases())
    done = planner("plan", GOAL)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("thread ")
    assert "phase-2  Auth Endpoints, after phase-1; at most 8 iterations" in done.stdout
    assert "    - Migration created" in done.stdout
    assert "1 model call, 2,000 tokens in and 500 out" in done.stdout
    folder = project / ".specs" / FEATURE
    context = {f"context/{name}.md" for name in ("instructions", "progress", "findings", "achievements")}
    top = {"phases.json", "planning.log", "master-context.md", "README.md"} | context
    assert files_in(folder) == top | {f"phase-{n}/{name}" for n in (1, 2, 3) for name in PER_PHASE}
    plan = read_plan(folder / "phases.json")
    assert (plan.goal, [one.depends_on for one in plan.phases]) == (GOAL, [[], ["phase-1"], ["phase-2"]])
    assert list(project.joinpath(".specs").iterdir()) == [folder]


def test_the_planner_is_told_the_project_and_none_of_its_secrets(planner: Magnus, api: MessagesApi) -> None:
    api.conversation("You turn a goal into work").fills_in(**three_phases())
    assert planner("plan", GOAL).returncode == 0
    asked = api.received[0].newest
    assert "app/: main.py" in asked
    assert "needs fastapi >=0.110 (pyproject.toml)" in asked
    assert "imports fastapi (1 Python file)" in asked
    assert "very-secret" not in asked


def test_json_is_the_response_and_it_is_kept(planner: Magnus, api: MessagesApi, settings: Settings) -> None:
    told = three_phases()
    told["phases"].reverse()
    api.conversation(OPENING).fills_in(tokens=(1000, 100), **told)
    response = answer_of(planner("plan", GOAL, "--json", "--dir", "elsewhere/auth"))
    assert (response["status"], response["agent"], response["usage"]["model_calls"]) == ("success", "planner", 1)
    result = response["result"]
    assert [one["id"] for one in result["phases"]] == ["phase-1", "phase-2", "phase-3"]
    assert result["folder"] == str(planner.folder / "elsewhere" / "auth")
    assert result["assumptions"] == ["Tokens end after a day."]
    with closing(open_database(settings)) as database:
        run = find_run(database, response["request_id"])
        assert run
        assert (run.status, run.response, is_plan(run.request)) == ("done", response, True)


def test_without_a_model_one_sentence_says_so_and_nothing_is_written(
    settings: Settings, tmp_path: Path, project: Path
) -> None:
    magnus = magnus_with(settings, tmp_path / "magnus", project)
    before = files_in(project)
    for words, missing in (((), "set ANTHROPIC_API_KEY"), (("--no-model",), "No model is used, as you asked")):
        done = magnus("plan", GOAL, *words)
        assert done.returncode == 4
        assert missing in done.stderr
        assert done.stdout == ""
    assert files_in(project) == before


def test_a_malformed_plan_is_repaired_once_with_every_flaw_named(planner: Magnus, api: MessagesApi) -> None:
    wrong = [phase("phase-1", "phase-1", success_criteria=[]), phase("phase-2", "phase-9", max_iterations=21)]
    talk = api.conversation(OPENING).fills_in(tokens=(1000, 100), phases=wrong)
    talk.fills_in(after="phase-1 depends on itself.", tokens=(1500, 200), **three_phases())
    response = answer_of(planner("plan", GOAL, "--json"))
    assert (response["status"], response["usage"]["model_calls"]) == ("success", 2)
    assert (response["usage"]["input_tokens"], response["usage"]["output_tokens"]) == (2500, 300)
    told = api.received[1].newest
    assert "phase-1 has no success criteria" in told
    assert "phase-2 depends on 'phase-9', and there is no such phase." in told
    assert "phase-2 has max_iterations 21, and 1 to 20 are possible." in told
    log = Path(response["result"]["folder"], "planning.log").read_text()
    assert "refused: phase-1 depends on itself." in log


def test_a_plan_that_is_wrong_twice_fails_clearly_and_leaves_nothing(
    planner: Magnus, api: MessagesApi, project: Path
) -> None:
    circle = [phase("phase-1", "phase-2"), phase("phase-2", "phase-1")]
    api.conversation(OPENING).fills_in(phases=circle).fills_in(phases=circle)
    done = planner("plan", GOAL)
    assert done.returncode == 1
    assert "No phase of a circle can begin: phase-1 needs phase-2 needs phase-1." in done.stderr
    assert not (project / ".specs").exists()


def test_a_bound_the_person_gives_lowers_what_the_model_asks_for(planner: Magnus, api: MessagesApi) -> None:
    api.conversation(OPENING, "from 1 to 6;").fills_in(**three_phases())
    response = answer_of(planner("plan", GOAL, "--max-iterations", "6", "--json"))
    assert [one["max_iterations"] for one in response["result"]["phases"]] == [5, 6, 5]
    assert response["warnings"] == ["phase-2 was given 8 iterations and gets 6, as you asked."]


def test_a_folder_with_a_plan_is_refused_before_a_model_is_asked(planner: Magnus, project: Path) -> None:
    folder = project / ".specs" / FEATURE
    folder.mkdir(parents=True)
    (folder / "phases.json").write_text("{}")
    done = planner("plan", GOAL)
    assert done.returncode == 2
    assert "has a plan already: `magnus phases " in done.stderr
    assert (folder / "phases.json").read_text() == "{}"


@pytest.mark.parametrize(
    "words", [("plan", "  "), ("plan", GOAL, "--max-iterations", "21"), ("plan", GOAL, "--project", "x")]
)
def test_bad_input_is_one_sentence_and_no_request(magnus: Magnus, settings: Settings, words: tuple[str, ...]) -> None:
    done = magnus(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    with closing(open_database(settings)) as database:
        assert latest_runs(database, 5) == []


def test_a_model_that_is_away_leaves_a_request_that_goes_on(
    planner: Magnus, api: MessagesApi, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = api.conversation(OPENING).fails(529, times=1)
    planner.environment["MAGNUS_MODEL_RETRIES"] = "0"
    response = answer_of(done := planner("plan", GOAL, "--json"))
    assert (done.returncode, response["status"]) == (4, "partial")
    assert response["next_steps"] == [f"magnus resume {response['thread_id']}"]
    talk.fills_in(tokens=(1000, 100), **three_phases())
    again = gone_on(settings, response["request_id"], api, monkeypatch)
    assert (again["status"], again["usage"]["model_calls"], again["usage"]["input_tokens"]) == ("success", 1, 1000)
    assert gone_on(settings, response["request_id"], api, monkeypatch) == again


def test_a_budget_that_is_too_small_stops_before_the_model_is_asked(planner: Magnus, api: MessagesApi) -> None:
    response = answer_of(done := planner("plan", GOAL, "--budget", "0.01", "--json"))
    assert (done.returncode, response["status"], api.received) == (4, "partial", [])
    assert "The budget of 0.01 US dollars is used up" in response["errors"][0]
    assert response["next_steps"] == [f"magnus resume {response['thread_id']} --budget 0.01"]


def test_a_kill_while_the_model_thinks_leaves_no_folder_and_the_request_goes_on(
    planner: Magnus, api: MessagesApi, settings: Settings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.conversation(OPENING).fills_in(tokens=(1000, 100), **three_phases()).later(20)
    running = planner.start("plan", GOAL)
    deadline = time.monotonic() + 30
    while not api.received and time.monotonic() < deadline:
        time.sleep(0.02)
    running.kill()
    running.communicate()
    assert not (project / ".specs").exists()
    with closing(open_database(settings)) as database:
        (run,) = latest_runs(database, 5)
    again = gone_on(settings, run.request_id, api, monkeypatch)
    assert (again["status"], again["usage"]["model_calls"], again["usage"]["input_tokens"]) == ("success", 1, 1000)
    assert (project / ".specs" / FEATURE / "phases.json").is_file()


def gone_on(settings: Settings, request_id: str, api: MessagesApi, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `magnus resume` does with a plan."""
    from graph.master import choose_deps

    for name, value in api.environment.items():
        patch.setenv(name, value)
    deps = choose_deps(settings)
    with closing(deps.database()) as database:
        run = find_run(database, request_id)
        assert run
        return carry_out(database, settings, run, deps.now)


def test_a_plan_that_lacked_a_model_goes_on_once_there_is_one(
    settings: Settings, tmp_path: Path, project: Path, api: MessagesApi
) -> None:
    home = tmp_path / "magnus"
    stopped = magnus_with(settings, home, project)("plan", GOAL)
    assert stopped.returncode == 4
    thread = stopped.stderr.split()[1]
    api.conversation(OPENING).fills_in(**three_phases())
    done = magnus_with(settings, home, project, api)("resume", thread)
    assert done.returncode == 0, done.stderr
    assert "phase-3" in done.stdout
    assert (project / ".specs" / FEATURE / "phases.json").is_file()
