"""What an agent leaves behind: its own words, and beside them what the log of its tools says about them."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from prompts.render import render
from tools.agents.loop_state import Entry, Json

COMMANDS = ("run", "run_tests")
LONGEST = 4000
SAYS_TESTS_PASS = re.compile(
    r"\b(tests?|suite|checks?|everything|all)\b[^.;\n]{0,40}\b(pass(es|ed|ing)?|green|succeed(s|ed)?|ok)\b"
    r"|\b\d+ passed\b|\b(is|are|fully) (tested|verified)\b|\bno regressions?\b",
    re.IGNORECASE,
)
DENIES = re.compile(r"\b(not|no|never|fails?|failed|failing|cannot|unverified|n't)\b", re.IGNORECASE)

Priority = Literal["high", "medium", "low"]


class Claim(BaseModel):
    """Something that is so, and the command that shows it."""

    statement: str = Field(description="One sentence that is true now.")
    command: str = Field(
        default="", description="The command you ran that shows it, letter by letter; for run_tests its target."
    )
    exit_code: int = Field(default=0, description="How that command ended.")


class Form(BaseModel):
    """What `hand_over` is called with."""

    summary: str = Field(description="What was wrong or wanted, and what you did about it; three sentences at most.")
    decisions: list[str] = Field(default_factory=list, description="Choices somebody may question, with the reason.")
    claims: list[Claim] = Field(
        default_factory=list, description="What holds now, each with the command that shows it."
    )
    open_points: list[str] = Field(default_factory=list, description="What is not done, not verified, or doubtful.")
    to_agent: str = Field(default="", description="The agent who should go on, where you know one.")
    action_required: str = Field(default="", description="What that agent should do.")
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
        description=hand_over.__doc__,
        args_schema=Form,
        response_format="content_and_artifact",
    )


def evidence(log: Sequence[Entry]) -> list[Json]:
    """Every command that ran, as the log has it."""
    return [
        {"command": _command(entry), "exit_code": entry["exit_code"], "seconds": entry["seconds"]}
        | {"log": entry["digest"], "counts": entry["facts"].get("counts", {})}
        for entry in log
        if entry["tool"] in COMMANDS and entry["exit_code"] is not None
    ]


def judged(form: Form, log: Sequence[Entry]) -> list[Json]:
    """Each claim with whether the log shows it, and if not, why; claims hidden in the summary are looked for too."""
    hidden = [Claim(statement=sentence) for sentence in _sentences(form.summary) if _says_tests_pass(sentence)]
    judgements = []
    for claim in [*form.claims, *hidden]:
        why = _why_unproven(claim, log)
        judgements.append(claim.model_dump() | {"is_proven": why is None, "why_not": why or ""})
    return judgements


def told(form: Form, judgements: Sequence[Json], facts: Json) -> str:
    """The text of HANDOFF.md. `facts` are agent, files, evidence and the reason it ended early, all from code."""
    return render(
        "nodes/handoff",
        agent=facts["agent"],
        ended=f"It did not end by itself. {facts['ended']}\n\n" if facts["ended"] else "",
        summary=form.summary,
        files=_list(facts["files"]),
        decisions=_list(form.decisions),
        claims=_list([_judgement(judgement) for judgement in judgements]),
        evidence=_list([_ran(one) for one in facts["evidence"]]),
        open_points=_list(form.open_points),
        next_step=f"{form.to_agent or 'whoever is next'}: {form.action_required or 'nothing named'}",
    )


def _why_unproven(claim: Claim, log: Sequence[Entry]) -> str | None:
    """None where the log shows what a claim says."""
    if _says_tests_pass(claim.statement):
        return _why_tests_unproven(log)
    if not claim.command.strip():
        return "no command was named"
    ran = [entry for entry in log if entry["tool"] in COMMANDS and claim.command.strip() in _names(entry)]
    if not ran:
        return "no such command ran"
    if any(entry["exit_code"] == claim.exit_code for entry in ran if entry["facts"].get("before")):
        return None
    last = ran[-1]
    if last["exit_code"] != claim.exit_code:
        return f"it ended with {last['exit_code']}"
    return "the code was changed after it ran" if _is_changed_after(last, log) else None


def _why_tests_unproven(log: Sequence[Entry]) -> str | None:
    """The newest run of the tests on the code as it is must have passed, with at least one test in it."""
    runs = [entry for entry in log if _is_test_run(entry) and not entry["facts"].get("before")]
    if not runs:
        return "no test ran"
    last = runs[-1]
    if last["exit_code"] != 0:
        return f"the last run of tests ended with {last['exit_code']}"
    if not last["facts"].get("counts", {}).get("passed"):
        return "no test passed in the last run"
    return "the code was changed after the last run of tests" if _is_changed_after(last, log) else None


def _is_test_run(entry: Entry) -> bool:
    return bool(entry["facts"].get("is_test"))


def _is_changed_after(entry: Entry, log: Sequence[Entry]) -> bool:
    """Whether a later call left another tree than the one this command ran on."""
    place = log.index(entry)
    trees = [known["tree"] for known in log[: place + 1] if known["tree"]]
    later = [known["tree"] for known in log[place + 1 :] if known["tree"]]
    return any(tree != (trees[-1] if trees else "") for tree in later)


def _names(entry: Entry) -> set[str]:
    """The ways a command may be quoted."""
    return {entry["on"], _command(entry), f"run_tests {entry['on']}".strip(), str(entry["facts"].get("argv", ""))}


def _command(entry: Entry) -> str:
    argv = str(entry["facts"].get("argv") or entry["on"])
    return f"{argv} (on the code before)" if entry["facts"].get("before") else argv


def _says_tests_pass(text: str) -> bool:
    return bool(SAYS_TESTS_PASS.search(text)) and not DENIES.search(text)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def _judgement(one: Json) -> str:
    if one["is_proven"]:
        return f"{one['statement']} (`{one['command'] or 'the log of the tests'}`)"
    return f"UNPROVEN: {one['statement']} ({one['why_not']})"


def _ran(one: Json) -> str:
    counted = ", ".join(f"{number} {word}" for word, number in one["counts"].items())
    return f"`{one['command']}`: exit {one['exit_code']}, {one['seconds']} s{f', {counted}' if counted else ''}"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- none"
