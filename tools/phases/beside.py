"""Phases that are at work side by side: whose turn it is in each. Pure functions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from graph.handoffs import first_open
from tools.phases.course import Course, Lane, Stages

Json = dict[str, Any]


class Turn(NamedTuple):
    """An agent in a stage of a phase."""

    phase: str
    stage: int
    agent: str


def with_lanes(course: Course, work: dict[str, Stages], stages: int, head: str) -> tuple[Course, Stages]:
    """The course with these phases begun side by side after so many stages, at this commit, and the stages they bring.

    In each of them one agent works at a time: whoever writes has the worktree of the phase to itself.
    """
    lanes, legs, more = dict(course.lanes), dict(course.legs), list[list[str]]()
    for name, found in work.items():
        single, first = one_by_one(found), stages + len(more)
        lanes[name] = Lane(first, len(single), single)
        legs[name] = replace(legs[name], status="in progress", iterations=1, first=first, end=0, why="")
        more += single
    there = replace(course, at="", next="work", lanes=lanes, legs=legs)
    return replace(there, tip=head, tip_stage=stages), more


def one_by_one(stages: Sequence[Sequence[str]]) -> Stages:
    """The same agents in the same order, one in a stage."""
    return [[name] for names in stages for name in names]


def at_work(course: Course) -> list[str]:
    """The phases that are at work side by side."""
    return [name for name, lane in course.lanes.items() if lane.state == "work"]


def lane_of(course: Course, name: str) -> Course:
    """The course as it is for one of them: as if no other were at work."""
    lane = course.lanes[name]
    return replace(
        course, at=name, first=lane.first, count=lane.count, work=lane.work, lanes={}, is_closing=False, met_on=""
    )


def put_lane(course: Course, name: str, **changes: Any) -> Course:
    """The course with something else about one of them."""
    return replace(course, lanes={**course.lanes, name: replace(course.lanes[name], **changes)})


def turns(course: Course, stages: Sequence[Sequence[str]], handoffs: Sequence[Json]) -> list[Turn]:
    """The next agent of each phase that is at work; none for one whose iteration is over."""
    found = (_turn(course.lanes[name], name, stages, handoffs) for name in at_work(course))
    return [turn for turn in found if turn]


def _turn(lane: Lane, name: str, stages: Sequence[Sequence[str]], handoffs: Sequence[Json]) -> Turn | None:
    own = [one for one in handoffs if lane.first <= int(one["stage"]) < lane.first + lane.count]
    number = first_open(stages[: lane.first + lane.count], own, lane.first)
    if any(one["ended"] for one in own) or number >= lane.first + lane.count:
        return None
    return Turn(name, number, stages[number][0])
