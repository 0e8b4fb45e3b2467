"""How far a goal has come: which phase is at work, which stage is next, and what became of the others.

A course is the value of the key `phases` of the state: small, and plain. What it refers to lies in artifacts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from tools.agents.parts import is_apart
from tools.phases.order import blocked, ready
from tools.phases.plan import Plan
from tools.phases.standing import Status

Json = dict[str, Any]
Stages = list[list[str]]
Next = Literal["work", "gates", "close"]
"""Where a phase goes from here: to its agents, before the gates, or to its end."""


@dataclass(frozen=True)
class Leg:
    """One phase on its way. `first` is its first stage in the plan of the request, `end` the one after its last, and
    `since` the commit it began at.

    `rounds` refers to the record of its iterations, `why` says what it failed over.
    """

    status: Status = "open"
    iterations: int = 0
    first: int = 0
    end: int = 0
    since: str = ""
    rounds: str = ""
    why: str = ""


@dataclass(frozen=True)
class Lane:
    """One of several phases that are at work side by side, each in a worktree of its own.

    Its iteration has `count` stages from `first` on, of one agent each; `work` are those of a whole one.
    """

    first: int
    count: int
    work: Stages
    state: Literal["work", "met", "failed"] = "work"
    workspace: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """A goal at work. `plan` refers to the plan, `at` is the phase that is at work and `first` the first stage of its
    iteration, which has `count` of them, or all that follow where that is 0; `work` are the stages of an iteration,
    `closing` those that follow once the criteria are met, and `met_on` is the tree on which they were. `lanes` are
    phases at work side by side, and then those of them that wait to be brought in. `tip` is the commit of the task's
    own branch before the work of stage `tip_stage` and later.
    """

    request_id: str
    plan: str
    folder: str
    at: str = ""
    first: int = 0
    count: int = 0
    next: Next = "work"
    is_closing: bool = False
    met_on: str = ""
    tip: str = ""
    tip_stage: int = 0
    work: Stages = field(default_factory=list)
    closing: Stages = field(default_factory=list)
    legs: Mapping[str, Leg] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Json) -> Self:
        """The course that the state keeps."""
        legs = {name: Leg(**leg) for name, leg in kept["legs"].items()}
        lanes = {name: Lane(**lane) for name, lane in kept["lanes"].items()}
        return cls(**{**kept, "legs": legs, "lanes": lanes})

    def to_json(self) -> Json:
        """What the state keeps."""
        parts = {"legs": self.legs, "lanes": self.lanes}
        return {**vars(self), **{what: {name: vars(one) for name, one in told.items()} for what, told in parts.items()}}

    @property
    def leg(self) -> Leg:
        """The phase that is at work."""
        return self.legs[self.at]

    def put(self, **changes: Any) -> Self:
        """The course with something else about the phase that is at work."""
        return replace(self, legs={**self.legs, self.at: replace(self.leg, **changes)})

    def stages_now(self, stages: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """The stages of the iteration that is at work, of all of the request."""
        return stages[self.first : self.first + self.count if self.count else None]

    def with_status(self, *status: Status) -> list[str]:
        """The ids of the phases of which this is so."""
        return [name for name, leg in self.legs.items() if leg.status in status]

    def opened(self, name: str, stages: tuple[Stages, Stages], first: int, since: str) -> Self:
        """The course with a phase begun: its stages of work and of closing, and where both begin."""
        work, closing = stages
        there = replace(
            self, at=name, first=first, count=0, next="work", is_closing=False, met_on="", work=work, closing=closing
        )
        begun = replace(there, tip=since, tip_stage=first)
        return begun.put(status="in progress", iterations=1, first=first, end=0, since=since, why="")

    def again(self, first: int) -> Self:
        """The next iteration of the same phase, from this stage on."""
        there = replace(self, first=first, count=0, next="work", is_closing=False, met_on="")
        return there.put(iterations=self.leg.iterations + 1)

    def closed(self, status: Status, end: int, why: str = "") -> Self:
        """The phase that was at work is over, one way or the other, before this stage."""
        return replace(self.put(status=status, end=end, why=why), at="", next="work")

    def following(self, plan: Plan) -> str:
        """The id of the phase that can begin now; "" where none can."""
        return next(iter(self.possible(plan)), "")

    def possible(self, plan: Plan) -> list[str]:
        """The ids of all phases that can begin now."""
        done, begun = self.with_status("complete"), self.with_status("in progress", "failed")
        return [phase.id for phase in ready(plan.phases, done, begun)]

    def stopped(self, plan: Plan) -> Self:
        """The course in which every phase that needs a failed one is blocked."""
        waiting = [phase.id for phase in blocked(plan.phases, self.with_status("failed"))]
        names = [name for name in waiting if self.legs[name].status != "complete"]
        return replace(self, legs={**self.legs, **{name: replace(self.legs[name], status="blocked") for name in names}})

    def retried(self) -> Self:
        """The course in which what failed, and what waited for that, is open again."""
        legs = {
            name: replace(leg, status="open", why="") if leg.status in ("failed", "blocked") else leg
            for name, leg in self.legs.items()
        }
        return replace(self, legs=legs)

    def under(self, plan: Plan, digest: str) -> Self:
        """The same course after a person changed the plan: what is new to it is open, and what is gone is gone."""
        return replace(self, plan=digest, legs={phase.id: self.legs.get(phase.id, Leg()) for phase in plan.phases})


def begun(request_id: str, plan: Plan, digest: str, folder: str) -> Course:
    """The course of a plan of which nothing is done."""
    return Course(request_id, digest, folder, legs={phase.id: Leg() for phase in plan.phases})


def course_in(state: Mapping[str, Any]) -> Course | None:
    """The course of the request that is at work; None where it is no goal in phases."""
    kept = state.get("phases")
    return Course.of(kept) if kept and kept["request_id"] == state["task"]["request_id"] else None


def own_handoffs(course: Course | None, handoffs: Sequence[Json]) -> list[Json]:
    """The handoffs of the iteration that is at work; without phases all."""
    if course is None:
        return list(handoffs)
    return [one for one in handoffs if int(one["stage"]) >= course.first and one["phase"] == course.at]


def newest_commit(course: Course | None, handoffs: Sequence[Json]) -> str:
    """The newest commit of the task's own branch that these handoffs and the course know of; "" for its first."""
    if course is None:
        return _newest(handoffs)
    if course.lanes and not course.at:
        return course.tip
    after = [one for one in handoffs if int(one["stage"]) >= course.tip_stage]
    return _newest([one for one in after if course.at in ("", one["phase"])]) or course.tip


def _newest(handoffs: Sequence[Json]) -> str:
    """What is apart, in the worktree of one agent, is not on the branch yet."""
    return next((str(one["commit"]) for one in reversed(handoffs) if one["commit"] and not is_apart(one)), "")


def is_last(course: Course) -> bool:
    """Whether the phase that is at work is the only one that is not complete."""
    return [name for name, leg in course.legs.items() if leg.status != "complete"] == [course.at]


def repairing(work: Sequence[Sequence[str]], makers: frozenset[str]) -> Stages:
    """The stages of a later iteration: from the first in which somebody makes something."""
    first = next((number for number, names in enumerate(work) if makers.intersection(names)), 0)
    return [list(names) for names in work[first:]]
