"""A sentence the router is not sure of, a model that is, and what it costs."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from langgraph.types import StateSnapshot
from messages_api import MessagesApi

from checkpoints.budget import spent_by_agent
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.protocol import Request
from graph.settings import Settings

UNCLEAR = "do the thing with the numbers"


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings.model_copy(update={"model_retries": 0})) as opened:
        yield opened


def ask(graph: DurableGraph, **wishes: object) -> StateSnapshot:
    request = Request.model_validate({"prompt": UNCLEAR, **wishes})
    thread = {"configurable": {"thread_id": str(uuid4())}}
    graph.invoke({"request": request}, thread)
    return graph.get_state(thread)


def asked(after: StateSnapshot) -> str:
    return str(after.interrupts[0].value["kind"])


def test_the_model_decides_and_the_bill_is_in_the_response(api: MessagesApi, graph: DurableGraph) -> None:
    api.conversation("tie-break").fills_in(task_type="check_health", tokens=(1000, 100))
    values = ask(graph).values
    response = values["response"]
    assert (values["route"]["task_type"], values["route"]["decided_by"]) == ("check_health", "model")
    assert response["status"] == "success"
    usage = response["usage"]
    assert (usage["model_calls"], usage["input_tokens"], usage["output_tokens"]) == (1, 1000, 100)
    assert usage["usd"] == pytest.approx(0.003)
    bills = spent_by_agent(graph.deps.database(), response["request_id"])
    assert bills["router"].usd == Decimal("0.003")


@pytest.mark.parametrize("wish", [{"no_model": True}, {"budget_usd": 0}])
def test_without_a_model_or_money_the_person_is_asked(
    api: MessagesApi, graph: DurableGraph, wish: dict[str, object]
) -> None:
    assert asked(ask(graph, **wish)) == "clarify"
    assert api.received == []


def test_a_model_that_fails_leaves_the_question_to_the_person(api: MessagesApi, graph: DurableGraph) -> None:
    api.conversation("tie-break").fails(529)
    assert asked(ask(graph)) == "clarify"
