"""Below the margin of the router a model decides, where there is one: its answer is checked, repaired once at most."""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from graph.errors import Unavailable
from graph.protocol import Usage
from graph.settings import Settings
from prompts.render import render
from tools.model import chat_model, why_no_model
from tools.model_calls import Answer, ask, spent
from tools.routing.chosen import chosen
from tools.routing.router import ALTERNATIVES, DECISION_CONFIDENCE, UNKNOWN, Route
from tools.routing.slots import parse_slots
from tools.routing.steering import without_steering
from tools.routing.tie_break_reading import Reading, slots_with

log = logging.getLogger(__name__)

TRIES = 2
LONGEST_REQUEST = 4000
ANSWER_TOKENS = 2000
BYTES_PER_TOKEN = 3
"""Text has more bytes a token than this, so that what is reserved is more than what is used."""

LINE_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), "\n")
"""Those that JSON leaves as they are, and that would end the line the request stands on."""


class Settled(NamedTuple):
    """The route, decided or as it came; what the model cost; why it decided nothing where it was to, in a sentence."""

    route: Route
    usage: Usage
    why_not: str | None = None


def settle(route: Route, prompt: str, settings: Settings, tokens_left: int | None = None) -> Settled:
    """The route with the model's decision in it, where it was undecided and a model gave a usable answer in time.

    Nothing is raised for a model that is missing, busy, silent or of no help: the route comes back undecided, as it
    was, and the person is asked. `tokens_left` is what the budget of the request still allows.
    """
    asked = without_steering(prompt)
    if route["decided"] or not asked:
        return Settled(route, Usage())
    if missing := why_no_model(settings):
        return Settled(route, Usage(), missing)
    limit = settings.route_tokens if tokens_left is None else min(settings.route_tokens, tokens_left)
    settled = _Question(route, _shortened(asked), limit).put(settings)
    log.info("tie-break", extra={"task_type": settled.route["task_type"], "why_not": settled.why_not})
    return settled


@dataclass(frozen=True)
class _Question:
    route: Route
    asked: str
    limit: int

    def put(self, settings: Settings) -> Settled:
        """The model's decision, after one repair at most."""
        usage, parsed, began = Usage(), parse_slots(self.asked), time.perf_counter()
        messages: list[BaseMessage] = _opening(self.asked, parsed)
        for _ in range(TRIES):
            if usage.input_tokens + usage.output_tokens + _most_tokens(messages) > self.limit:
                return Settled(self.route, usage, "The tokens for settling what is asked are used up.")
            past_s = time.perf_counter() - began
            try:
                answer = ask(_model(settings), Reading, messages, settings.route_timeout_s - past_s)
            except Unavailable as error:
                failed = Usage(model_calls=1, seconds=round(time.perf_counter() - began - past_s, 3))
                return Settled(self.route, spent(usage, failed), str(error))
            usage = spent(usage, answer.usage)
            if answer.is_refused:
                return Settled(self.route, usage, "The model will not say what this request asks for.")
            try:
                return Settled(self._decided(answer, parsed), usage)
            except ValueError as flaw:
                messages += _again(answer.message, str(flaw))
        return Settled(self.route, usage, "The model gave no usable answer, and its repair was none either.")

    def _decided(self, answer: Answer[Reading], parsed: dict[str, Any]) -> Route:
        """The route the model chose; raises ValueError with the flaw. Its "unknown" means: ask the person."""
        if answer.form is None:
            raise ValueError(answer.flaw)
        task_type = answer.form.task_type
        made = chosen(task_type, slots_with(answer.form, self.asked, parsed), self.asked, "model")
        likely = dict.fromkeys((self.route["task_type"], *self.route["alternatives"]))
        made["alternatives"] = [name for name in likely if name not in (task_type, UNKNOWN)][:ALTERNATIVES]
        made["decided"] = task_type != UNKNOWN
        made["complexity"] = self.route["complexity"]
        made["confidence"] = DECISION_CONFIDENCE
        return made


def _model(settings: Settings) -> BaseChatModel:
    timeout_s = min(settings.route_timeout_s, settings.model_timeout_s)
    return chat_model(settings, max_tokens=ANSWER_TOKENS, timeout_s=timeout_s, thinks_little=True)


def _opening(asked: str, parsed: dict[str, Any]) -> list[BaseMessage]:
    """The sentence goes in as a JSON string, whose end no text inside it can fake."""
    request = render("nodes/route_request", request=json.dumps(asked, ensure_ascii=False), known=json.dumps(parsed))
    return [SystemMessage(render("nodes/route")), HumanMessage(request)]


def _again(said: AIMessage, flaw: str) -> list[BaseMessage]:
    """What the model said, and why it is not enough; an answer given as the use of a tool gets it as the result."""
    why = render("nodes/route_repair", flaw=flaw)
    calls = [*said.tool_calls, *said.invalid_tool_calls]
    if not said.content and not calls:
        return [HumanMessage(why)]
    results: list[BaseMessage] = [ToolMessage(why, tool_call_id=call["id"], status="error") for call in calls]
    return [said, *(results or [HumanMessage(why)])]


def _most_tokens(messages: Sequence[BaseMessage]) -> int:
    """No fewer tokens than the next call can use."""
    texts = [str(message.content) for message in messages] + [json.dumps(Reading.model_json_schema())]
    return sum(len(text.encode()) for text in texts) // BYTES_PER_TOKEN + ANSWER_TOKENS


def _shortened(asked: str) -> str:
    """Both ends of a request of any length: what is wanted is said first or last. Half characters become a "?"."""
    asked, half = asked.translate(LINE_ENDS).encode(errors="replace").decode(), LONGEST_REQUEST // 2
    return asked if len(asked) <= LONGEST_REQUEST else f"{asked[:half]} … {asked[-half:]}"
