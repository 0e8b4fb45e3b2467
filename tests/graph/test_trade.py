"""The trade node in the compiled graph: three task types, their results, their records, and what a person reads."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage

from apps.cli.answers import show_response
from checkpoints.runs import executions_of
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.protocol import Request, Task
from graph.settings import Settings
from tools.position_file import Entry
from tools.positions import add_position

NOW = datetime(2026, 10, 30, 20, tzinfo=UTC)
KEYS = {
    "price of KO": "quotes",
    "show me the AMD chain for December": "chain",
    "IV rank of AMD": "iv_ranks",
    "KO price history over the last 3 months": "history",
    "when does PEP report": "events",
    "what would a 10 % drop do to me": "scenario",
}
CONTRACT = {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"}


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        yield opened


def thread() -> dict[str, dict[str, str]]:
    return {"configurable": {"thread_id": str(uuid4())}}


def said(graph: DurableGraph, sentence: str, config: Any = None) -> dict[str, Any]:
    return graph.invoke({"messages": [HumanMessage(sentence)]}, config or thread())


def typed(graph: DurableGraph, action: str, details: dict[str, Any], config: Any = None) -> dict[str, Any]:
    request = Request(task=Task(action=action, details=details))
    return graph.invoke({"request": request}, config or thread())["response"]


@pytest.mark.parametrize(("sentence", "key"), KEYS.items())
def test_a_sentence_is_answered_with_source_and_time(graph: DurableGraph, sentence: str, key: str) -> None:
    answer = said(graph, sentence)
    response = answer["response"]
    assert response["status"] == "success", response["errors"]
    assert response["result"][key]
    assert (response["result"]["source"], response["result"]["as_of"]) == ("sample", "2026-10-30T20:00:00+00:00")
    assert "SAMPLE" in answer["messages"][-1].text


@pytest.mark.parametrize("sentence", KEYS)
def test_every_answer_fits_80_columns(graph: DurableGraph, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_response(said(graph, sentence)["response"])
    shown = capsys.readouterr().out.splitlines()
    assert "SAMPLE" in shown[0]
    assert len(shown) > 1
    assert [line for line in shown if len(line) > 80] == []


@pytest.mark.parametrize(
    "details",
    [CONTRACT | {"contracts": 40}, CONTRACT | {"contracts": 1}, {}],
)
def test_a_judgement_is_told_and_shown(
    graph: DurableGraph, details: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    config = thread()
    response = typed(graph, "assess_risk", details, config)
    assert response["status"] == "success"
    show_response(response)
    shown = capsys.readouterr().out
    if details:
        assert ("not within the limits" in shown) is not response["result"]["valid"]
        assert "position cap" in shown
    else:
        assert "Nothing is held" in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_what_is_held_counts_in_the_answer(graph: DurableGraph) -> None:
    before = said(graph, "what would a 10 % drop do to me")["response"]["result"]
    sold = Entry("KO", "put", 5, Decimal("1.10"), strike=Decimal(65), expiry=date(2026, 12, 18))
    add_position(graph.deps.database(), sold, NOW)
    after = said(graph, "what would a 10 % drop do to me")["response"]["result"]
    assert before["scenario"]["pnl_usd"] == 0
    assert after["scenario"]["pnl_usd"] < 0
    assert after["collateral_usd"] == 5 * 6_500


def test_a_size_is_told_and_shown(graph: DurableGraph, capsys: pytest.CaptureFixture[str]) -> None:
    request = Request(prompt="how many can I sell", task=Task(action="assess_risk", details=CONTRACT))
    response = graph.invoke({"request": request}, thread())["response"]
    assert response["result"]["contracts"] >= 0
    show_response(response)
    assert "contracts of KO" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("prompt", "told"),
    [("should I roll it", "Taking the assignment"), ("what is a whole cycle of it worth", "buy and hold")],
)
def test_a_roll_and_a_cycle_are_told_and_shown(
    graph: DurableGraph, prompt: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = Request(prompt=prompt, task=Task(action="assess_risk", details=CONTRACT))
    answer = graph.invoke({"request": request}, thread())
    show_response(answer["response"])
    shown = capsys.readouterr().out
    assert told in answer["messages"][-1].text
    assert told in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_a_screen_is_told_and_shown(graph: DurableGraph, capsys: pytest.CaptureFixture[str]) -> None:
    response = typed(graph, "market_data", {"what": "stocks", "max_price": 20, "min_iv_rank": 50})
    assert all(row["spot"] <= 20 for row in response["result"]["stocks"])
    show_response(response)
    shown = capsys.readouterr().out.splitlines()
    assert "stocks looked at" in " ".join(shown)
    assert [line for line in shown if len(line) > 80] == []


@pytest.mark.parametrize(
    ("action", "prompt", "part"),
    [
        ("assess_risk", "how many puts on META can I write", "Say the strike as well"),
        ("market_data", "vix now", "Say which stock"),
        ("market_data", "price of $ZZZZ", "does not know ZZZZ"),
    ],
)
def test_what_is_missing_is_said_with_a_next_step(graph: DurableGraph, action: str, prompt: str, part: str) -> None:
    request = Request(prompt=prompt, task=Task(action=action))
    response = graph.invoke({"request": request}, thread())["response"]
    assert (response["status"], response["bad_input"]) == ("failure", True)
    assert part in response["errors"][0]
    assert response["next_steps"][0].startswith("magnus ")


@pytest.mark.parametrize(
    ("sentence", "task_type", "agent"),
    [
        ("IV rank of AMD", "market_data", "market_data"),
        ("what would a 10 % drop do to me", "assess_risk", "risk_management"),
    ],
)
def test_the_execution_remembers_who_answered(graph: DurableGraph, sentence: str, task_type: str, agent: str) -> None:
    config = thread()
    said(graph, sentence, config)
    (execution,) = executions_of(graph.deps.database(), config["configurable"]["thread_id"])
    assert execution["task_type"] == task_type
    assert agent in execution["agents"]
    assert execution["outcome"] == "success"


def test_a_question_between_scans_leaves_the_criteria_alone(graph: DurableGraph) -> None:
    config = thread()
    said(graph, "Find me high-premium opportunities under $30", config)
    typed(graph, "market_data", {"symbols": ["AMD"], "what": "iv_rank"}, config)
    refined = said(graph, "now only under .25 delta", config)["response"]["result"]
    assert refined["criteria"] == {"max_price": 30, "max_delta": 0.25} | {
        name: value for name, value in refined["criteria"].items() if name not in ("max_price", "max_delta")
    }
    assert "symbols" not in refined["criteria"]


def test_the_state_keeps_a_digest_and_not_the_chain(graph: DurableGraph) -> None:
    config = thread()
    said(graph, "show me the AMD chain for December", config)
    values = graph.get_state(config).values
    assert "artifact" in values["outcome"]
    assert len(json.dumps({name: values[name] for name in ("outcome", "route", "criteria", "task")})) < 4_000


def test_calls_on_shares_that_are_not_on_record_say_that_their_cost_is_not_known(graph: DurableGraph) -> None:
    warnings = said(graph, "which call should I write on my KO shares")["response"]["warnings"]
    assert warnings[0].startswith("No shares of KO without a call on them are on record")
    slots = {"symbols": ["KO"], "option_type": "call"}
    assert not any("on record" in one for one in typed(graph, "find_opportunities", slots)["warnings"])
