"""Looks, once the agents of an iteration are done, whether the success criteria of their phase hold; code decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from checkpoints.effects import Effects
from checkpoints.fence import required
from graph.handoffs import handoffs_in
from graph.state import Json, State
from tools.agents.staff import registry_for
from tools.checks.at_work import change_of_task, stand_of_task, task_workspace
from tools.deps import Deps
from tools.phases.at_work import journal_of, place_in, where, write_folder
from tools.phases.course import Course, Stages, course_in, repairing
from tools.phases.journal import Journal
from tools.phases.plan import Phase
from tools.phases.staffing import makers_in

if TYPE_CHECKING:
    from tools.phases.checking import Held


def check_phase(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Another iteration, the stages after a phase whose criteria hold, the gates, or the end of a phase that failed."""
    course, journal = course_in(state), journal_of(state, deps)
    assert course is not None
    plan, stages, tree = journal.plan(course), state["plan"]["stages"], change_of_task(state).tree
    phase, ended = plan.phase(course.at), _ended(state, course)
    if ended or tree != course.met_on:
        held = [] if ended else _held(state, deps, phase, journal, course)
        course = journal.with_round(course, len(stages), held, ended)
        _tell(f"{where(course, plan)} · {_counted(held, ended)}")
        if ended or not all(one.is_met for one in held):
            return _after(state, config, deps, *_again(state, deps, course, phase, _unmet(held, ended)))
        course = replace(course, met_on=tree)
    if course.closing and not course.is_closing:
        return _after(state, config, deps, replace(course, is_closing=True, next="work"), course.closing)
    has_changed = any(one["commit"] for one in handoffs_in(state))
    return _after(state, config, deps, replace(course, next="gates" if has_changed else "close"), [])


def _after(state: State, config: RunnableConfig, deps: Deps, course: Course, more: Stages) -> State:
    """The course as it is now, and its folder; new stages go to the end of the plan."""
    effects = Effects(deps.database(), required(config), place_in(state, str(state["stage"])), deps.now)
    warnings = write_folder(state, course, effects, deps, "after the check")
    plan: Json = state["plan"]
    changed = {**plan, "stages": [*plan["stages"], *more], "warnings": [*plan["warnings"], *warnings]}
    found: State = {"phases": course.to_json()}
    return {**found, "plan": changed} if more or warnings else found


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


def _held(state: State, deps: Deps, phase: Phase, journal: Journal, course: Course) -> "list[Held]":
    from tools.phases.checking import hold

    with stand_of_task(state, deps) as stand:
        return hold(stand, phase.success_criteria, journal.handoffs(course.leg.first, len(state["plan"]["stages"])))


def _ended(state: State, course: Course) -> list[str]:
    """Who was ended in this iteration, and why."""
    now = (one for one in handoffs_in(state) if int(one["stage"]) >= course.first)
    return [f"{one['agent']} did not finish: {one['ended']}" for one in now if one["ended"]]


def _counted(held: "Sequence[Held]", ended: Sequence[str]) -> str:
    return ended[0] if ended else f"{sum(one.is_met for one in held)} of {len(held)} criteria met"


def _unmet(held: "Sequence[Held]", ended: Sequence[str]) -> str:
    return " ".join([*ended, *(f"Not met: {one.criterion} ({one.seen})" for one in held if not one.is_met)])


def _tell(line: str) -> None:
    get_stream_writer()({"line": line})
