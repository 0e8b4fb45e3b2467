"""One look at a phase whose iteration is over: whether its criteria hold, and what comes next. Code decides."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from graph.handoffs import handoffs_in
from graph.state import Json, State
from tools.agents.redaction import own_secrets
from tools.agents.staff import registry_for
from tools.checks.at_work import change_of_task, stand_of_task, task_workspace
from tools.deps import Deps
from tools.phases.at_work import journal_of, where
from tools.phases.checking import Held, hold
from tools.phases.course import Course, Stages, course_in, own_handoffs, repairing
from tools.phases.plan import Phase
from tools.phases.staffing import makers_in


def look_at(state: State, deps: Deps, tell: Callable[[str], None]) -> tuple[Course, Stages]:
    """The course as it goes on, and the stages that come to the plan: another iteration, those after a phase whose
    criteria hold, or none before the gates and at the end of a phase that failed."""
    course, journal = course_in(state), journal_of(state, deps)
    assert course is not None
    plan, tree = journal.plan(course), change_of_task(state).tree
    phase, ended = plan.phase(course.at), _ended(state, course)
    if ended or tree != course.met_on:
        held = [] if ended else _held(state, deps, phase, course)
        course = journal.with_round(course, _end(state, course), held, ended)
        tell(f"{where(course, plan)} · {_counted(held, ended)}")
        if ended or not all(one.is_met for one in held):
            return _again(state, deps, course, phase, _unmet(held, ended))
        course = replace(course, met_on=tree)
    if course.closing and not course.is_closing:
        return replace(course, is_closing=True, next="work"), course.closing
    has_changed = any(one["commit"] for one in handoffs_in(state))
    return replace(course, next="gates" if has_changed else "close"), []


def _again(state: State, deps: Deps, course: Course, phase: Phase, why: str) -> tuple[Course, Stages]:
    """The next iteration, while the plan and the settings allow one."""
    stages, most = state["plan"]["stages"], deps.settings().max_stages
    registry = registry_for(task_workspace(state), deps.settings())
    more = repairing(course.work, makers_in(course.work, registry))
    if course.leg.iterations >= phase.max_iterations:
        count = "Its one iteration is" if phase.max_iterations == 1 else f"All {phase.max_iterations} iterations are"
        return replace(course.put(why=f"{count} used up. {why}"), next="close"), []
    if len(stages) + len(more) > most:
        bound = f"The request has {len(stages)} stages, and MAGNUS_MAX_STAGES allows {most}."
        return replace(course.put(why=f"{bound} {why}"), next="close"), []
    return course.again(len(stages)), more


def _held(state: State, deps: Deps, phase: Phase, course: Course) -> list[Held]:
    journal = journal_of(state, deps)
    with stand_of_task(state, deps) as stand:
        return hold(stand, phase.success_criteria, journal.handoffs(course.first, _end(state, course), course.at))


def _end(state: State, course: Course) -> int:
    """The stage after the last of this iteration."""
    return course.first + course.count if course.count else len(state["plan"]["stages"])


def _ended(state: State, course: Course) -> list[str]:
    """Who was ended in this iteration, and why."""
    now = own_handoffs(course, handoffs_in(state))
    return [f"{one['agent']} did not finish: {one['ended']}" for one in now if one["ended"]]


def _counted(held: Sequence[Held], ended: Sequence[str]) -> str:
    return ended[0] if ended else f"{sum(one.is_met for one in held)} of {len(held)} criteria met"


def _unmet(held: Sequence[Held], ended: Sequence[str]) -> str:
    unmet = (f"Not met: {one.criterion} ({one.seen})" for one in held if not one.is_met)
    return own_secrets().removed_from(" ".join([*ended, *unmet]))


def grown(plan: Json, more: Stages, warnings: Sequence[str]) -> Json:
    """The plan with these stages at its end, and each warning once."""
    told = list(dict.fromkeys([*plan["warnings"], *warnings]))
    return {**plan, "stages": [*plan["stages"], *more], "warnings": told}
