"""What an agent is told at the start: the task, its part in it, and what those before it left."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from prompts.agent import Agent
from prompts.render import render
from tools.agents.kit import clipped
from tools.agents.loop_state import Json

TESTER = "qa_debugger"
LONGEST_HANDOFF = 6000


@dataclass(frozen=True)
class Assignment:
    """One agent's part in a plan. `handoffs` are those of the agents before it, `folder` is where the project lies."""

    task_type: str
    wish: str
    stages: Sequence[Sequence[str]]
    stage: int
    handoffs: Sequence[Json]
    files: Sequence[str]
    folder: str = ""


def assigned(agent: Agent, part: Assignment, delivers: str = "") -> str:
    """The first message of an agent's conversation; `delivers` is what its stage has to leave, by its workflow."""
    return render(
        "nodes/assignment",
        task_type=part.task_type.replace("_", " "),
        wish=part.wish,
        agent=agent.name,
        stage=str(part.stage + 1),
        stages=str(len(part.stages)),
        team="; ".join(f"{number}: {', '.join(names)}" for number, names in enumerate(part.stages, 1)),
        delivers=f"What this stage has to leave: {delivers}\n" if delivers else "",
        place=f"\nThe project is the folder {part.folder} of its repository.\n" if part.folder else "",
        checks=_checks(part) if agent.key == TESTER else "",
        handoffs="\n\n".join(_quoted(one) for one in part.handoffs) or "none, you are the first",
    )


def _checks(part: Assignment) -> str:
    """What the tester has to go through, and what it needs for that."""
    features = [
        f"{one['from_agent']}: {one['context']['summary']}" for one in part.handoffs if one["deliverables"]["files"]
    ]
    return render("nodes/five_checks", files=_lines(part.files), features=_lines(features))


def _quoted(handoff: Json) -> str:
    """A handoff as data: nothing in it can be taken for our own words."""
    told = {name: handoff[name] for name in ("from_agent", "to_agent", "action_required", "context")}
    told |= {"files": handoff["deliverables"]["files"], "commands": handoff["deliverables"]["evidence"]}
    return clipped(json.dumps(told, ensure_ascii=False, indent=1), LONGEST_HANDOFF)


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- none"
