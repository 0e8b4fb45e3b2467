"""One question to a model, one checked answer: bounded in time, and every failure is one sentence."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any, Generic, TypeVar, cast

from langchain_core.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableSequence
from pydantic import BaseModel, ValidationError

from graph.errors import Outage, Unavailable
from graph.protocol import Usage

Form = TypeVar("Form", bound=BaseModel)
Result = TypeVar("Result")

REFUSED = {"refusal", "content_filter"}
CUT_OFF = {"max_tokens", "length"}
SENTENCES: dict[type[Exception], str] = {
    ModelAuthenticationError: "The model's server does not accept the key: check ANTHROPIC_API_KEY.",
    ModelPermissionDeniedError: "The key may not use this model: choose another one in MAGNUS_MODEL.",
    ModelNotFoundError: "The model's server knows no model of this name: check MAGNUS_MODEL.",
    ModelRateLimitError: "The model is busy (429): try again later.",
    ModelTimeoutError: "The model took too long to answer: try again later.",
    ModelConnectionError: "The model cannot be reached: check the network and ANTHROPIC_BASE_URL.",
    ModelAPIError: "The model's server is overloaded or has a fault: try again later.",
    ModelError: "The model's server does not take this request.",
}
NOT_JSON = "it is not the JSON that was asked for"
UNREADABLE = "The answer of the model's server cannot be read: check ANTHROPIC_BASE_URL."


@dataclass(frozen=True)
class Answer(Generic[Form]):
    """What a model said: the filled-in form, or the flaw that kept it from being one, in words for the model."""

    message: AIMessage
    form: Form | None
    flaw: str | None
    usage: Usage

    @property
    def is_refused(self) -> bool:
        """Whether the model will not answer, which asking again does not change."""
        return bool(_ends(self.message) & REFUSED)


def ask(model: BaseChatModel, form: type[Form], messages: Sequence[BaseMessage], timeout_s: float) -> Answer[Form]:
    """The model's answer in the form asked for; raises Outage where it may be back later, else Unavailable."""
    began = time.perf_counter()
    first, *others = cast(RunnableSequence[Any, Any], model.with_structured_output(form, **_method(model))).steps
    # not as one chain with include_raw: that runs the call in a pool whose threads a process waits for at its end
    message: AIMessage = _translated(lambda: within(timeout_s, lambda: first.invoke(list(messages))))
    filled, flaw = _read(message, others)
    return Answer(message, filled, flaw, _usage(message, time.perf_counter() - began))


def within(timeout_s: float, call: Callable[[], Result]) -> Result:
    """The result of `call`, or TimeoutError; a call that hangs is left behind in a thread that keeps nobody waiting."""
    if timeout_s <= 0:
        raise TimeoutError
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that waits
            future.set_exception(error)

    Thread(target=run, name="model call", daemon=True).start()
    return future.result(timeout_s)


def spent(*parts: Usage) -> Usage:
    """The sum."""
    names = Usage.model_fields
    return Usage.model_validate({name: sum(getattr(part, name) for part in parts) for name in names})


def _method(model: BaseChatModel) -> dict[str, Any]:
    """Newer Claudes refuse to be forced to a tool, older ones know no schema; other providers choose for themselves."""
    is_claude = model._llm_type == "anthropic-chat"
    return {"method": "json_schema"} if is_claude and (model.profile or {}).get("structured_output") else {}


def _translated(call: Callable[[], Result]) -> Result:
    """The result, or one of our errors; the words of the server are left out, which may quote what was sent."""
    try:
        return call()
    except TimeoutError as error:
        raise Outage(SENTENCES[ModelTimeoutError]) from error
    except ModelError as error:
        kind = Outage if error.is_retryable else Unavailable
        raise kind(next(told for known, told in SENTENCES.items() if isinstance(error, known))) from error
    except Exception as error:
        raise Unavailable(UNREADABLE) from error


def _read(message: AIMessage, parsers: Sequence[Runnable[Any, Any]]) -> tuple[Any, str | None]:
    """The form, or what is wrong with it; half an answer is none, even where its beginning could be read."""
    if _ends(message) & CUT_OFF:
        return None, "it was cut off before its end"
    found: Any = message
    try:
        for parser in parsers:
            found = parser.invoke(found)
    except ValueError as error:
        return None, _flaw(error)
    return found, None if found is not None else NOT_JSON


def _flaw(error: ValueError) -> str:
    invalid = error if isinstance(error, ValidationError) else error.__cause__
    if isinstance(invalid, ValidationError):
        first = invalid.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return NOT_JSON


def _ends(message: AIMessage) -> set[str | None]:
    """Why the model stopped, under either name that providers have for it."""
    told = message.response_metadata
    return {told.get("stop_reason"), told.get("finish_reason")}


def _usage(message: AIMessage, seconds: float) -> Usage:
    counted = message.usage_metadata
    return Usage(
        model_calls=1,
        input_tokens=counted["input_tokens"] if counted else 0,
        output_tokens=counted["output_tokens"] if counted else 0,
        seconds=round(seconds, 3),
    )
