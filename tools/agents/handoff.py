"""What an agent leaves behind: its own words in a form, and the text that tells them beside what code found."""

from collections.abc import Sequence
from inspect import getdoc
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import AfterValidator, BaseModel, Field

from prompts.render import render
from tools.agents.kit import clipped
from tools.agents.loop_state import Json
from tools.agents.wording import readable

LONGEST = 4000
MOST_POINTS = 50

GRAVEST_FIRST = ("critical", "high", "medium", "low")
Priority = Literal["high", "medium", "low"]
Words = Annotated[str, AfterValidator(lambda text: clipped(readable(text), LONGEST))]
"""A model may say anything, at any length; what is kept of it can be read and stored."""


class Claim(BaseModel):
    """Something that is so, and the command that shows it."""

    statement: Words = Field(description="One sentence that is true now.")
    command: str = Field(
        default="", description="The command you ran that shows it, letter by letter; for run_tests its target."
    )
    exit_code: int = Field(default=0, description="How that command ended.")


class Found(BaseModel):
    """Something a reviewer found, at a line of the diff."""

    file: Words = Field(description="The file, as the diff names it.")
    line: int = Field(description="The line of the new text; of a line that was taken away, its number before.")
    quote: Words = Field(description="That line or a part of it, letter by letter. Without it the finding is dropped.")
    severity: Literal["critical", "high", "medium", "low"]
    message: Words = Field(description="What happens, with which input, and what would be right, in two sentences.")


class Task(BaseModel):
    """One piece of work that a planner names, and who does it."""

    title: Words = Field(description="What is to be done, with the files it touches, in one sentence.")
    owner: Words = Field(description="The agent of the team who does it, by name.")
    criterion: Words = Field(default="", description="How one sees that it is done: a test, a command, a file.")


class Form(BaseModel):
    """What `hand_over` is called with."""

    summary: Words = Field(description="What was wrong or wanted, and what you did about it; three sentences at most.")
    decisions: list[Words] = Field(
        default_factory=list, max_length=MOST_POINTS, description="Choices somebody may question, with the reason."
    )
    claims: list[Claim] = Field(
        default_factory=list, max_length=MOST_POINTS, description="What holds now, each with the command that shows it."
    )
    open_points: list[Words] = Field(
        default_factory=list, max_length=MOST_POINTS, description="What is not done, not verified, or doubtful."
    )
    findings: list[Found] = Field(
        default_factory=list, max_length=MOST_POINTS, description="For a reviewer: what is wrong in the diff."
    )
    tasks: list[Task] = Field(
        default_factory=list, max_length=MOST_POINTS, description="For a planner: the tasks in the order of work."
    )
    to_agent: Words = Field(default="", description="The agent who should go on, where you know one.")
    action_required: Words = Field(default="", description="What that agent should do.")
    priority: Priority = "medium"


def hand_over(**form: Any) -> tuple[str, Json]:
    """End your work and leave it to the next one. Call this once, alone, when you are done or can get no further.

    Every claim is compared with the log of your commands; what the log does not show is marked as unproven.
    """
    return "Handed over.", Form(**form).model_dump()


def handing_over() -> BaseTool:
    """The tool with which every agent ends."""
    return StructuredTool.from_function(
        hand_over,
        name="hand_over",
        description=getdoc(hand_over),
        args_schema=Form,
        response_format="content_and_artifact",
    )


def told(form: Form, judgements: Sequence[Json], facts: Json) -> str:
    """The text of HANDOFF.md. `facts` are agent, files, evidence, findings and why it ended early, all from code."""
    return render(
        "nodes/handoff",
        agent=facts["agent"],
        ended=f"It did not end by itself. {facts['ended']}\n\n" if facts["ended"] else "",
        summary=form.summary,
        files=_list(facts["files"]),
        decisions=_list(form.decisions),
        claims=_list([_judgement(judgement) for judgement in judgements]),
        evidence=_list([_ran(one) for one in facts["evidence"]]),
        findings=_section("Findings", [_finding(one) for one in facts.get("findings", ())]),
        tasks=_section("Tasks", [_task(one) for one in form.tasks]),
        open_points=_list(form.open_points),
        next_step=f"{form.to_agent or 'whoever is next'}: {form.action_required or 'nothing named'}",
    )


def _judgement(one: Json) -> str:
    if one["is_proven"]:
        return f"{one['statement']} (`{one['command'] or 'the log of the tests'}`)"
    return f"UNPROVEN: {one['statement']} ({one['why_not']})"


def _finding(one: Json) -> str:
    doubt = "" if one["is_there"] else " (what it quotes does not stand in the file as it is now)"
    return f"{one['severity']}, {one['file']}:{one['line']}: {one['message']}{doubt}"


def _task(one: Task) -> str:
    return f"{one.title} ({one.owner}){f': {one.criterion}' if one.criterion else ''}"


def _ran(one: Json) -> str:
    counted = ", ".join(f"{number} {word}" for word, number in one["counts"].items())
    return f"`{one['command']}`: exit {one['exit_code']}, {one['seconds']} s{f', {counted}' if counted else ''}"


def _section(title: str, lines: Sequence[str]) -> str:
    """A part of the text that few agents have."""
    return f"## {title}\n\n{_list(lines)}\n\n" if lines else ""


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- none"
