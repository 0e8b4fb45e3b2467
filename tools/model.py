"""The chat model of Magnus: the one room that knows a provider. Its package is loaded when a model is built."""

import os
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel

from graph.errors import Unavailable
from graph.settings import Settings

if TYPE_CHECKING:
    import anthropic
    from langchain_anthropic import ChatAnthropic

ALIASES = ("haiku", "sonnet", "opus", "fable")
"""What agent files call a model; each has a setting of its own, MAGNUS_MODEL_HAIKU and so on."""


def full_name(settings: Settings, wanted: str | None = None) -> str:
    """The model an agent file means: one of ALIASES, "inherit" or nothing for the model of Magnus, or a name as it is.

    >>> full_name(Settings(model="opus"), "inherit") == Settings().model_opus
    True
    """
    name = (wanted or "inherit").strip()
    if name == "inherit":
        name = settings.model.strip()
    return str(getattr(settings, f"model_{name}")) if name in ALIASES else name


def why_no_model(settings: Settings, wanted: str | None = None, environ: Mapping[str, str] = os.environ) -> str | None:
    """What is missing for a model, in one sentence; None where there is one. Nothing is sent."""
    name = full_name(settings, wanted)
    if settings.no_model:
        return "No model is used, as you asked (--no-model, MAGNUS_NO_MODEL)."
    if not _is_claude(name):
        return _why_not_built(settings, name)
    if not environ.get("ANTHROPIC_API_KEY", "").strip():
        return "There is no model: set ANTHROPIC_API_KEY, or MAGNUS_MODEL to a model of another provider."
    return None


def has_model(settings: Settings, wanted: str | None = None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a model to ask."""
    return why_no_model(settings, wanted, environ) is None


def chat_model(
    settings: Settings,
    wanted: str | None = None,
    *,
    max_tokens: int | None = None,
    timeout_s: float | None = None,
    thinks_little: bool = False,
) -> BaseChatModel:
    """A LangChain chat model for `wanted` (see full_name); raises Unavailable with one sentence where there is none.

    It tries again by itself when it is limited (429), overloaded (529), broken (5xx) or not reached, and waits as long
    as it is told to, up to MAGNUS_MODEL_MAX_WAIT_S. `thinks_little` is for a small question.
    """
    if missing := why_no_model(settings, wanted):
        raise Unavailable(missing)
    limits: dict[str, Any] = {
        "max_tokens": max_tokens or settings.model_max_tokens,
        "timeout": timeout_s or settings.model_timeout_s,
        "max_retries": settings.model_retries,
    }
    name = full_name(settings, wanted)
    if not _is_claude(name):
        return _other(name, limits)
    limits |= {"model": name.removeprefix("anthropic:"), "longest_wait_s": settings.model_max_wait_s}
    model = _patient_claude()(**limits)
    if thinks_little and "low" in (model.profile or {}).get("reasoning_effort_levels", ()):
        model.reasoning_effort = "low"
    return model


def _is_claude(name: str) -> bool:
    return name.startswith(("anthropic:", "claude"))


def _why_not_built(settings: Settings, name: str) -> str | None:
    try:
        _other(name, {"max_tokens": settings.model_max_tokens})
    except Unavailable as error:
        return str(error)
    return None


def _other(name: str, limits: Mapping[str, Any]) -> BaseChatModel:
    """A model of another provider; what its package says about a bad key is not repeated, it might quote it."""
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, **limits)
    except ImportError as error:
        package = (getattr(error.__cause__, "name", None) or "its package").partition(".")[0].replace("_", "-")
        raise Unavailable(f"The model {name} needs a package that is not installed: pip install {package}.") from error
    except Exception as error:
        raise Unavailable(
            f"The model {name} cannot be used: write it as PROVIDER:MODEL, and set the key of its provider."
        ) from error
    return model


@cache
def _patient_claude() -> "type[ChatAnthropic]":
    """ChatAnthropic, but a server that asks for a longer wait than we allow is not asked again."""
    from langchain_anthropic import ChatAnthropic

    class PatientClaude(ChatAnthropic):
        longest_wait_s: float

        @cached_property
        def _client(self) -> "anthropic.Client":
            way = (self.anthropic_api_url, self.default_request_timeout, self.anthropic_proxy)
            client: anthropic.Client = super()._client.with_options(http_client=_http_client(*way, self.longest_wait_s))
            return client

    return PatientClaude


@cache
def _http_client(
    base_url: str | None, timeout_s: float | None, proxy: str | None, longest_s: float
) -> "anthropic.DefaultHttpxClient":
    """One a process and kind, so that connections are used again."""
    import anthropic

    def heed(response: Any) -> None:
        """The client obeys `retry-after` to the letter, hours included; this header is the way to tell it no."""
        if _seconds(response.headers.get("retry-after")) > longest_s:
            response.headers["x-should-retry"] = "false"

    return anthropic.DefaultHttpxClient(
        base_url=base_url or "", timeout=timeout_s, proxy=proxy, event_hooks={"response": [heed]}
    )


def _seconds(header: str | None) -> float:
    """The seconds a server asks to wait; a date is taken for longer than anybody waits."""
    if not header:
        return 0.0
    try:
        return float(header)
    except ValueError:
        return float("inf")
