"""An agent that was ended has its part again, then with another model; then a person is asked, and all is on record."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import asked, buggy_checkout, config_of, opened, result_of, script_one
from langgraph.types import Command
from messages_api import MessagesApi, tool

from graph.compiled import DurableGraph
from graph.settings import Settings
from tools.agents.stuck import SAME_CALLS
from tools.agents.tries import TRIES, inserted, tried_again

pytestmark = needs_bubblewrap
STAGES = ("python_pro",), ("documentation",)


@pytest.fixture
def graph(settings: Settings, tmp_path: Path) -> Iterator[DurableGraph]:
    with opened(settings.model_copy(update={"data_dir": tmp_path / "magnus"})) as graph:
        yield graph


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


def script_circles(api: MessagesApi) -> None:
    for number in range(1, TRIES + 1):
        talk = api.conversation(f"you are python_pro, in stage {number} of {number + 1}")
        for _ in range(SAME_CALLS):
            talk.answers(tool("list"))


def test_an_agent_in_circles_is_tried_again_and_with_another_model_and_then_the_person_is_asked(
    graph: DurableGraph, checkout: Checkout, api: MessagesApi
) -> None:
    script_circles(api)
    given = asked(graph, checkout, *STAGES)
    graph.invoke(given, config_of(given))
    (question,) = (one.value for one in graph.get_state(config_of(given)).interrupts)
    assert (question["kind"], question["choices"]) == ("agent", ["again", "stop"])
    assert "python_pro: It made the same call" in question["question"]
    settings = graph.deps.settings()
    models = [one.body["model"] for one in api.received]
    assert models == [settings.model_sonnet] * SAME_CALLS * 2 + [settings.model_opus] * SAME_CALLS
    assert "This is try 3" in str(api.received[-1].body["messages"][0])

    script_one(api, "python_pro", stage="4 of 5")
    script_one(api, "documentation", stage="5 of 5")
    graph.invoke(Command(resume="again"), config_of(given))
    assert result_of(graph, given)["outcome"]["status"] == "success"


def test_a_person_who_says_stop_gets_what_there_is(graph: DurableGraph, checkout: Checkout, api: MessagesApi) -> None:
    script_circles(api)
    given = asked(graph, checkout, *STAGES)
    graph.invoke(given, config_of(given))
    graph.invoke(Command(resume="stop"), config_of(given))
    outcome = result_of(graph, given)["outcome"]
    assert outcome["status"] == "partial"
    assert len(outcome["errors"]) == 1
    assert outcome["errors"][0].startswith("python_pro did not finish: It made the same call")


def test_what_is_said_about_later_stages_moves_with_them() -> None:
    plan = {"stages": [["a"], ["b"], ["c"]], "evidence": {"1": "seen", "2": "seen"}, "conflicts": {"0": "old"}}
    moved = inserted(plan, 2, ["b"])
    assert moved["stages"] == [["a"], ["b"], ["b"], ["c"]]
    assert (moved["evidence"], moved["conflicts"]) == ({"1": "seen", "3": "seen"}, {"0": "old"})
    again = tried_again(plan, [{"stage": "1", "agent": "b", "ended": "It stopped."}])
    assert again is not None
    assert again["evidence"] == {"1": "seen", "2": "seen", "3": "seen"}
    assert again["tries"] == {"2": {"number": 2, "after": 1, "why": {"b": "It stopped."}}}
