"""How far each phase has come, for the pages of a feature folder and for the agents of later phases."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prompts.render import render
from tools.phases.course import Course, Leg
from tools.phases.journal import Journal
from tools.phases.plan import Phase, Plan
from tools.phases.standing import Standing

Json = dict[str, Any]
MOST_LINES = 30
MOST_INSIGHTS = 5
"""So many decisions of one phase are told to the others."""
MARKS = {True: "met", False: "NOT MET"}


def standings_of(plan: Plan, course: Course, journal: Journal, now: int) -> dict[str, Standing]:
    """The standing of each phase by its id; `now` is the number of stages that are over."""
    return {phase.id: _standing(phase, course.legs[phase.id], journal, now) for phase in plan.phases}


def insights_of(plan: Plan, course: Course, journal: Journal) -> list[str]:
    """What the complete phases decided: it holds for those after them."""
    complete = [phase for phase in plan.phases if course.legs[phase.id].status == "complete"]
    return [
        f"{phase.id}: {decision}"
        for phase in complete
        for decision in _decisions(_handoffs(phase, course.legs[phase.id], journal, 0))[:MOST_INSIGHTS]
    ]


def unmet_of(round_: Json) -> list[str]:
    """What an iteration left undone, each in a sentence."""
    unmet = [f"{one['criterion']}: {one['seen']}" for one in round_["criteria"] if not one["is_met"]]
    return [*round_["ended"], *unmet]


def _standing(phase: Phase, leg: Leg, journal: Journal, now: int) -> Standing:
    rounds, handoffs = journal.rounds(leg), _handoffs(phase, leg, journal, now)
    newest = rounds[-1]["criteria"] if rounds else []
    return Standing(
        status=leg.status,
        progress=tuple(_progress(phase, leg, rounds)),
        findings=tuple(_each(handoffs, "open_points")),
        achievements=tuple(f"{one['criterion']} ({one['seen']})" for one in newest if one["is_met"]),
        handoff=_handoff(phase, leg, newest, handoffs) if rounds else "",
        runs=tuple(_run(phase, one, journal) for one in rounds),
    )


def _handoffs(phase: Phase, leg: Leg, journal: Journal, now: int) -> list[Json]:
    return journal.handoffs(leg.first, leg.end or now, phase.id) if leg.iterations else []


def _progress(phase: Phase, leg: Leg, rounds: Sequence[Json]) -> Iterator[str]:
    for one in rounds:
        met = sum(held["is_met"] for held in one["criteria"])
        seen = f"{met} of {len(one['criteria'])} criteria met" if one["criteria"] else "not looked at"
        yield " ".join([f"Iteration {one['number']} of {phase.max_iterations}: {seen}.", *one["ended"]])
    if leg.why:
        yield leg.why


def _handoff(phase: Phase, leg: Leg, newest: Sequence[Json], handoffs: Sequence[Json]) -> str:
    return render(
        "nodes/phase_handoff",
        id=phase.id,
        title=phase.name,
        state=f"State: {leg.status}. {leg.why}".strip(),
        done=_list(f"{one['from_agent']}: {one['context']['summary']}" for one in handoffs),
        criteria=_list(_told(one) for one in newest),
        files=_list(dict.fromkeys(file for one in handoffs for file in one["deliverables"]["files"])),
        decisions=_list(_decisions(handoffs)),
        open_points=_list(_each(handoffs, "open_points")),
    )


def _run(phase: Phase, round_: Json, journal: Journal) -> str:
    handoffs = journal.handoffs(round_["first"], round_["end"], phase.id)
    ran = (f"{one['from_agent']}: {_command(each)}" for one in handoffs for each in one["deliverables"]["evidence"])
    return render(
        "nodes/phase_run",
        id=phase.id,
        number=str(round_["number"]),
        ended=" ".join(round_["ended"]) or "Every agent handed over.",
        agents=_list(f"{one['from_agent']}: {one['context']['summary']}" for one in handoffs),
        commands=_list(ran),
        criteria=_list(_told(one) for one in round_["criteria"]),
    )


def _told(held: Json) -> str:
    return f"{MARKS[held['is_met']]}: {held['criterion']} ({held['seen']})"


def _command(one: Json) -> str:
    return f"`{one['command']}` ended with {one['exit_code']}"


def _decisions(handoffs: Sequence[Json]) -> list[str]:
    return list(_each(handoffs, "decisions"))


def _each(handoffs: Sequence[Json], what: str) -> Iterator[str]:
    """What several handoffs say under one name, each thing once, in one line."""
    yield from dict.fromkeys(" ".join(text.split()) for one in handoffs for text in one["context"][what])


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {' '.join(line.split())}" for line in list(lines)[:MOST_LINES]) or "Nothing."
