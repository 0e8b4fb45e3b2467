"""An agent that was ended gets its part again, then with another model; after that a person is asked."""

from collections.abc import Sequence
from typing import Any

from graph.settings import Settings
from prompts.agent import Agent
from prompts.render import render
from tools.model import full_name, has_model

Json = dict[str, Any]
TRIES = 3
"""How often an agent has the same part before a person is asked; the last time with another model."""
BY_STAGE = ("conflicts", "evidence", "tries")
"""What a plan says about single stages, by their numbers."""


def tried_again(plan: Json, ended: Sequence[Json], is_asked_for: bool = False) -> Json | None:
    """The plan with a stage after this one for those who were ended; None where they had all their tries.

    A person who asks for it begins the count anew.
    """
    stage = max(int(one["stage"]) for one in ended)
    number = 2 if is_asked_for else plan.get("tries", {}).get(str(stage), {}).get("number", 1) + 1
    if number > TRIES:
        return None
    why = {one["agent"]: one["ended"] for one in ended}
    grown, told = inserted(plan, stage + 1, list(why)), {"number": number, "after": stage, "why": why}
    if digest := plan.get("evidence", {}).get(str(stage)):
        grown["evidence"][str(stage + 1)] = digest
    return {**grown, "tries": {**grown.get("tries", {}), str(stage + 1): told}}


def inserted(plan: Json, number: int, names: list[str]) -> Json:
    """The plan with one more stage at this number; what is said about later stages moves along with them."""
    said = {about: _moved(plan[about], number) for about in BY_STAGE if about in plan}
    return {**plan, **said, "stages": [*plan["stages"][:number], names, *plan["stages"][number:]]}


def try_told(plan: Json, stage: int, agent: Agent) -> str:
    """What an agent is told that has its part once more; "" for the first time."""
    tried = plan.get("tries", {}).get(str(stage))
    return render("nodes/tried", number=str(tried["number"]), why=tried["why"][agent.key]) if tried else ""


def model_for(plan: Json, stage: int, agent: Agent, settings: Settings) -> str | None:
    """The model of an agent's file, and for its last try another one, where there is one."""
    tried = plan.get("tries", {}).get(str(stage))
    if not tried or tried["number"] < TRIES:
        return agent.model
    usual = full_name(settings, agent.model)
    others = [name for name in (settings.model_opus, settings.model_sonnet) if name != usual]
    return next((name for name in others if has_model(settings, name)), agent.model)


def question_about(ended: Sequence[Json]) -> Json:
    """What a person is asked over agents who had all their tries."""
    told = " ".join(f"{one['agent']}: {one['ended']}" for one in ended)
    question = render("nodes/ask_after_tries", tries=str(TRIES), why=told)
    return {"kind": "agent", "question": question, "choices": ["again", "stop"], "details": {}}


def _moved(by_stage: Json, number: int) -> Json:
    return {str(int(stage) + (int(stage) >= number)): said for stage, said in by_stage.items()}
