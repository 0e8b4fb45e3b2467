"""The compiled graph on a real database and the sample market: what goes in, what comes out, what is remembered."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import Command

from checkpoints.runs import executions_of, runs_of
from graph.build import build
from graph.compiled import DurableGraph
from graph.errors import TooManySteps, Unavailable
from graph.master import choose_deps, open_graph, open_graph_async
from graph.protocol import Request, Response, Task
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"


def thread() -> dict[str, dict[str, str]]:
    return {"configurable": {"thread_id": str(uuid4())}}


def said(sentence: str) -> dict[str, list[HumanMessage]]:
    return {"messages": [HumanMessage(sentence)]}


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        yield opened


def test_a_sentence_becomes_a_ranked_list_of_puts(graph: DurableGraph) -> None:
    answer = graph.invoke(said(PROMPT), thread())
    response = Response.model_validate(answer["response"])
    found = response.result["opportunities"]
    assert response.status == "success"
    assert found
    assert all(row["type"] == "put" and row["spot"] <= 30 and row["bid"] > 0 for row in found)
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert "SAMPLE" in answer["messages"][-1].text


def test_a_request_as_model_and_as_json_give_the_same_result(graph: DurableGraph) -> None:
    as_model = graph.invoke({"request": Request(prompt=PROMPT)}, thread())
    as_json = graph.invoke({"request": Request(prompt=PROMPT).model_dump(mode="json")}, thread())
    assert as_model["response"]["result"] == as_json["response"]["result"]


def test_invoke_stream_and_ainvoke_give_the_same_result(settings: Settings, graph: DurableGraph) -> None:
    invoked = graph.invoke(said(PROMPT), thread())["response"]["result"]
    *_, last = graph.stream(said(PROMPT), thread(), stream_mode="values")

    async def alone() -> dict[str, object]:
        async with open_graph_async(settings) as opened:
            answer = await opened.ainvoke(said(PROMPT), thread())
        return answer["response"]["result"]

    assert invoked == last["response"]["result"] == asyncio.run(alone())


def test_a_named_action_is_not_guessed(graph: DurableGraph) -> None:
    task = Task(action="find_opportunities", details={"max_price": 30, "limit": 2})
    response = graph.invoke({"request": Request(task=task)}, thread())["response"]
    assert len(response["result"]["opportunities"]) == 2


def test_a_request_asked_twice_is_answered_from_the_record(graph: DurableGraph) -> None:
    request, config = Request(prompt=PROMPT), thread()
    first = graph.invoke({"request": request}, config)["response"]
    again = graph.invoke({"request": request}, config)["response"]
    elsewhere = graph.invoke({"request": request}, thread())["response"]
    assert first == again == elsewhere
    assert len(executions_of(graph.deps.database(), config["configurable"]["thread_id"])) == 1


def test_a_follow_up_refines_what_the_thread_asked(graph: DurableGraph) -> None:
    config = thread()
    graph.invoke(said(PROMPT), config)
    graph.invoke(said("now only under .25 delta"), config)
    result = graph.invoke(said("and skip financials"), config)["response"]["result"]
    assert result["criteria"]["max_price"] == 30
    assert result["criteria"]["max_delta"] == 0.25
    assert result["criteria"]["exclude_sectors"] == ["Financials"]
    assert all(abs(row["delta"]) <= 0.25 for row in result["opportunities"])


def test_a_refinement_that_makes_no_sense_leaves_the_thread_as_it_was(graph: DurableGraph) -> None:
    config = thread()
    graph.invoke(said(PROMPT), config)
    refused = graph.invoke(
        {"request": Request(task=Task(action="find_opportunities", details={"max_delta": 3}))}, config
    )
    assert refused["response"]["status"] == "failure"
    assert refused["response"]["bad_input"]
    assert "max_delta" not in graph.get_state(config).values["criteria"]


def test_an_unclear_sentence_asks_once_and_goes_on_with_the_answer(graph: DurableGraph) -> None:
    config = thread()
    asked = graph.invoke(said("do the thing with the numbers"), config)
    question = asked["__interrupt__"][0].value
    assert question["kind"] == "clarify"
    assert question["choices"]
    assert runs_of(graph.deps.database(), config["configurable"]["thread_id"])[0].status == "waiting"
    answer = graph.invoke(Command(resume="find opportunities under $30 please, puts"), config)
    assert answer["response"]["status"] == "success"


def test_a_graph_without_threads_asks_in_its_answer(settings: Settings) -> None:
    bare = build(choose_deps(settings))
    response = bare.invoke(said("do the thing with the numbers"))["response"]
    assert response["status"] == "failure"
    assert "open_graph" in response["errors"][0]
    bare.deps.database().close()


def test_a_graph_without_threads_cannot_be_resumed(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="keeps no threads"):
        build(choose_deps(settings)).invoke(Command(resume="yes"))


def test_a_graph_without_threads_answers_in_one_go(settings: Settings) -> None:
    bare = build(choose_deps(settings))
    assert bare.invoke(said(PROMPT))["response"]["status"] == "success"
    bare.deps.database().close()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"request": {"prompt": "   "}}, "empty"),
        ({"request": {"prompt": "hello", "type": "song"}}, "type"),
        ({"messages": []}, "nothing to do"),
    ],
)
def test_a_request_that_cannot_be_read_gets_one_sentence(graph: DurableGraph, given: dict, complaint: str) -> None:
    response = graph.invoke(given, thread())["response"]
    assert response["status"] == "failure"
    assert response["bad_input"]
    assert complaint in response["errors"][0]


def test_a_caller_cannot_ask_for_less_durability(graph: DurableGraph) -> None:
    config = thread()
    for _ in graph.stream(said(PROMPT), config, stream_mode="updates", durability="exit"):
        break
    assert graph.get_state(config).next == ("router",)


def test_the_bound_of_steps_is_named_and_the_request_goes_on_from_there(settings: Settings) -> None:
    where = thread()
    with open_graph(settings.model_copy(update={"max_steps": 3})) as graph:
        with pytest.raises(TooManySteps, match="3 steps in one go, and MAGNUS_MAX_STEPS allows no more"):
            graph.invoke(said(PROMPT), where)
        assert graph.invoke(None, where)["response"]["status"] == "success"


def test_the_state_holds_nothing_but_plain_values(graph: DurableGraph) -> None:
    config = thread()
    graph.invoke(said(PROMPT), config)
    values = graph.get_state(config).values
    assert plain(values | {"messages": []})


def plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(plain(inner) for inner in value)
    return value is None or type(value) in (str, int, float, bool)


def test_a_long_thread_keeps_its_last_messages_only(graph: DurableGraph) -> None:
    config = thread()
    for _ in range(13):
        graph.invoke(said(PROMPT), config)
    assert len(graph.get_state(config).values["messages"]) <= 22


def test_nodes_that_run_side_by_side_share_one_database(settings: Settings) -> None:
    deps = choose_deps(settings)
    with ThreadPoolExecutor(8) as nodes:
        opened = {id(found.result()) for found in [nodes.submit(deps.database) for _ in range(8)]}
    with closing(deps.database()) as database:
        assert opened == {id(database)}
