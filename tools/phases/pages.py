"""The files of a feature folder, as texts by their path, made from the plan and how far each phase has come."""

import json
from collections.abc import Mapping, Sequence
from textwrap import shorten

from prompts.render import render
from tools.phases.order import in_order
from tools.phases.plan import Phase, Plan
from tools.phases.standing import Standing

PLAN = "phases.json"
LOG = "planning.log"
NOTHING = "Nothing yet."
TITLE = 100
Pages = dict[str, str]
Standings = Mapping[str, Standing]


def folders_of(plan: Plan) -> dict[str, str]:
    """The folder of each phase by its id: the id where all are phase-1, phase-2 and so on, else its place in the plan.

    >>> from tools.phases.plan import Phase
    >>> made = {"name": "n", "description": "d", "success_criteria": ["c"], "max_iterations": 1}
    >>> folders_of(Plan(phases=[Phase(id="schema", **made), Phase(id="phase-7", **made)]))
    {'schema': 'phase-1', 'phase-7': 'phase-2'}
    """
    ids = [phase.id for phase in plan.phases]
    if all(_is_number(name.removeprefix("phase-")) and name.startswith("phase-") for name in ids):
        return {name: name for name in ids}
    return {name: f"phase-{number}" for number, name in enumerate(ids, 1)}


def pages_of(plan: Plan, standings: Standings | None = None, insights: Sequence[str] = ()) -> Pages:
    """Every file but planning.log."""
    known = {phase.id: (standings or {}).get(phase.id, Standing()) for phase in plan.phases}
    pages = {
        PLAN: plan.to_text(),
        "master-context.md": _context(plan, known, insights),
        "README.md": _readme(plan, known),
    }
    pages |= _whole(plan, known, insights)
    for phase in plan.phases:
        pages |= _of_phase(plan, phase, known[phase.id])
    return {path: text.rstrip("\n") + "\n" for path, text in pages.items()}


def _context(plan: Plan, known: Standings, insights: Sequence[str]) -> str:
    numbered = list(enumerate(in_order(plan.phases), 1))
    completed = [pair for pair in numbered if known[pair[1].id].status == "complete"]
    others = [pair for pair in numbered if pair not in completed]
    return render(
        "nodes/phases_context",
        goal=plan.goal,
        completed="\n\n".join(_standing(plan, *pair, known) for pair in completed) or NOTHING,
        open="\n\n".join(_standing(plan, *pair, known) for pair in others) or "None is left.",
        insights=_list(insights),
    )


def _standing(plan: Plan, number: int, phase: Phase, known: Standings) -> str:
    standing = known[phase.id]
    lines = [f"### Phase {number}: {phase.name}", "", f"- Status: {standing.status.capitalize()}"]
    lines += [f"- Depends on: {', '.join(phase.depends_on)}"] if phase.depends_on else []
    lines += [f"- Key Achievements: {'; '.join(standing.achievements)}"] if standing.achievements else []
    lines += [f"- Current State: {standing.progress[-1]}"] if standing.progress else []
    return "\n".join([*lines, f"- Context: {folders_of(plan)[phase.id]}/context/"])


def _readme(plan: Plan, known: Standings) -> str:
    folders = folders_of(plan)
    rows = [
        f"| [{folders[phase.id]}]({folders[phase.id]}/) | {_cell(phase.name)} | {', '.join(phase.depends_on) or '-'} | "
        f"{phase.max_iterations} | {known[phase.id].status} |"
        for phase in in_order(plan.phases)
    ]
    table = ["| Phase | Name | Depends on | Iterations at most | Status |", "|---|---|---|---|---|", *rows]
    places = [f"- `{folders[phase.id]}/`: {phase.id}, {phase.name}" for phase in plan.phases]
    return render(
        "nodes/phases_readme",
        goal=shorten(plan.goal, TITLE, placeholder=" …"),
        count=str(len(plan.phases)),
        table="\n".join(table),
        folders="\n".join(places),
    )


def _whole(plan: Plan, known: Standings, insights: Sequence[str]) -> Pages:
    ordered = in_order(plan.phases)
    achieved = [f"{phase.id}: {what}" for phase in ordered for what in known[phase.id].achievements]
    found = [f"{phase.id}: {what}" for phase in ordered for what in known[phase.id].findings]
    assumed = [f"Assumed: {what}" for what in plan.assumptions]
    progress = [f"{phase.id}, {phase.name}: {known[phase.id].status}" for phase in ordered]
    order = [f"{phase.id}, {phase.name}{_after(phase)}" for phase in ordered]
    return {
        "context/instructions.md": f"# Instructions\n\n{plan.goal}\n\n## Order\n\n{_list(order)}",
        "context/progress.md": f"# Progress\n\n{_list(progress)}",
        "context/findings.md": f"# Findings\n\n{_list([*assumed, *insights, *found])}",
        "context/achievements.md": f"# Achievements\n\n{_list(achieved)}",
    }


def _of_phase(plan: Plan, phase: Phase, standing: Standing) -> Pages:
    folder = folders_of(plan)[phase.id]
    criteria = _list(phase.success_criteria)
    asked = f"# Instructions of {phase.id}\n\n{phase.description}\n\n## Success criteria\n\n{criteria}"
    return {
        f"{folder}/AGENT-PROMPT.md": prompt_of(plan, phase),
        f"{folder}/HANDOFF.md": standing.handoff or f"# Handoff of {phase.id}\n\n{NOTHING}",
        f"{folder}/context/instructions.md": asked,
        f"{folder}/context/progress.md": f"# Progress of {phase.id}\n\n{_list(standing.progress)}",
        f"{folder}/context/findings.md": f"# Findings of {phase.id}\n\n{_list(standing.findings)}",
        f"{folder}/context/achievements.md": f"# Achievements of {phase.id}\n\n{_list(standing.achievements)}",
        **{f"{folder}/runs/iteration-{number}.md": text for number, text in enumerate(standing.runs, 1)},
    }


def prompt_of(plan: Plan, phase: Phase) -> str:
    """What an agent is told who works on a phase."""
    folders = folders_of(plan)
    needed = [f"{name}, {plan.phase(name).name}: `../{folders[name]}/HANDOFF.md`" for name in phase.depends_on]
    others = [f"{one.id}, {one.name}" for one in plan.phases if one.id != phase.id]
    return render(
        "nodes/phases_agent",
        id=phase.id,
        title=phase.name,
        goal=json.dumps(plan.goal, ensure_ascii=False),
        description=phase.description,
        criteria="\n".join(f"{number}. {criterion}" for number, criterion in enumerate(phase.success_criteria, 1)),
        needs=_list(needed) if needed else "No other phase: it can begin at once.",
        most_iterations=str(phase.max_iterations),
        others=_list(others),
    )


def _after(phase: Phase) -> str:
    return f", after {', '.join(phase.depends_on)}" if phase.depends_on else ""


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or NOTHING


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0")
