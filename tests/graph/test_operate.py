"""The operate node in the compiled graph: questions about Magnus itself, and what this version cannot do yet."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from langchain_core.messages import HumanMessage

from apps.cli.health_tables import show_health, show_tasks
from checkpoints.database import Database, open_database
from checkpoints.runs import accept, executions_of, finish, park, record_execution
from graph.compiled import DurableGraph
from graph.edges import after_router
from graph.master import choose_deps, open_graph
from graph.protocol import Request, Task
from graph.settings import Settings
from nodes.operate import operate
from tools.operating import Question, answer_about_system
from tools.past import period_in

NOW = datetime.now(UTC)
YESTERDAY = period_in("yesterday", NOW)


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        yield opened


def thread() -> dict[str, dict[str, str]]:
    return {"configurable": {"thread_id": str(uuid4())}}


def said(graph: DurableGraph, sentence: str, config: Any = None) -> dict[str, Any]:
    return graph.invoke({"messages": [HumanMessage(sentence)]}, config or thread())


def begin(database: Database, prompt: str, at: datetime = NOW) -> str:
    request = {"request_id": str(uuid4()), "priority": "medium", "prompt": prompt, "task": None}
    return accept(database, request, str(uuid4()), "sample", at).request_id


def end(database: Database, prompt: str, outcome: str, at: datetime, usd: float = 0.0) -> str:
    request_id = begin(database, prompt, at)
    row = {
        "request_id": UUID(request_id),
        "thread_id": "t",
        "prompt": prompt,
        "task_type": "find_opportunities",
        "agents": [],
        "decided_by": "rules",
        "outcome": outcome,
        "errors": [] if outcome == "success" else ["it did not work"],
        "started_at": at,
        "finished_at": at,
        "seconds": 0.5,
    }
    record_execution(database, row, None)
    usage = {"model_calls": int(usd > 0), "input_tokens": 100, "output_tokens": 20, "usd": usd}
    finish(database, {"request_id": request_id, "status": outcome, "bad_input": False, "usage": usage}, at, None)
    return request_id


def yesterday() -> datetime:
    assert YESTERDAY
    return YESTERDAY.since + timedelta(hours=12)


def test_what_failed_yesterday_names_it_and_nothing_of_another_day(graph: DurableGraph) -> None:
    database = graph.deps.database()
    failed = end(database, "puts on KO", "failure", yesterday())
    end(database, "puts on PEP", "success", yesterday())
    end(database, "puts on AMD", "failure", yesterday() - timedelta(days=2))
    answer = said(graph, "what failed yesterday")
    result = answer["response"]["result"]
    assert answer["response"]["status"] == "success"
    assert [(row["request_id"], row["error"]) for row in result["tasks"]] == [(failed, "it did not work")]
    assert (result["source"], result["counts"]) == ("database", {"failure": 1, "success": 1})
    first, row = answer["messages"][-1].text.splitlines()
    assert first.startswith("1 of 2 requests failed yesterday, ")
    assert "puts on KO" in row and "it did not work" in row


def test_a_day_without_failures_is_said_so(graph: DurableGraph) -> None:
    assert said(graph, "what failed yesterday")["messages"][-1].text.startswith("No request yesterday, ")
    end(graph.deps.database(), "puts on KO", "success", yesterday())
    assert said(graph, "what failed yesterday")["messages"][-1].text.startswith("None of 1 request failed yesterday, ")


def test_is_everything_running_looks_at_every_part(graph: DurableGraph) -> None:
    answer = said(graph, "is everything running")
    result = answer["response"]["result"]
    assert (answer["response"]["status"], result["healthy"]) == ("success", True)
    named = {line.partition(":")[0] for line in answer["messages"][-1].text.splitlines()[1:]}
    assert named >= {"database", "work", "failures", "feeds", "sandbox", "disk", "model"}
    assert "no model: set ANTHROPIC_API_KEY" in answer["messages"][-1].text


def test_what_is_wrong_comes_first_with_the_way_on(graph: DurableGraph) -> None:
    database = graph.deps.database()
    park(database, begin(database, "puts on [KO]"), "Step 3 is damaged.")
    answer = said(graph, "is everything running")
    first, second, third, *_ = answer["messages"][-1].text.splitlines()
    assert answer["response"]["result"]["wrong"] == ["work"]
    assert first.startswith("Wrong: work.")
    assert second.startswith("work: 1 thread")
    assert "Step 3 is damaged" in third and "magnus resume" in third and "--again" in third


def test_status_of_the_last_tasks_lists_them_newest_first_without_itself(graph: DurableGraph) -> None:
    database = graph.deps.database()
    prompts = [f"puts number {number}" for number in range(12)]
    for number, prompt in enumerate(prompts):
        end(database, prompt, "success", NOW - timedelta(hours=20 - number))
    result = said(graph, "status of the last tasks")["response"]["result"]
    assert [row["wish"] for row in result["tasks"]] == prompts[:1:-1]
    result = said(graph, "status of the last three tasks")["response"]["result"]
    assert [row["wish"] for row in result["tasks"]] == ["status of the last tasks", prompts[11], prompts[10]]


def test_a_part_that_is_asked_for_is_told_and_the_others_are_not(graph: DurableGraph) -> None:
    lines = said(graph, "how big is the database")["messages"][-1].text.splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == ["database"]


@pytest.mark.parametrize(
    ("sentence", "focus", "only"),
    [
        ("any parked runs", ["work"], None),
        ("which threads hang", ["work"], None),
        ("how many tasks are waiting for me", ["work"], None),
        ("disk full?", ["disk"], None),
        ("is the model reachable", ["model"], None),
        ("how fresh are the quotes", ["feeds"], None),
        ("is the sandbox working", ["sandbox"], None),
        ("status", [], None),
        ("which runs failed this week", None, "failed"),
        ("did anything break while I slept", None, "failed"),
        ("how many requests today", None, "all"),
        ("what happened over the weekend", None, "all"),
        ("what's the state of thread 3fa1", None, "all"),
    ],
)
def test_the_words_decide_what_is_looked_at(
    settings: Settings, sentence: str, focus: list[str] | None, only: str | None
) -> None:
    deps = choose_deps(settings)
    result = answer_about_system(Question(sentence), deps)
    assert (result.get("focus"), result.get("only")) == (focus, only)
    deps.database().close()


def test_a_thread_is_found_by_the_beginning_of_its_id(graph: DurableGraph) -> None:
    config = thread()
    said(graph, "price of KO", config)
    said(graph, "price of PEP")
    begins = config["configurable"]["thread_id"][:13]
    result = answer_about_system(Question(f"what's the state of thread {begins}"), graph.deps)
    assert [row["wish"] for row in result["tasks"]] == ["price of KO"]


def test_what_is_not_there_is_named_beside_the_answer(graph: DurableGraph) -> None:
    response = said(graph, "how long is the queue")["response"]
    assert "no queue" in response["warnings"][0]
    assert response["result"]["parts"]


def test_what_requests_cost_is_added_up(graph: DurableGraph) -> None:
    database = graph.deps.database()
    for usd in (0.25, 0.5):
        end(database, "puts on KO", "success", yesterday(), usd)
    end(database, "puts on KO", "success", yesterday() - timedelta(days=3), 9.0)
    answer = said(graph, "how many tokens did we use yesterday, what was the token usage")
    assert answer["response"]["result"]["usage"] == {
        "model_calls": 2, "input_tokens": 200, "output_tokens": 40, "usd": 0.75
    }  # fmt: skip
    assert "Models: 2 calls, 240 tokens, $0.7500" in answer["messages"][-1].text


@pytest.mark.parametrize(
    ("sentence", "part"), [("refresh my watchlist", "refresh"), ("alert me when KO falls under 60", "alerts")]
)
def test_what_this_version_cannot_do_is_one_sentence_and_a_failure(
    graph: DurableGraph, sentence: str, part: str
) -> None:
    response = said(graph, sentence)["response"]
    assert (response["status"], response["bad_input"]) == ("failure", False)
    assert len(response["errors"]) == 1 and part in response["errors"][0]
    assert response["next_steps"][0].startswith("magnus ")


@pytest.mark.parametrize(
    ("sentence", "command"),
    [
        ("success rate of the agents", ["magnus metrics"]),
        ("which gate fails most often", ["magnus metrics"]),
        ("token usage since 2026-11-02", ["magnus metrics --since 2026-11-02"]),
        ("what failed yesterday", []),
    ],
)
def test_who_asks_for_figures_is_shown_where_all_of_them_are(
    graph: DurableGraph, sentence: str, command: list[str]
) -> None:
    task = {"prompt": sentence, "thread_id": "t", "request_id": str(uuid4())}
    update = operate({"task": task, "route": {"task_type": "check_health"}}, graph.deps)
    assert update["outcome"]["next_steps"] == command


def test_that_nothing_was_spent_is_said(graph: DurableGraph) -> None:
    response = said(graph, "what was the token usage today")["response"]
    assert response["warnings"] == ["No model was called for these requests, so nothing was spent on one."]


def test_a_refused_request_is_listed_and_not_called_a_failure(graph: DurableGraph) -> None:
    said(graph, "price of $ZZZZ")
    answer = said(graph, "what failed today")
    first, row = answer["messages"][-1].text.splitlines()
    assert first.startswith("None of 1 request failed today, ") and first.endswith(", 1 refused for its input.")
    assert "does not know ZZZZ" in row


def test_a_named_action_is_answered_and_its_target_is_read(graph: DurableGraph) -> None:
    request = Request(task=Task(action="check_health", target="disk"))
    result = graph.invoke({"request": request}, thread())["response"]["result"]
    assert result["focus"] == ["disk"]


def test_the_execution_remembers_the_monitor(graph: DurableGraph) -> None:
    config = thread()
    said(graph, "is everything running", config)
    (execution,) = executions_of(graph.deps.database(), config["configurable"]["thread_id"])
    assert (execution["task_type"], execution["agents"], execution["outcome"]) == (
        "check_health",
        ["monitor"],
        "success",
    )


def test_a_question_about_the_system_leaves_the_criteria_of_the_thread_alone(graph: DurableGraph) -> None:
    config = thread()
    said(graph, "Find me high-premium opportunities under $30", config)
    said(graph, "is everything running", config)
    assert graph.get_state(config).values["criteria"]["max_price"] == 30


@pytest.mark.parametrize("task_type", ["check_health", "sync_data", "manage_alert"])
def test_what_is_about_magnus_itself_goes_to_operate(task_type: str) -> None:
    decided = {"decided": True, "task_type": task_type}
    assert after_router({"route": decided, "answer": None, "outcome": {}}) == "operate"
    assert after_router({"route": decided | {"task_type": "market_data"}, "answer": None, "outcome": {}}) == "trade"


def test_no_project_is_touched(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deps = choose_deps(settings)
    task = {"prompt": "is everything running", "thread_id": "t", "request_id": str(uuid4()), "project": str(tmp_path)}
    before = tmp_path.stat().st_mtime_ns
    update = operate({"task": task, "route": {"task_type": "check_health"}}, deps)
    assert update["outcome"]["status"] == "success"
    assert (list(tmp_path.iterdir()), tmp_path.stat().st_mtime_ns) == ([], before)
    deps.database().close()


def test_every_answer_fits_80_columns_and_brackets_are_shown(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_database(settings)) as database:
        park(database, begin(database, "puts on [red]KO[/red] " + "and more " * 20), "Step 3 is damaged.")
        end(database, "puts on [bold]PEP[/bold]", "failure", yesterday())
    deps = choose_deps(settings)
    show_health(answer_about_system(Question("is everything running"), deps), NOW)
    state = capsys.readouterr().out
    show_tasks(answer_about_system(Question("what failed"), deps), NOW)
    tasks = capsys.readouterr().out
    deps.database().close()
    assert "WRONG" in state and "[red]KO[/red]" in state
    assert "[bold]PEP[/bold]" in tasks
    assert [line for line in (state + tasks).splitlines() if len(line) > 80] == []
