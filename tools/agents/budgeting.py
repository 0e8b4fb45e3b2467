"""Before each call of a model: is there a reason to stop, and is there money for it? After it: what it took."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.types import Command, interrupt

from checkpoints.budget import Cost, Exhausted
from tools.agents.loop_state import LoopState, Shift
from tools.agents.stuck import why_stuck
from tools.agents.waiting import stopped
from tools.prices import Price, price_of

Handler = Callable[[ModelRequest[Any]], ModelResponse[Any]]
LETTERS_A_TOKEN = 3.0
"""Fewer than in ordinary text, so that an estimate is seldom too low: code has many short words."""
DEFAULT_ANSWER = 16_000


class Purse:
    """The budget ledger as one agent uses it. The dearest of the models it may fall back to is what is reserved."""

    def __init__(self, shift: Shift, models: Sequence[BaseChatModel]) -> None:
        self._shift = shift
        self._names = [name_of(model) for model in models]
        self._answer = max(int(getattr(model, "max_tokens", None) or DEFAULT_ANSWER) for model in models)

    def reserve(self, number: int, prompt_tokens: int) -> str:
        """The key of a call; a person is asked where there is no money for it, and the agent waits in this place."""
        usd = max(price.usd(prompt_tokens, self._answer, cache_write=prompt_tokens) for price in self._prices())
        shift, tokens = self._shift, prompt_tokens + self._answer
        while True:
            try:
                return shift.ledger.reserve_call(
                    shift.effects.place, shift.agent.name, number, self._names[0], tokens, usd
                )
            except Exhausted as exhausted:
                files = shift.secrets.removed(shift.bench.changed())
                interrupt(stopped(str(exhausted), exhausted.what, agent=shift.agent.name, files=files))

    def settle(self, key: str, message: AIMessage, seconds: float) -> None:
        """What the call really took, by the model that answered."""
        told = message.response_metadata
        model = str(told.get("model_name") or told.get("model") or self._names[0])
        self._shift.ledger.settle(key, cost_of(message, model, seconds))

    def _prices(self) -> list[Price]:
        return [price_of(name) for name in self._names]


class Budgeting(AgentMiddleware[LoopState]):
    """The outermost around a model: one reservation covers a call with its retries and fallbacks."""

    state_schema = LoopState

    def __init__(self, shift: Shift, purse: Purse, turns: int) -> None:
        super().__init__()
        self._shift, self._purse, self._turns, self.tools = shift, purse, turns, []

    def wrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ExtendedModelResponse[Any]:
        state: Any = request.state
        number = state.get("calls", 0) + 1
        if state.get("handed_over"):
            return ExtendedModelResponse(ModelResponse(result=[AIMessage("Handed over.")]))
        if reason := self._why_end(state, number):
            return _ending(reason)
        key = self._purse.reserve(number, prompt_tokens(request))
        began = time.perf_counter()
        response = handler(request)
        answer = next(message for message in response.result if isinstance(message, AIMessage))
        self._purse.settle(key, answer, time.perf_counter() - began)
        return ExtendedModelResponse(response, Command(update={"calls": number}))

    def _why_end(self, state: Any, number: int) -> str | None:
        if number > self._turns:
            return f"It had its {self._turns} turns."
        return why_stuck(state.get("log", []), number - 1, self._shift.agent.writes)


def prompt_tokens(request: ModelRequest[Any]) -> int:
    """About how many tokens a request has, rather too many."""
    system: list[BaseMessage] = [request.system_message] if request.system_message else []
    return count_tokens_approximately(
        [*system, *request.messages], chars_per_token=LETTERS_A_TOKEN, tools=list(request.tools)
    )


def cost_of(message: AIMessage, model: str, seconds: float) -> Cost:
    """What an answer cost at the table's price, with what was read from the cache and written to it."""
    counted = message.usage_metadata
    if counted is None:
        return Cost(0, 0, Decimal(0), seconds)
    details: Any = counted.get("input_token_details") or {}
    written = sum(
        details.get(name) or 0 for name in ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    )
    read = details.get("cache_read") or 0
    usd = price_of(model).usd(counted["input_tokens"], counted["output_tokens"], read, written)
    return Cost(counted["input_tokens"], counted["output_tokens"], usd, seconds)


def name_of(model: BaseChatModel) -> str:
    """What a model is called by its provider."""
    return str(getattr(model, "model", None) or getattr(model, "model_name", None) or type(model).__name__)


def _ending(reason: str) -> ExtendedModelResponse[Any]:
    said = ModelResponse(result=[AIMessage(f"Stopped: {reason}")])
    return ExtendedModelResponse(said, Command(update={"ended": reason}))
