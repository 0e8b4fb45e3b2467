"""Phases side by side, each in a worktree of its own: looked at, and brought into the task one after the other."""

from collections.abc import Callable
from dataclasses import replace

from checkpoints.effects import Effects
from graph.handoffs import handoffs_in
from graph.state import Json, State
from tools.checks.at_work import task_workspace
from tools.code.merging import merge_work
from tools.code.workspace import open_lane, remove_workspace
from tools.code.worktrees import Workspace, git_beside, head_of, workspace_from
from tools.deps import Deps
from tools.phases.at_work import journal_of
from tools.phases.beginning import staff_of, stages_for_phase
from tools.phases.beside import at_work, lane_of, one_by_one, put_lane
from tools.phases.course import Course, Stages
from tools.phases.looking import look_at

Tell = Callable[[str], None]


def furnished(state: State, course: Course, effects: Effects) -> Course:
    """The course in which each of these phases has its worktree; after a rollback a new one."""
    for name in course.lanes:
        kept = course.lanes[name].workspace
        if not kept or kept["rollback"] != effects.place.rollback:
            course = put_lane(course, name, workspace=_opened(state, course, name, effects).to_json())
    return course


def looked_at(state: State, course: Course, deps: Deps, tell: Tell) -> tuple[Course, Stages]:
    """The course after a look at each phase that is at work, and the stages of their next iterations."""
    more: Stages = []
    for name in at_work(course):
        lane = lane_of(course, name)
        plan = {**state["plan"], "stages": [*state["plan"]["stages"], *more]}
        own: State = {**state, "plan": plan, "phases": lane.to_json(), "workspace": course.lanes[name].workspace}
        found, stages = look_at(own, deps, tell)
        course = replace(course, legs={**course.legs, name: found.leg})
        if found.next == "work" and not found.is_closing:
            first, single = len(plan["stages"]), one_by_one(stages)
            course = put_lane(course, name, first=first, count=len(single))
            more += single
        else:
            course = put_lane(course, name, state="failed" if found.leg.why else "met")
    return course, more


def brought_in(state: State, course: Course, effects: Effects, deps: Deps) -> tuple[Course, Json, list[str]]:
    """The course with the next phase that is done at work in the task itself, the plan, and what a person is told.

    Nothing is brought in while one is still at work. A phase that failed is closed, its branch stays. One whose work
    does not go together with what is there begins again alone.
    """
    plan, told = state["plan"], list[str]()
    if at_work(course):
        return course, plan, told
    plan = {**plan, "stages": _without_unrun(plan["stages"], course, handoffs_in(state))}
    course = furnished(state, course, effects)
    while course.lanes and not course.at:
        name = next(iter(course.lanes))
        course, said = _one(state, course, name, effects, deps)
        told += said
    return course, plan, told


def _one(state: State, course: Course, name: str, effects: Effects, deps: Deps) -> tuple[Course, list[str]]:
    lane, task = course.lanes[name], task_workspace(state)
    own = workspace_from(lane.workspace)
    rest = replace(course, lanes={other: one for other, one in course.lanes.items() if other != name})
    if lane.state == "failed":
        remove_workspace(effects, own, with_branch=False)
        over = replace(rest, at=name).closed("failed", lane.first + lane.count, course.legs[name].why)
        return over, [f"The work of {name}, which failed, is on branch {own.branch}."]
    head = head_of(git_beside(task), task)
    merged = merge_work(replace(effects, place=replace(effects.place, phase=name)), task, name, own.ref)
    remove_workspace(effects, own, with_branch=not merged.conflicts)
    if merged.conflicts:
        again = replace(rest, legs={**rest.legs, name: replace(rest.legs[name], status="open", iterations=0)})
        files = ", ".join(conflict.file for conflict in merged.conflicts)
        why = f"conflicts with that of the phases beside it in {files}, so the phase begins again"
        return again, [f"The work of {name} {why}; what there was is on branch {own.branch}."]
    closing = stages_for_phase(rest, journal_of(state, deps).plan(rest), name, staff_of(state, deps))[1]
    joined = replace(rest, at=name, first=lane.first, count=0, work=lane.work, closing=closing)
    brought = replace(joined, tip=head_of(git_beside(task), task), tip_stage=len(state["plan"]["stages"]))
    return replace(brought.put(since=head), next="work", is_closing=False, met_on=""), []


def _opened(state: State, course: Course, name: str, effects: Effects) -> Workspace:
    """A worktree of the phase, from the newest commit of its own that is still part of it, else from the task's."""
    lane, task = course.lanes[name], task_workspace(state)
    leg = course.legs[name]
    own = [one for one in handoffs_in(state) if one["phase"] == name and int(one["stage"]) >= leg.first]
    begins: str = next((one["commit"] for one in reversed(own) if one["commit"]), task.ref)
    there = replace(effects, place=replace(effects.place, phase=name, stage=str(lane.first)))
    return open_lane(there, task, name, begins)


def _without_unrun(stages: Stages, course: Course, handoffs: list[Json]) -> Stages:
    """The stages in which nobody of these phases worked, since one before was ended, are empty from now on."""
    done = {int(one["stage"]) for one in handoffs}
    own = {number for lane in course.lanes.values() for number in range(lane.first, lane.first + lane.count)}
    return [[] if number in own - done else names for number, names in enumerate(stages)]
