"""The scripted Messages API: the real client understands it, and a script that does not fit fails the test."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from messages_api import MessagesApi, tool

HELLO: Any = [{"role": "user", "content": "hello there"}]
ASK: Any = {"model": "claude-haiku-5-5", "max_tokens": 50}
READ: Any = [{"name": "read_file", "description": "Reads.", "input_schema": {"type": "object"}}]


def client(api: MessagesApi, **how: Any) -> Anthropic:
    return Anthropic(base_url=api.url, api_key=api.key, **({"max_retries": 0} | how))


def say(api: MessagesApi, messages: Any = HELLO, **how: Any) -> Any:
    with client(api) as real:
        return real.messages.create(messages=messages, **(ASK | how))


def told_wrong(script: Callable[[MessagesApi], None], *after: Callable[[MessagesApi], Any]) -> str:
    """What the test would fail with."""
    with pytest.raises(AssertionError) as failed, MessagesApi() as api:
        script(api)
        for step in after:
            step(api)
    return str(failed.value)


def refused(api: MessagesApi, messages: Any = HELLO, **how: Any) -> None:
    with pytest.raises(anthropic.BadRequestError, match="scripted model"):
        say(api, messages, **how)


def test_a_text_comes_back_with_the_tokens_it_was_told(api: MessagesApi) -> None:
    api.conversation("hello").answers("good day", tokens=(7, 3))
    answer = say(api)
    assert (answer.content[0].text, answer.stop_reason) == ("good day", "end_turn")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 3)


def test_a_stream_holds_the_same_answer(api: MessagesApi) -> None:
    api.conversation("hello").answers("Let me look.", tool("read_file", path="a.py"), tokens=(7, 3))
    with client(api) as real, real.messages.stream(messages=HELLO, tools=READ, **ASK) as stream:
        words = list(stream.text_stream)
        whole = stream.get_final_message()
    assert words == ["Let me", " look."]
    assert (whole.content[1].name, whole.content[1].input) == ("read_file", {"path": "a.py"})  # type: ignore[union-attr]
    assert (whole.stop_reason, whole.usage.output_tokens) == ("tool_use", 3)


def test_a_conversation_goes_on_through_the_results_of_its_tools(api: MessagesApi) -> None:
    talk = api.conversation("hello")
    talk.answers(tool("read_file", path="a.py")).answers("It says 42.", after="x = 42")
    use = say(api, tools=READ).content[0]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": "x = 42"}]}
    turns = [*HELLO, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    assert say(api, turns, tools=READ).content[0].text == "It says 42."
    assert api.received[1].newest == "x = 42"


def test_conversations_are_told_apart_by_their_opening_and_their_model(api: MessagesApi) -> None:
    api.conversation("hello", "You are a baker").answers("bread")
    api.conversation("hello", "You are a smith", model="claude-haiku-5-5").answers("iron")
    api.conversation("hello", "You are a smith", model="claude-haiku-4-5").answers("old iron")
    said = {}

    def ask_as(trade: str, model: str) -> None:
        said[trade, model] = say(api, system=f"You are a {trade}.", model=model).content[0].text

    pairs = [("smith", "claude-haiku-4-5"), ("baker", "claude-haiku-5-5"), ("smith", "claude-haiku-5-5")]
    threads = [threading.Thread(target=ask_as, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [said[pair] for pair in pairs] == ["old iron", "bread", "iron"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, anthropic.RateLimitError),
        (529, anthropic.APIStatusError),
        (500, anthropic.InternalServerError),
        (404, anthropic.NotFoundError),
    ],
)
def test_an_error_is_the_one_the_client_knows(api: MessagesApi, status: int, kind: type[Exception]) -> None:
    api.conversation("hello").fails(status, retry_after=1.5)
    with pytest.raises(kind) as failed:
        say(api)
    error: Any = failed.value
    assert (error.status_code, error.response.headers["retry-after"]) == (status, "1.5")


def test_a_client_that_tries_again_after_an_error_gets_the_next_turn(api: MessagesApi) -> None:
    api.conversation("hello").fails(529, retry_after=0.01, times=2).answers("at last")
    with client(api, max_retries=2) as real:
        assert real.messages.create(messages=HELLO, **ASK).content[0].text == "at last"  # type: ignore[union-attr]
    assert [one.headers["x-stainless-retry-count"] for one in api.received] == ["0", "1", "2"]
    assert api.repeats.total() == 0


def test_a_call_that_was_answered_gets_the_same_answer_again_and_is_counted(api: MessagesApi) -> None:
    api.conversation("hello").answers(tool("read_file", path="a.py"))
    first, second = say(api, tools=READ), say(api, tools=READ)
    assert first == second
    assert api.repeats.total() == 1


def test_a_refusal_is_an_empty_answer_with_its_reason(api: MessagesApi) -> None:
    api.conversation("hello").refuses()
    answer = say(api)
    assert (answer.content, answer.stop_reason) == ([], "refusal")


def test_a_form_comes_back_the_way_it_was_asked_for(api: MessagesApi) -> None:
    api.conversation("hello", "by tool").fills_in(colour="red")
    api.conversation("hello", "by schema").fills_in(colour="red")
    assert say(api, system="by tool", tools=READ).content[0].input == {"colour": "red"}
    schema = {"type": "json_schema", "schema": {"type": "object"}}
    assert say(api, system="by schema", output_config={"format": schema}).content[0].text == '{"colour": "red"}'


def test_a_late_answer_is_late_and_a_hanging_one_never_comes(api: MessagesApi) -> None:
    api.conversation("hello", "late").answers("sorry").later(1.5)
    api.conversation("hello", "never").hangs()
    with client(api, timeout=0.1) as hasty:
        for system in ("late", "never"):
            with pytest.raises(anthropic.APITimeoutError):
                hasty.messages.create(messages=HELLO, system=system, **ASK)
    began = time.perf_counter()
    assert say(api, system="late").content[0].text == "sorry"
    assert time.perf_counter() - began < 1.2


def test_a_connection_can_be_dropped_and_a_stream_broken_off(api: MessagesApi) -> None:
    api.conversation("hello", "dropped").hangs_up()
    api.conversation("hello", "broken").breaks_off("The answer is probably")
    with pytest.raises(anthropic.APIConnectionError):
        say(api, system="dropped")
    broken = pytest.raises(anthropic.APIStatusError, match="broke off")
    with client(api) as real, broken, real.messages.stream(messages=HELLO, system="broken", **ASK) as stream:
        list(stream)


def test_a_wrong_key_is_turned_away_and_uses_up_nothing(api: MessagesApi) -> None:
    api.conversation("hello").answers("good day")
    stranger = Anthropic(base_url=api.url, api_key="another", max_retries=0)
    with stranger, pytest.raises(anthropic.AuthenticationError):
        stranger.messages.create(messages=HELLO, **ASK)
    assert say(api).content[0].text == "good day"


def test_another_process_finds_it_by_the_environment_alone(api: MessagesApi) -> None:
    api.conversation("hello").answers("good day")
    ask = f"import anthropic; print(anthropic.Anthropic().messages.create(messages={HELLO}, **{ASK}).content[0].text)"
    environment = os.environ | api.environment
    done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "good day\n"


def test_an_answer_left_over_fails_the_test() -> None:
    assert "1 answers left over" in told_wrong(
        lambda api: api.conversation("hello").answers("a").answers("b") and None, say
    )


def test_a_conversation_nobody_told_it_about_fails_the_test() -> None:
    assert "no conversation" in told_wrong(lambda api: None, refused)


def test_a_request_that_fits_two_conversations_fails_the_test() -> None:
    def script(api: MessagesApi) -> None:
        api.conversation("hello").answers("a")
        api.conversation("there").answers("b")

    assert "('hello',), ('there',)" in told_wrong(script, refused)


def test_one_turn_too_many_fails_the_test() -> None:
    def once_more(api: MessagesApi) -> None:
        refused(api, [*HELLO, {"role": "assistant", "content": "a"}, {"role": "user", "content": "and?"}])

    assert "asked for one more" in told_wrong(
        lambda api: api.conversation("hello").answers("a") and None, say, once_more
    )


def test_an_answer_that_cannot_be_written_fails_the_test() -> None:
    def dropped(api: MessagesApi) -> None:
        with pytest.raises(anthropic.APIConnectionError):
            say(api)

    assert "KeyError('tools')" in told_wrong(lambda api: api.conversation("hello").fills_in(a=1) and None, dropped)


def test_a_turn_that_comes_after_something_else_fails_the_test() -> None:
    told = told_wrong(lambda api: api.conversation("hello").answers("a", after="goodbye") and None, refused)
    assert "expected 'goodbye' in: hello there" in told


@pytest.mark.parametrize(
    ("how", "flaw"),
    [
        ({"model": "claude-sonnet-5-5", "tools": READ, "tool_choice": {"type": "any"}}, "cannot be forced"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "start with one of the user"),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]}]},
            "do not pair up: ['t1']",
        ),
        (
            {
                "messages": [
                    *HELLO,
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "x", "input": {}}]},
                    {"role": "user", "content": "never mind"},
                ]
            },
            "do not pair up: ['t1']",
        ),
    ],
)
def test_a_request_the_real_server_would_not_take_fails_the_test(how: dict[str, Any], flaw: str) -> None:
    assert flaw in told_wrong(lambda api: None, lambda api: refused(api, **how))


def test_what_else_went_wrong_in_a_test_is_noted_beside_its_own_failure() -> None:
    with pytest.raises(ZeroDivisionError) as failed, MessagesApi() as api:
        api.conversation("hello").answers("a")
        raise ZeroDivisionError
    assert "left over" in failed.value.__notes__[0]
