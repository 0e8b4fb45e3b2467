"""One agent from its assignment to its handoff: LangChain's loop with our bounds around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    ToolCallLimitMiddleware,
)
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.exceptions import ModelError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool

from graph.settings import Settings
from prompts.agent import Agent
from prompts.render import render
from tools.agents.budgeting import Budgeting, Handler, Purse
from tools.agents.handoff import Form, handing_over
from tools.agents.loop_state import Entry, Json, Shift
from tools.agents.recording import Recording
from tools.agents.remembering import ROOM_TOKENS, Remembering
from tools.agents.waiting import reached
from tools.model import chat_model, full_name, has_model

TURNS = 60
CALLS_A_TURN = 6
MOST_QUESTIONS = 4
CUT_SHORT = {
    "refusal": "The model would not go on with it.",
    "max_tokens": "Its last answer was longer than a model may speak at once.",
    "model_context_window_exceeded": "The conversation became longer than the model can read.",
}
"""Why a model stopped speaking, where that is not because it was done."""
NOT_HANDED_OVER = "It stopped without handing over: these are its last words."


@dataclass(frozen=True)
class Ending:
    """How an agent's work ended: what it handed over, the log of its tools, and why it was ended, if it was."""

    form: Form
    log: list[Entry] = field(default_factory=list)
    turns: int = 0
    ended: str = ""


def work(
    shift: Shift,
    assignment: str,
    tools: Sequence[BaseTool],
    settings: Settings,
    turns: int | None = None,
    room_tokens: int = ROOM_TOKENS,
) -> Ending:
    """Let an agent work until it hands over, or a bound ends it. Inside a node this inherits the node's checkpoints."""
    models = models_for(shift.agent, settings)
    loop = create_agent(
        models[0],
        [*tools, handing_over()],
        system_prompt=SystemMessage([_cached(shift.secrets.removed_from(instructions(shift.agent)), models[0])]),
        middleware=_around(shift, models, settings, turns or shift.agent.max_turns or TURNS, room_tokens),
    )
    asked = HumanMessage(shift.secrets.removed_from(assignment), id=shift.effects.place.key(shift.agent.key))
    state: Any = loop.invoke({"messages": [asked]})
    return Ending(_form(state), state.get("log", []), state.get("calls", 0), state.get("ended") or _cut_short(state))


def models_for(agent: Agent, settings: Settings) -> list[BaseChatModel]:
    """The model an agent's file names, and after it the model of Magnus; one that is not there is passed over."""
    names = dict.fromkeys([full_name(settings, agent.model), full_name(settings)])
    return [chat_model(settings, name) for name in names if has_model(settings, name)]


def instructions(agent: Agent) -> str:
    """What an agent is told whatever its task: its own prompt, and where it is."""
    permission = {
        "all": lambda: render("nodes/may_write_all"),
        "tests": lambda: render("nodes/may_write_tests"),
        "nothing": lambda: render("nodes/may_write_nothing"),
    }[agent.writes]()
    return f"{agent.prompt.strip()}\n\n{render('nodes/specialist', permission=permission)}"


def _around(
    shift: Shift, models: Sequence[BaseChatModel], settings: Settings, turns: int, room_tokens: int
) -> list[AgentMiddleware[Any, Any]]:
    """Outermost first. Retrying lies within falling back: a model is given up only after its tries."""
    purse = Purse(shift, models)
    fallback: list[AgentMiddleware[Any, Any]] = [ModelFallbackMiddleware(*models[1:])] if models[1:] else []
    return [
        Remembering(shift, models[0], purse, room_tokens),
        Budgeting(shift, purse, turns),
        Reaching(),
        Caching(),
        *fallback,
        ModelRetryMiddleware(
            max_retries=1,
            retry_on=lambda error: isinstance(error, ModelError) and error.is_retryable,
            on_failure="error",
            max_delay=settings.model_max_wait_s,
        ),
        ToolCallLimitMiddleware(thread_limit=turns * CALLS_A_TURN, exit_behavior="continue"),
        ToolCallLimitMiddleware(tool_name="ask_agent", thread_limit=MOST_QUESTIONS, exit_behavior="continue"),
        Recording(shift),
    ]


class Reaching(AgentMiddleware[Any, Any]):
    """Around the tries and the models to fall back to: what none of them could answer waits for a person."""

    def wrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        return reached(lambda: handler(request))


class Caching(AgentMiddleware[Any, Any]):
    """Anthropic keeps the conversation up to its last message; with the mark on the system prompt that is all of it."""

    def wrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        if not is_claude(request.model):
            return handler(request)
        return handler(request.override(model_settings={**request.model_settings, "cache_control": EPHEMERAL}))


EPHEMERAL = {"type": "ephemeral"}


def is_claude(model: BaseChatModel) -> bool:
    """Whether a model understands Anthropic's marks for its cache."""
    return model._llm_type == "anthropic-chat"


def _cached(text: str, model: BaseChatModel) -> Json:
    return {"type": "text", "text": text} | ({"cache_control": EPHEMERAL} if is_claude(model) else {})


def _form(state: Json) -> Form:
    """What was handed over; an agent that just stopped talking handed over its last words."""
    if handed := state.get("handed_over"):
        return Form.model_validate(handed)
    spoken = [str(one.text) for one in _spoken(state)]
    words = next((text for text in reversed(spoken) if text.strip()), "It said nothing.")
    return Form(summary=words, open_points=[NOT_HANDED_OVER])


def _cut_short(state: Json) -> str:
    """Why an agent could not end by itself; nothing where it could."""
    spoken = _spoken(state)
    if state.get("handed_over") or not spoken:
        return ""
    return CUT_SHORT.get(str(spoken[-1].response_metadata.get("stop_reason")), "")


def _spoken(state: Json) -> list[AIMessage]:
    """What the model said, and not we in its place."""
    return [one for one in state["messages"] if isinstance(one, AIMessage) and one.response_metadata]
