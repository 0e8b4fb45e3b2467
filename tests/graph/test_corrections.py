"""A person corrects how a sentence was understood: it is done again, and the next one like it is understood at once."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import Command

from checkpoints.lessons import lessons_kept
from checkpoints.runs import executions_of
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.protocol import Request
from graph.settings import Settings

SCAN = "Find me high-premium opportunities under $30"
VAGUE = "do the thing with the numbers"


class Conversation:
    """One thread, sentence by sentence."""

    def __init__(self, graph: DurableGraph) -> None:
        self.graph = graph
        self.config: dict[str, Any] = {"configurable": {"thread_id": str(uuid4())}}

    def say(self, sentence: str) -> dict[str, Any]:
        """What the state holds after a sentence."""
        self.graph.invoke({"messages": [HumanMessage(sentence)]}, self.config)
        return dict(self.graph.get_state(self.config).values)

    def answer(self, words: str) -> dict[str, Any]:
        self.graph.invoke(Command(resume=words), self.config)
        return dict(self.graph.get_state(self.config).values)

    def executions(self) -> list[tuple[str, str, str]]:
        done = executions_of(self.graph.deps.database(), self.config["configurable"]["thread_id"])
        return [(one["prompt"], one["task_type"], one["decided_by"]) for one in done]


@pytest.fixture
def graph(settings: Settings) -> Iterator[DurableGraph]:
    with open_graph(settings) as opened:
        yield opened


def test_a_corrected_sentence_is_done_again_as_what_was_meant(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    before = talk.say("IV rank of AMD")
    after = talk.say("no, I meant a risk check")
    assert (before["route"]["task_type"], after["route"]["task_type"]) == ("market_data", "assess_risk")
    assert (after["route"]["decided_by"], after["route"]["slots"]) == ("user", {"symbols": ["AMD"]})
    assert talk.executions()[1] == ("IV rank of AMD", "assess_risk", "user")


def test_the_next_thread_decides_a_near_sentence_by_history(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    assert talk.say("Look at wheel.py")["route"]["task_type"] == "review_code"
    talk.say("no, I meant a bug fix")
    (taught,) = lessons_kept(graph.deps.database())
    assert (taught.source, taught.sentence, taught.read_as) == ("corrected", "look at wheel.py", "review_code")
    for again in ("look at wheel.py!", "please look at pricing.py"):
        route = Conversation(graph).say(again)["route"]
        assert (route["task_type"], route["decided_by"]) == ("fix_bug", "history")
    assert Conversation(graph).say("speed up wheel.py")["route"]["task_type"] == "optimize"


def test_a_correction_can_be_corrected(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    for sentence in ("look at wheel.py", "no, I meant a bug fix", "sorry, I meant the tests"):
        talk.say(sentence)
    assert [done[:2] for done in talk.executions()] == [
        ("look at wheel.py", task_type) for task_type in ("review_code", "fix_bug", "run_tests")
    ]
    assert Conversation(graph).say("look at wheel.py")["route"]["task_type"] == "run_tests"


def test_a_question_nobody_answered_can_be_corrected_too(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say(VAGUE)
    assert talk.say("I meant a risk check")["route"]["task_type"] == "assess_risk"
    assert [done[:2] for done in talk.executions()] == [(VAGUE, "assess_risk")]


def test_what_the_correction_says_more_is_part_of_the_work(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say("IV rank of KO")
    after = talk.say("I meant the covered calls")
    assert after["route"]["task_type"] == "find_opportunities"
    assert after["route"]["slots"] == {"symbols": ["KO"], "option_type": "call"}
    assert after["response"]["status"] == "success"


def test_a_choice_at_the_question_is_remembered(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say(VAGUE)
    chosen = talk.graph.get_state(talk.config).values["route"]["offered"][0]
    assert talk.answer(chosen.replace("_", " "))["route"]["decided_by"] == "user"
    again = Conversation(graph).say(f"please {VAGUE}!")["route"]
    assert (again["task_type"], again["decided_by"]) == (chosen, "history")


def test_a_type_named_in_other_words_is_a_choice_too(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say(VAGUE)
    assert talk.answer("a code review please")["route"]["task_type"] == "review_code"
    assert [one.task_type for one in lessons_kept(graph.deps.database())] == ["review_code"]


def test_a_refinement_teaches_nothing(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say(SCAN)
    after = talk.say("no, only under .25 delta")
    assert after["criteria"]["max_delta"] == 0.25
    assert lessons_kept(graph.deps.database()) == []


def test_without_a_sentence_before_there_is_nothing_to_correct(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say("no, I meant a bug fix")
    assert lessons_kept(graph.deps.database()) == []


def test_a_hook_or_an_agent_teaches_nothing(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say("IV rank of AMD")
    graph.invoke({"request": Request(prompt="no, I meant a risk check", requester="system")}, talk.config)
    assert graph.get_state(talk.config).values["route"]["task_type"] == "assess_risk"
    assert lessons_kept(graph.deps.database()) == []


def test_a_typed_request_is_not_decided_by_history(graph: DurableGraph) -> None:
    talk = Conversation(graph)
    talk.say("IV rank of AMD")
    talk.say("no, I meant a risk check")
    request = Request.model_validate(
        {"prompt": "IV rank of AMD", "task": {"action": "market_data", "details": {"symbols": ["AMD"]}}}
    )
    graph.invoke({"request": request}, talk.config)
    assert graph.get_state(talk.config).values["route"]["decided_by"] == "request"
