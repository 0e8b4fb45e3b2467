"""Ends a phase with what the gates said, brings its context together, and opens the next that can begin."""

from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from checkpoints.effects import Effects
from checkpoints.fence import required
from graph.errors import BadInput
from graph.state import State
from tools.agents.waiting import stopped
from tools.checks.at_work import task_workspace
from tools.code.taking_back import take_back
from tools.code.worktrees import git_beside, head_of
from tools.deps import Deps
from tools.phases.at_work import journal_of, phases_told, place_in, workspace_in, write_folder
from tools.phases.beginning import open_next, staff_of
from tools.phases.course import Course, Stages, course_in
from tools.phases.ending import ending_of
from tools.phases.journal import Journal
from tools.phases.pages import PLAN
from tools.phases.plan import Plan
from tools.phases.reading import read_plan


def close_phase(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The course with the next phase open, or with none where all are complete.

    A phase that failed stops those that need it and no other. Once nothing else can go on the request waits here, with
    the reason; `magnus resume` tries what failed again.
    """
    from tools.phases.lanes import brought_in
    from tools.phases.looking import grown

    before, journal = course_in(state), journal_of(state, deps)
    assert before is not None
    stages, why = len(state["plan"]["stages"]), ending_of(state, before) if before.at else ""
    effects = Effects(deps.database(), required(config), place_in(state, f"close {stages}"), deps.now)
    state = {**state, "workspace": workspace_in(state, effects).to_json()}
    over = before.closed("failed" if why else "complete", stages, why) if before.at else before
    course, plan, warnings = _as_edited(over, journal)
    course = course.stopped(plan)
    warnings += write_folder(state, course, effects, deps, "after the phase")
    if why and (course.lanes or course.following(plan)):
        warnings += _taken_back(state, effects, before, why)
    if course.lanes:
        course, _, told = brought_in(state, course, effects, deps)
        warnings += told
    if not course.at and not course.following(plan) and course.with_status("failed"):
        course = _retried(course, plan)
    more: Stages = []
    if not course.at and course.following(plan):
        most = deps.settings().parallel_phases
        course, more = open_next(course, plan, staff_of(state, deps), stages, _head(state), most)
    found: State = {"phases": course.to_json(), "plan": grown(state["plan"], more, warnings)}
    is_going_on = bool(course.at or more)
    return {**found, "workspace": state["workspace"], **({"verdict": {}} if is_going_on else {})}


def _as_edited(course: Course, journal: Journal) -> tuple[Course, Plan, list[str]]:
    """The course under the plan as its person left it by now; one that is wrong is told, and changes nothing."""
    plan, file = journal.plan(course), Path(course.folder) / PLAN
    try:
        edited = read_plan(file)
    except BadInput as error:
        return course, plan, [f"The plan goes on as it was: {error}"]
    names = {phase.id for phase in edited.phases}
    if missing := [name for name in course.with_status("complete", "failed") if name not in names]:
        return course, plan, [f"The plan goes on as it was: {missing[0]} is gone from {file}, and was worked on."]
    return course.under(edited, journal.keep_plan(edited)), edited, []


def _retried(course: Course, plan: Plan) -> Course:
    """Wait for the person; then everything that failed is open again."""
    failed = [f"{name}: {course.legs[name].why}" for name in course.with_status("failed")]
    interrupt(stopped(" ".join(failed), "phase", phases=phases_told(plan, course)))
    return course.retried()


def _taken_back(state: State, effects: Effects, course: Course, why: str) -> list[str]:
    """What a failed phase left in the worktree goes, so that others do not build on it; its commits stay."""
    message = f"Take back {course.at}, which failed\n\n{why}\n"
    left = take_back(effects, task_workspace(state), course.leg.since, message)
    return [f"The work of {course.at} was taken back; it is at commit {left[:12]}."] if left else []


def _head(state: State) -> str:
    workspace = task_workspace(state)
    return head_of(git_beside(workspace), workspace)
