"""What a goal in phases left in the database: its plan, the iterations of each phase, and the handoffs in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checkpoints.artifacts import fetch, keep
from checkpoints.database import Database
from tools.agents.redaction import own_secrets
from tools.phases.course import Course, Leg
from tools.phases.plan import Plan

if TYPE_CHECKING:
    from tools.phases.checking import Held

Json = dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """The artifacts of one thread; `references` are the handoffs of its request as the state has them.

    What was fetched is `known` from then on: it is kept by its content, and cannot change.
    """

    database: Database
    thread_id: str
    references: Sequence[Json] = ()
    known: dict[str, Any] = field(default_factory=dict, compare=False)

    def plan(self, course: Course) -> Plan:
        """The plan of a course."""
        return Plan.model_validate(self._fetched(course.plan))

    def keep_plan(self, plan: Plan) -> str:
        """Keep a plan; returns the digest by which a course refers to it."""
        return keep(self.database, self.thread_id, plan.model_dump())

    def rounds(self, leg: Leg) -> list[Json]:
        """The iterations of a phase that are over, oldest first."""
        return self._fetched(leg.rounds) if leg.rounds else []

    def with_round(self, course: Course, end: int, held: "Sequence[Held]", ended: Sequence[str]) -> Course:
        """The course with what was found at the end of an iteration; a second look at one takes its place."""
        leg = course.leg
        said: Json = {"number": leg.iterations, "first": course.first, "end": end, "ended": list(ended)}
        said["criteria"] = own_secrets().removed([one.to_json() for one in held])
        earlier = [one for one in self.rounds(leg) if one["first"] != course.first]
        return course.put(rounds=keep(self.database, self.thread_id, [*earlier, said]))

    def handoffs(self, first: int, end: int, phase: str) -> list[Json]:
        """The handoffs of a phase in these stages, in the order in which they were left; `end` is the one after the
        last."""
        found = [one for one in self.references if first <= int(one["stage"]) < end and one["phase"] == phase]
        return [self._fetched(one["handoff"]) for one in found]

    def _fetched(self, digest: str) -> Any:
        if digest not in self.known:
            self.known[digest] = fetch(self.database, self.thread_id, digest)
        return self.known[digest]
