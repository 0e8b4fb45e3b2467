"""The chat model: which one, what is missing for one, how long it waits, and what it says when it does not work."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from messages_api import MessagesApi, tool
from messages_script import Conversation
from pydantic import BaseModel

from graph.errors import Outage, Unavailable
from graph.settings import Settings, load_settings
from tools.model import chat_model, full_name, has_model, why_no_model
from tools.model_calls import Answer, ask, within

KEY = {"ANTHROPIC_API_KEY": "key-of-a-test"}


class Colour(BaseModel):
    """A colour."""

    name: str


def colour(settings: Settings | None = None, timeout_s: float = 10) -> Answer[Colour]:
    return ask(chat_model(settings or Settings()), Colour, [HumanMessage("Which colour?")], timeout_s)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        (None, "gpt-5"),
        ("inherit", "gpt-5"),
        ("haiku", "small"),
        ("sonnet", "claude-sonnet-5-5"),
        ("opus", "claude-opus-5-5"),
        ("fable", "claude-fable-5-2"),
        ("claude-opus-4-8", "claude-opus-4-8"),
    ],
)
def test_the_model_of_an_agent_file_is_looked_up_in_the_settings(wanted: str | None, meant: str) -> None:
    assert full_name(load_settings({"MAGNUS_MODEL": "gpt-5", "MAGNUS_MODEL_HAIKU": "small"}), wanted) == meant


def test_without_a_key_one_sentence_says_what_is_missing() -> None:
    assert why_no_model(Settings(), environ={}) == (
        "There is no model: set ANTHROPIC_API_KEY, or MAGNUS_MODEL to a model of another provider."
    )
    assert why_no_model(Settings(), environ={"ANTHROPIC_API_KEY": " "}) is not None
    assert why_no_model(Settings(), environ=KEY) is None
    assert (has_model(Settings(), environ={}), has_model(Settings(), environ=KEY)) == (False, True)


def test_who_wants_no_model_gets_none_although_there_is_a_key(api: MessagesApi) -> None:
    assert "--no-model" in str(why_no_model(load_settings({"MAGNUS_NO_MODEL": "true"}), environ=KEY))
    with pytest.raises(Unavailable, match="--no-model"):
        chat_model(Settings(no_model=True))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "openai:gpt-5",
            "The model openai:gpt-5 needs a package that is not installed: pip install langchain-openai.",
        ),
        (
            "something",
            "The model something cannot be used: write it as PROVIDER:MODEL, and set the key of its provider.",
        ),
    ],
)
def test_a_model_of_another_provider_that_cannot_be_built_is_one_sentence(name: str, sentence: str) -> None:
    assert why_no_model(Settings(model=name), environ=KEY) == sentence
    with pytest.raises(Unavailable) as failed:
        chat_model(Settings(model=name))
    assert str(failed.value) == sentence


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "anthropic:claude-haiku-5-5", "claude-nobody-knows-yet"])
def test_any_claude_answers_in_the_form_asked_for(api: MessagesApi, model: str) -> None:
    api.conversation("Which colour?").fills_in(name="red", tokens=(11, 4))
    answer = colour(Settings(model=model))
    assert answer.form == Colour(name="red")
    assert (answer.usage.model_calls, answer.usage.input_tokens, answer.usage.output_tokens) == (1, 11, 4)
    assert api.received[0].body["model"] == model.removeprefix("anthropic:")


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_busy_or_broken_server_is_asked_again(api: MessagesApi, status: int) -> None:
    api.conversation("Which colour?").fails(status, retry_after=0.01, times=2).fills_in(name="red")
    assert colour().form == Colour(name="red")


def test_it_waits_as_long_as_the_server_asks(api: MessagesApi) -> None:
    api.conversation("Which colour?").fails(429, retry_after=1.5).fills_in(name="red")
    began = time.perf_counter()
    assert colour().form == Colour(name="red")
    assert time.perf_counter() - began >= 1.5


@pytest.mark.parametrize("retry_after", [3600, "31", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_asks_for_too_long_a_wait_is_not_asked_again(api: MessagesApi, retry_after: Any) -> None:
    api.conversation("Which colour?").fails(429, retry_after)
    began = time.perf_counter()
    with pytest.raises(Outage, match="busy"):
        colour()
    assert time.perf_counter() - began < 5


def test_the_tries_are_counted(api: MessagesApi) -> None:
    api.conversation("Which colour?").fails(529, retry_after=0.01, times=2)
    with pytest.raises(Outage, match="overloaded"):
        colour(Settings(model_retries=1))


HTML, NO_MESSAGE, CUT = b"<html>", b'{"hello": 1}', b'{"id": "msg'
FAILURES: list[tuple[Callable[[Conversation], object], type[Exception], str]] = [
    (lambda talk: talk.fails(429), Outage, "busy"),
    (lambda talk: talk.fails(500), Outage, "has a fault"),
    (lambda talk: talk.fails(529), Outage, "overloaded"),
    (lambda talk: talk.fails(400), Unavailable, "does not take this request"),
    (lambda talk: talk.fails(401), Unavailable, "ANTHROPIC_API_KEY"),
    (lambda talk: talk.fails(403), Unavailable, "may not use"),
    (lambda talk: talk.fails(404), Unavailable, "MAGNUS_MODEL"),
    (lambda talk: talk.fails(413), Unavailable, "cannot be read|does not take"),
    (lambda talk: talk.hangs_up(), Outage, "cannot be reached"),
    (lambda talk: talk.sends_rubbish(HTML), Unavailable, "cannot be read"),
    (lambda talk: talk.sends_rubbish(NO_MESSAGE), Unavailable, "cannot be read"),
    (lambda talk: talk.sends_rubbish(CUT), Unavailable, "cannot be read"),
]


@pytest.mark.parametrize(("script", "kind", "sentence"), FAILURES)
def test_every_failure_is_one_sentence_without_the_words_of_the_server(
    api: MessagesApi, script: Callable[[Conversation], object], kind: type[Exception], sentence: str
) -> None:
    script(api.conversation("Which colour?"))
    with pytest.raises(Unavailable, match=sentence) as failed:
        colour(Settings(model_retries=0))
    assert type(failed.value) is kind
    assert "told to fail" not in str(failed.value)


def test_a_server_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesApi() as api:
        gone = api.environment
    for name, value in gone.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Outage, match="cannot be reached"):
        colour(Settings(model_retries=0))


def test_a_silent_model_is_left_when_its_time_is_over_whatever_it_is_still_trying(api: MessagesApi) -> None:
    api.conversation("Which colour?").hangs()
    began = time.perf_counter()
    with pytest.raises(Outage, match="too long"):
        colour(timeout_s=1.5)
    assert time.perf_counter() - began < 4


LEAVES = """
from langchain_core.messages import HumanMessage
from pydantic import BaseModel
from graph.errors import Outage
from graph.settings import Settings
from tools.model import chat_model
from tools.model_calls import ask
try:
    ask(chat_model(Settings()), type("Form", (BaseModel,), {}), [HumanMessage("Which colour?")], 2)
