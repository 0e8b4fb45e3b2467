"""Makes room in a long conversation: the task and the changed files stay word for word, the rest is told briefly."""

import time
from collections.abc import Sequence
from typing import Any

from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langchain_core.messages.utils import count_tokens_approximately, get_buffer_string
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime

from prompts.render import render
from tools.agents.budgeting import LETTERS_A_TOKEN, Purse
from tools.agents.kit import clipped
from tools.agents.loop_state import Json, LoopState, Shift
from tools.agents.waiting import reached

ROOM_TOKENS = 120_000
KEPT_MESSAGES = 12
WORTH_IT = 6
"""So many messages more must there be: a shorter talk is told no shorter, and the call for it is not free."""
MOST_LETTERS = 300_000


class Remembering(SummarizationMiddleware[Any, Any]):
    """LangChain's summarisation, paid from the purse; what it must not lose is put back by code."""

    state_schema = LoopState

    def __init__(self, shift: Shift, model: BaseChatModel, purse: Purse, room_tokens: int = ROOM_TOKENS) -> None:
        self._shift, self._writer, self._purse = shift, model, purse
        self._number = 0
        super().__init__(
            model,
            trigger=("tokens", room_tokens),
            keep=("messages", KEPT_MESSAGES),
            summarizer=self._summary,
            trim_tokens_to_summarize=None,
        )

    def before_model(self, state: Any, runtime: Runtime[Any]) -> Json | None:
        if state.get("handed_over") or len(state["messages"]) < KEPT_MESSAGES + WORTH_IT:
            return None
        self._number = state.get("calls", 0) + 1
        changed = super().before_model(state, runtime)
        if changed is None:
            return None
        _, memory, *kept = changed["messages"]
        task: AnyMessage = state["messages"][0]
        files = "\n".join(f"- {path}" for path in self._shift.bench.changed()) or "- none"
        words = render("nodes/remembered", memory=str(memory.text), files=files)
        told = HumanMessage(self._shift.secrets.removed_from(words), id=memory.id)
        return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), task, told, *_without(kept, task)]}

    def _summary(self, messages: Sequence[AnyMessage]) -> str:
        """What the model makes of them. Its call is numbered below zero: it is none of the agent's turns."""
        said = clipped(get_buffer_string(messages[1:]), MOST_LETTERS)
        asked = HumanMessage(render("nodes/shorten", agent=self._shift.agent.name, messages=said))
        key = self._purse.reserve(-self._number, count_tokens_approximately([asked], chars_per_token=LETTERS_A_TOKEN))
        began = time.perf_counter()
        answer = reached(lambda: self._writer.invoke([asked]))
        assert isinstance(answer, AIMessage)
        self._purse.settle(key, answer, time.perf_counter() - began)
        return str(answer.text)


def _without(messages: Sequence[AnyMessage], one: AnyMessage) -> list[AnyMessage]:
    return [message for message in messages if message.id != one.id]
