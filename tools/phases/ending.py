"""How a phase ended, and what a goal came to in the end."""

from collections.abc import Mapping
from typing import Any

from tools.phases.course import Course, course_in

Json = dict[str, Any]
MOST_TOLD = 5


def ending_of(state: Mapping[str, Any], course: Course) -> str:
    """Why the phase that is at work failed, in sentences; "" where it is complete."""
    if course.next == "close":
        return course.leg.why
    found: Json = state.get("verdict") or {}
    if found.get("request_id") != course.request_id or found["state"] != "failed":
        return ""
    told = [
        f"{gate} ({rule}{f' in {file}' if file else ''})" if rule else gate for gate, rule, file in found["failures"]
    ]
    times = "once" if found["attempt"] == 1 else f"{found['attempt']} times"
    return f"The gates refused it {times}: {', '.join(told[:MOST_TOLD])}."


def course_at_end(state: Mapping[str, Any]) -> Course | None:
    """The course at the end of a request: its last phase is complete once the gates let it through."""
    course = course_in(state)
    if course is None or not course.at:
        return course
    why = ending_of(state, course)
    return course.closed("failed" if why else "complete", len(state["plan"]["stages"]), why)


def unfinished(course: Course) -> list[str]:
    """A sentence for each phase that is not complete."""
    told = {"blocked": "waits for a phase that failed", "open": "was not begun", "in progress": "is not finished"}
    return [
        f"{name} failed: {leg.why}" if leg.status == "failed" else f"{name} {told[leg.status]}."
        for name, leg in course.legs.items()
        if leg.status != "complete"
    ]
