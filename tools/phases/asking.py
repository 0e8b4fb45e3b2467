"""The planner's question: goal and project go to a model, a plan comes back that holds every rule, or a sentence."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from graph.errors import MagnusError
from graph.protocol import Usage
from graph.settings import Settings
from prompts.agent import Agent
from prompts.render import render
from tools.model import chat_model
from tools.model_calls import Answer, ask
from tools.phases.plan import Plan
from tools.phases.project import Project
from tools.phases.rules import flaws_of

TRIES = 2
BYTES_PER_TOKEN = 3
"""Text has more bytes a token than this, so that what is reserved is more than what is used."""

Reserve = Callable[[int, int], None]
"""Told the number of a call and the tokens of its prompt before it is made; raises where it cannot be paid."""


class NoPlan(MagnusError):
    """The model gave no plan that can be used; the goal, or another model, may do better."""


@dataclass
class Talk:
    """What was said: every answer with its flaws, what each call took, and what was changed in the plan."""

    answers: list[tuple[str, list[str]]] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """A goal, the project it is for, and how many iterations a phase may have at most."""

    goal: str
    project: Project
    most_iterations: int


def ask_for_plan(question: Question, agent: Agent, settings: Settings, reserve: Reserve, talk: Talk) -> Plan:
    """The plan, after one repair at most. Raises NoPlan, Unavailable where the model cannot be asked, and what
    `reserve` raises; what was said until then stands in `talk`."""
    model = chat_model(settings, agent.model)
    messages = _opening(question, agent)
    flaws: list[str] = []
    for number in range(1, TRIES + 1):
        reserve(number, _tokens(messages))
        answer = ask(model, Plan, messages, settings.model_timeout_s)
        flaws = _flaws(answer)
        talk.usages.append(answer.usage)
        talk.answers.append((_said(answer.message), flaws))
        if answer.is_refused:
            raise NoPlan("The model will not make a plan for this goal: say it in other words.")
        if answer.form and not flaws:
            return _bounded(answer.form, question, talk)
        messages += _again(answer.message, flaws)
    told = " ".join(flaws)
    raise NoPlan(f"The model gave no usable plan, and its repair was none either: {told}")


def _flaws(answer: Answer[Plan]) -> list[str]:
    if answer.form is None:
        return [f"{answer.flaw}."]
    return [flaw.why for flaw in flaws_of(answer.form)]


def _bounded(plan: Plan, question: Question, talk: Talk) -> Plan:
    """The plan with the person's own goal and bound in it."""
    most, phases = question.most_iterations, []
    for phase in plan.phases:
        if phase.max_iterations > most:
            talk.notes.append(f"{phase.id} was given {phase.max_iterations} iterations and gets {most}, as you asked.")
        phases.append(phase.model_copy(update={"max_iterations": min(phase.max_iterations, most)}))
    return plan.model_copy(update={"goal": question.goal, "phases": phases})


def _opening(question: Question, agent: Agent) -> list[BaseMessage]:
    """The goal goes in as a JSON string, whose end no text inside it can fake."""
    asked = render(
        "nodes/phases",
        goal=json.dumps(question.goal, ensure_ascii=False),
        structure=question.project.structure,
        stack=question.project.stack_text,
        most_iterations=str(question.most_iterations),
    )
    return [SystemMessage(agent.prompt), HumanMessage(asked)]


def _again(said: AIMessage, flaws: Sequence[str]) -> list[BaseMessage]:
    """What the model said, and why it is not enough; an answer given as the use of a tool gets it as the result."""
    why = render("nodes/phases_repair", flaws="\n".join(f"- {flaw}" for flaw in flaws))
    calls = [*said.tool_calls, *said.invalid_tool_calls]
    if not said.content and not calls:
        return [HumanMessage(why)]
    results: list[BaseMessage] = [ToolMessage(why, tool_call_id=call["id"], status="error") for call in calls]
    return [said, *(results or [HumanMessage(why)])]


def _said(message: AIMessage) -> str:
    """The words of an answer, or the arguments of the tool it used."""
    used = [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    return "\n".join([*used, message.text]).strip()


def _tokens(messages: Sequence[BaseMessage]) -> int:
    """No fewer tokens than the prompt has."""
    texts = [str(message.content) for message in messages] + [json.dumps(Plan.model_json_schema())]
    return sum(len(text.encode(errors="replace")) for text in texts) // BYTES_PER_TOKEN
