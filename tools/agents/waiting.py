"""Where work has to wait for a person: the question stands in the thread, and nothing that was done is lost."""

import logging
from collections.abc import Callable
from typing import TypeVar

from langchain_core.exceptions import ModelError
from langgraph.types import interrupt

from graph.settings import Settings
from graph.state import Json
from tools.model import why_no_model
from tools.model_calls import SENTENCES, UNREADABLE

logger = logging.getLogger(__name__)

UNREADABLE_ANSWERS = (AttributeError, KeyError, TypeError, ValueError)
"""What a provider's client raises over an answer that is no message."""

Answer = TypeVar("Answer")


def wait_for_model(settings: Settings, known: Callable[[], Json] = dict) -> None:
    """Go on once there is a model; until then the request rests with one sentence that says what is missing.

    `known` is what can be said to it meanwhile.
    """
    while missing := why_no_model(settings):
        interrupt(stopped(missing, "model", **known()))


def reached(call: Callable[[], Answer]) -> Answer:
    """What a model answers. One that cannot be had is no end: the agent waits here, and `magnus resume` asks again."""
    while True:
        try:
            return call()
        except (ModelError, *UNREADABLE_ANSWERS) as error:
            why = next((told for known, told in SENTENCES.items() if isinstance(error, known)), UNREADABLE)
            logger.warning("a model did not answer", extra={"error": type(error).__name__})
            interrupt(stopped(why, "model"))


def stopped(why: str, what: str, **details: object) -> Json:
    """What an interrupt says that no answer but money, time or a key can end."""
    return {"kind": "budget", "question": why, "choices": [], "details": {"what": what, **details}}