except Outage as error:
    print(error)
"""


def test_a_process_ends_although_a_call_still_hangs(api: MessagesApi) -> None:
    api.conversation("Which colour?").hangs()
    environment = os.environ | api.environment
    command = [sys.executable, "-c", LEAVES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert "took too long" in done.stdout


def test_a_call_with_no_time_left_is_not_begun() -> None:
    begun: list[int] = []
    with pytest.raises(TimeoutError):
        within(0, lambda: begun.append(1))
    assert begun == []


def test_a_refusal_is_known_as_one(api: MessagesApi) -> None:
    api.conversation("Which colour?").refuses()
    answer = colour()
    assert (answer.form, answer.is_refused) == (None, True)


def test_an_answer_in_another_form_comes_with_its_flaw(api: MessagesApi) -> None:
    api.conversation("Which colour?").answers(json.dumps({"name": 7}))
    answer = colour()
    assert (answer.form, answer.flaw, answer.is_refused) == (None, "name: Input should be a valid string", False)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_an_agent_works_with_its_tools_over_several_turns(api: MessagesApi, is_streamed: bool) -> None:
    def price(symbol: str) -> str:
        """The price of a share in dollars."""
        return f"{symbol} is at 71.5"

    talk = api.conversation("How is KO?", "You look prices up.")
    talk.answers("I look it up.", tool("price", symbol="KO"))
    talk.fails(529, retry_after=0.01).answers("71.50 dollars.", after="KO is at 71.5")
    agent: Any = create_agent(chat_model(Settings(), "opus"), [price], system_prompt="You look prices up.")
    asked = {"messages": [HumanMessage("How is KO?")]}
    if is_streamed:
        chunks = [chunk.text for chunk, _ in agent.stream(asked, stream_mode="messages") if chunk.type != "tool"]
        assert "".join(chunks) == "I look it up.71.50 dollars."
    else:
        assert agent.invoke(asked)["messages"][-1].text == "71.50 dollars."
    assert [one.body["model"] for one in api.received] == ["claude-opus-5-5"] * 3
    assert {bool(one.body.get("stream")) for one in api.received} == {is_streamed}


def test_the_key_is_sent_and_shown_nowhere(api: MessagesApi, caplog: pytest.LogCaptureFixture) -> None:
    api.conversation("Which colour?").fails(529, retry_after=0.01).fails(401)
    caplog.set_level(logging.DEBUG)
    settings, model = load_settings(os.environ), chat_model(Settings())
    with pytest.raises(Unavailable) as failed:
        colour()
    shown = [repr(settings), settings.model_dump_json(), repr(model), str(failed.value), caplog.text]
    assert [text for text in shown if api.key in text] == []
    assert api.key in api.received[0].headers["authorization"]


def test_asking_whether_there_is_a_model_loads_no_provider() -> None:
    ask_it = "import sys, tools.model as m, graph.settings as s; m.why_no_model(s.Settings()); print([*sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask_it], capture_output=True, text=True, check=True)
    assert "langchain_core.language_models" in done.stdout
    assert [name for name in ("'anthropic'", "'langchain_anthropic'", "'langchain'") if name in done.stdout] == []
