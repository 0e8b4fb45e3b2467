"""Whether a request is a goal in phases, where its plan comes from, and how a phase begins."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from langgraph.types import interrupt

from checkpoints.budget import Exhausted
from checkpoints.effects import Effects
from graph.errors import Unavailable
from graph.settings import Settings
from graph.state import State
from prompts.registry import Registry
from prompts.workflow_loading import Workflows
from tools.agents.staff import registry_for
from tools.agents.waiting import stopped
from tools.agents.wish import wish_of
from tools.checks.at_work import task_workspace
from tools.deps import Deps
from tools.phases.asking import Talk
from tools.phases.beside import with_lanes
from tools.phases.course import Course, Stages, begun
from tools.phases.folder import log_says, place_of, refuse_taken, update_folder
from tools.phases.journal import Journal
from tools.phases.making import Making, Wish, mark_of
from tools.phases.pages import PLAN
from tools.phases.plan import Plan
from tools.phases.reading import read_plan
from tools.phases.staffing import stages_of_phase
from tools.routing.workflows import changes_code, workflows_of

Json = dict[str, Any]
COMMAND = "phases"
"""How a request says that it came from `magnus phases`."""
LARGE = ("add_feature", "refactor")
"""Task types of which a complex one is broken into phases unasked."""


@dataclass(frozen=True)
class Staff:
    """Who can work on a project, and how."""

    task_type: str
    registry: Registry
    workflows: Workflows


def is_of_folder(task: Json) -> bool:
    """Whether a request carries out the plan of a folder."""
    return bool(((task.get("task") or {}).get("context") or {}).get("command") == COMMAND)


def is_phased(task: Json, route: Json, settings: Settings) -> bool:
    """Whether a request is worked on in phases: as it says itself, else as the settings do, else where it is large."""
    if is_of_folder(task):
        return True
    if task.get("phased") is not None:
        return bool(task["phased"])
    if settings.phased != "auto":
        return settings.phased == "always" and changes_code(route["task_type"])
    return route.get("complexity") == "complex" and route["task_type"] in LARGE


def folder_of(task: Json, goal: str, project: Path) -> Path:
    """Where the plan of a request lies, or will."""
    return Path(task["task"]["target"]) if is_of_folder(task) else place_of(goal, project)


@dataclass(frozen=True)
class Goal:
    """A plan that is there, the course of it, and what was changed in the plan as it was made."""

    plan: Plan
    course: Course
    notes: list[str]


def goal_of(state: State, project: Path, settings: Settings, effects: Effects) -> Goal:
    """The goal of a request: the plan of its folder as a person left it, or a new one of which nothing is done.

    Raises NoPlan and BadInput; without money or an answer of the model the request waits here.
    """
    wanted = wish_of(state)
    folder = folder_of(state["task"], wanted, project)
    if is_of_folder(state["task"]):
        plan, notes = read_plan(folder / PLAN), list[str]()
        take_up(folder, effects.place.request_id, effects.now())
    else:
        plan, notes = _made(state, Wish(wanted, project, folder), settings, effects)
    digest = Journal(effects.database, effects.fence.thread_id).keep_plan(plan)
    return Goal(plan, begun(effects.place.request_id, plan, digest, str(folder)), notes)


def take_up(folder: Path, request_id: str, now: datetime) -> None:
    """The folder names the request that works on it from now on; done twice it is as done once."""
    if not log_says(folder, mark_of(request_id)):
        update_folder(folder, {}, [mark_of(request_id)], now)


def in_phases(goal: Goal, plan: Json, staff: Staff, most: int) -> State:
    """What the state gets beside the workspace: the course with what can begin open, and the stages of that."""
    course, stages = open_next(goal.course, goal.plan, staff, 0, plan["start"], most)
    return {
        "phases": course.to_json(),
        "plan": {**plan, "stages": stages, "warnings": plan["warnings"] + goal.notes},
    }


def _made(state: State, wish: Wish, settings: Settings, effects: Effects) -> tuple[Plan, list[str]]:
    talk, place = Talk(), effects.place
    if not log_says(wish.folder, mark_of(place.request_id)):
        refuse_taken(wish.folder)
    making = Making(effects.database, settings, state["task"], wish, place.rollback, effects.fence, effects.now)
    while True:
        try:
            return making.plan(talk), talk.notes
        except Exhausted as error:
            interrupt(stopped(str(error), error.what))
        except Unavailable as error:
            interrupt(stopped(str(error), "model"))


def open_next(course: Course, plan: Plan, staff: Staff, stages: int, head: str, most: int) -> tuple[Course, Stages]:
    """The course with what can begin after so many stages, at this commit, and the stages that brings: so many phases
    side by side at most, or the next one alone."""
    names = course.possible(plan)[:most]
    if len(names) > 1:
        return with_lanes(
            course, {name: stages_for_phase(course, plan, name, staff)[0] for name in names}, stages, head
        )
    opened = course.opened(names[0], stages_for_phase(course, plan, names[0], staff), stages, head)
    return opened, opened.work


def stages_for_phase(course: Course, plan: Plan, name: str, staff: Staff) -> tuple[Stages, Stages]:
    """The stages of an iteration of this phase, and those that follow."""
    is_last = all(leg.status == "complete" for other, leg in course.legs.items() if other != name)
    return stages_of_phase(plan.phase(name), staff.task_type, staff.registry, staff.workflows, is_last=is_last)


def staff_of(state: State, deps: Deps) -> Staff:
    """Who can work on the project of a request."""
    workspace = task_workspace(state)
    registry = registry_for(workspace, deps.settings())
    return Staff(state["route"]["task_type"], registry, workflows_of(workspace.root / workspace.prefix, registry))
