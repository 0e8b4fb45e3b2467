"""Where work has to wait for a person: the question stands in the thread, and nothing that was done is lost."""

from langgraph.types import interrupt

from graph.settings import Settings
from tools.agents.loop_state import Json
from tools.model import why_no_model


def wait_for_model(settings: Settings) -> None:
    """Go on once there is a model; until then the request rests with one sentence that says what is missing."""
    while missing := why_no_model(settings):
        interrupt(stopped(missing, "model"))


def stopped(why: str, what: str, **details: object) -> Json:
    """What an interrupt says that no answer but money, time or a key can end."""
    return {"kind": "budget", "question": why, "choices": [], "details": {"what": what, **details}}
