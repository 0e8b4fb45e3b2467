"""A goal in phases in the graph: what an agent is told of its phase, and how far everything is, for whoever looks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from checkpoints.budget import spent_of
from checkpoints.effects import Effects, Place
from graph.errors import BadInput
from graph.handoffs import handoffs_in
from graph.settings import Settings
from graph.state import State
from prompts.render import render
from tools.agents.kit import clipped
from tools.agents.staff import workspace_now
from tools.code.worktrees import Workspace
from tools.condition import length
from tools.deps import Deps
from tools.phases.course import Course, Leg, course_in, newest_commit
from tools.phases.folder import update_folder
from tools.phases.journal import Journal
from tools.phases.pages import PLAN, pages_of, prompt_of
from tools.phases.plan import Phase, Plan
from tools.phases.standings import insights_of, standings_of, unmet_of

Json = dict[str, Any]
LONGEST_HANDOFF = 4000
FIRST_TIME = "Nobody worked on this phase before."
WITHOUT_INSIGHTS = "Nothing was decided so far."
WITHOUT_NEEDS = "It builds on no other phase."


def journal_of(state: State, deps: Deps) -> Journal:
    """What the goal of this request left so far."""
    return Journal(deps.database(), state["task"]["thread_id"], handoffs_in(state))


def place_in(state: State, stage: str) -> Place:
    """A place in the workflow of this request, in its phase and iteration where it has any."""
    task, rollback, course = state["task"], state.get("rollback", 0), course_in(state)
    if course is None or not course.at:
        return Place(task["request_id"], rollback, phase="1", stage=stage)
    return Place(task["request_id"], rollback, course.at, course.leg.iterations, stage)


def workspace_in(state: State, effects: Effects) -> Workspace:
    """The workspace of the request; after a rollback a new one, without what failed phases had left."""
    return workspace_now(effects, state["workspace"], newest_commit(course_in(state), handoffs_in(state)))


def phase_told(state: State, deps: Deps) -> str:
    """What an agent is told of the phase it works on: bounded, and nothing of phases that do not concern it."""
    course = course_in(state)
    if course is None:
        return ""
    journal = journal_of(state, deps)
    plan, leg = journal.plan(course), course.leg
    phase = plan.phase(course.at)
    standings = standings_of(plan, course, journal, now=course.first)
    needed = [clipped(standings[name].handoff, LONGEST_HANDOFF) for name in phase.depends_on]
    return render(
        "nodes/phase_work",
        prompt=prompt_of(plan, phase),
        standing="\n".join(f"- {one.id}, {one.name}: {course.legs[one.id].status}" for one in plan.phases),
        insights="\n".join(f"- {one}" for one in insights_of(plan, course, journal)) or WITHOUT_INSIGHTS,
        needed="\n\n".join(needed) or WITHOUT_NEEDS,
        iteration=str(leg.iterations),
        most_iterations=str(phase.max_iterations),
        unmet=_unmet(journal.rounds(leg)),
    )


def write_folder(state: State, course: Course, effects: Effects, deps: Deps, name: str) -> list[str]:
    """Bring the feature folder up to what the database knows, once for this place and name; returns warnings.

    The folder is for people to read: one that cannot be written does not stop the work.
    """
    journal = journal_of(state, deps)
    plan = journal.plan(course)
    standings = standings_of(plan, course, journal, now=len(state["plan"]["stages"]))
    pages = pages_of(plan, standings, insights_of(plan, course, journal))
    pages.pop(PLAN)

    def do() -> Json:
        try:
            written = update_folder(Path(course.folder), pages, [], effects.now())
        except (BadInput, OSError) as error:
            return {"warnings": [f"The feature folder could not be written: {error}"]}
        return {"warnings": [f"{course.folder}/{path} was changed by somebody and is left." for path in written.kept]}

    warnings: list[str] = effects.effect(f"feature folder {name}", "resend", {"folder": course.folder}, do)["warnings"]
    return warnings


def phase_settings(state: State, settings: Settings) -> Settings:
    """The settings of a request; in a goal of phases each phase may take what else a request may, but for dollars."""
    course = course_in(state)
    if course is None:
        return settings
    bounds = ("budget_calls", "budget_tokens", "budget_minutes", "budget_agents")
    return settings.model_copy(update={name: getattr(settings, name) * len(course.legs) for name in bounds})


def told_where(state: State, deps: Deps) -> str:
    """What stands before each line that is shown live: phase and iteration, where there are any."""
    course = course_in(state)
    return f"{where(course, journal_of(state, deps).plan(course))} · " if course else ""


def used_so_far(state: State, settings: Settings, deps: Deps) -> str:
    """Dollars and time a request has taken, for a line that is shown live."""
    spent = spent_of(deps.database(), state["task"]["request_id"])
    passed = deps.now() - datetime.fromisoformat(state["task"]["accepted_at"])
    return f"${spent.usd:.2f} of ${settings.budget_usd:g} · {length(passed.total_seconds())}"


def where(course: Course, plan: Plan) -> str:
    """The phase and iteration for a line that is shown live."""
    number = next(at for at, phase in enumerate(plan.phases, 1) if phase.id == course.at)
    most = plan.phase(course.at).max_iterations
    return f"phase {number} of {len(plan.phases)} · iteration {course.leg.iterations} of {most}"


def phases_in(state: State, course: Course | None, deps: Deps) -> Json:
    """What the response of a goal in phases has beside the rest: its folder, and each phase."""
    if course is None:
        return {}
    plan = journal_of(state, deps).plan(course)
    return {"folder": course.folder, "goal": plan.goal, "phases": phases_told(plan, course)}


def phases_told(plan: Plan, course: Course) -> list[Json]:
    """Each phase with how far it came, for the response."""
    return [_told(phase, course.legs[phase.id]) for phase in plan.phases]


def _told(phase: Phase, leg: Leg) -> Json:
    return {
        "id": phase.id,
        "name": phase.name,
        "status": leg.status,
        "iterations": leg.iterations,
        "max_iterations": phase.max_iterations,
        "depends_on": phase.depends_on,
        "why": leg.why,
    }


def _unmet(rounds: Sequence[Mapping[str, Any]]) -> str:
    if not rounds:
        return FIRST_TIME
    lines = "\n".join(f"- {one}" for one in unmet_of(dict(rounds[-1])))
    return f"The one before left this undone:\n\n{lines}" if lines else "The one before met every criterion."
