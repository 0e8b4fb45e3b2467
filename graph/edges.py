"""Where a request goes next: pure functions of the state."""

from typing import Literal

from langgraph.types import Send

from graph.handoffs import ended_in, handoffs_in
from graph.state import State
from tools.phases.beside import at_work, lane_of, turns
from tools.phases.course import Course, course_in, is_last
from tools.phases.ending import unfinished

TRADED = ("find_opportunities", "assess_risk", "market_data")

OPERATED = ("check_health", "sync_data", "manage_alert")
"""Task types that are about Magnus itself, and not about a trade."""

FOR_AN_AGENT = ("task", "route", "answer", "plan", "phases", "workspace", "stage", "handoffs", "rollback")
"""What an agent is sent of the state; it is kept once for each of them."""


def after_intake(state: State) -> Literal["router", "respond"]:
    """A request that was answered before, or cannot be read, needs no router."""
    return "respond" if state.get("response") or state.get("outcome") else "router"


def after_router(state: State) -> Literal["clarify", "trade", "operate", "planner", "learn"]:
    """Work for a node of ours, a question to the person, or an outcome that only has to be told."""
    if state.get("outcome"):
        return "learn"
    if not state["route"]["decided"] and state.get("answer") is None:
        return "clarify"
    task_type = state["route"]["task_type"]
    if task_type in OPERATED:
        return "operate"
    return "trade" if task_type in TRADED else "planner"


def after_clarify(state: State) -> Literal["router", "learn"]:
    """Back with the answer; straight on where nobody could be asked."""
    return "learn" if state.get("outcome") else "router"


def after_planner(state: State) -> Literal["coordinator", "learn"]:
    """To work, or straight on where nobody can work."""
    return "learn" if state.get("outcome") else "coordinator"


def after_coordinator(state: State) -> list[Send] | Literal["gate_syntax", "check_phase", "check_lanes", "hand_over"]:
    """Each agent of the next stage by itself, side by side; past the last stage a change goes before the gates.

    What changed nothing is only told, and so is what an agent was ended over: it is not done. In a goal of phases the
    criteria of its phase come first. Phases side by side go on each by itself, until the iteration of all is over.
    """
    if (course := course_in(state)) and at_work(course):
        return _side_by_side(state, course) or "check_lanes"
    stages, handoffs = state["plan"]["stages"], handoffs_in(state)
    if state["stage"] >= len(stages):
        if course and course.at:
            return "check_phase"
        is_ended, is_changed = bool(ended_in(state["plan"], handoffs)), any(one["commit"] for one in handoffs)
        return "gate_syntax" if is_changed and not is_ended else "hand_over"
    known = {key: value for key, value in state.items() if key in FOR_AN_AGENT}
    return [Send("specialist", {**known, "agent": name}) for name in stages[state["stage"]]]


def _side_by_side(state: State, course: Course) -> list[Send]:
    """The next agent of each phase, which knows of no other phase and works in the worktree of its own."""
    known = {key: value for key, value in state.items() if key in FOR_AN_AGENT}
    found = []
    for turn in turns(course, state["plan"]["stages"], handoffs_in(state)):
        own = {"phases": lane_of(course, turn.phase).to_json(), "workspace": course.lanes[turn.phase].workspace}
        found.append(Send("specialist", {**known, **own, "stage": turn.stage, "agent": turn.agent}))
    return found


def after_check_lanes(state: State) -> Literal["coordinator", "close_phase"]:
    """To the agents of another iteration, or of the phase that was brought in; to the end where all of them failed."""
    course = course_in(state)
    return "coordinator" if course and (course.at or at_work(course)) else "close_phase"


def after_check_phase(state: State) -> Literal["coordinator", "gate_syntax", "close_phase"]:
    """To more agents, before the gates, or to the end of a phase that failed or changed nothing."""
    course = course_in(state)
    ways: dict[str, Literal["coordinator", "gate_syntax", "close_phase"]]
    ways = {"work": "coordinator", "gates": "gate_syntax", "close": "close_phase"}
    return ways[course.next] if course else "close_phase"


def after_close_phase(state: State) -> Literal["coordinator", "gate_syntax", "hand_over"]:
    """To the next phase, or to the end where none is left.

    Where a person took away the phases that were to come, the gates look once more: only they lead to a delivery.
    """
    course = course_in(state)
    if course and course.at:
        return "coordinator"
    has_changed = any(one["commit"] for one in handoffs_in(state))
    return "gate_syntax" if has_changed and course and not unfinished(course) else "hand_over"


def after_verdict(state: State) -> Literal["coordinator", "approve", "close_phase", "hand_over"]:
    """Back to be repaired, on to the person or the delivery, or told with everything that was seen.

    One delivery ends a goal of phases: only the gates of its last phase lead there.
    """
    found, course = state["verdict"]["state"], course_in(state)
    if found == "again":
        return "coordinator"
    if course and course.at and (found == "failed" or not is_last(course)):
        return "close_phase"
    return "hand_over" if found == "failed" else "approve"


def after_approve(state: State) -> Literal["deliver", "hand_over"]:
    """Delivered is what nobody said no to."""
    return "deliver" if state["approval"]["approved"] else "hand_over"


def after_deliver(state: State) -> Literal["gate_syntax", "hand_over"]:
    """Before the gates once more where the person's branch had gone on, else told."""
    return "gate_syntax" if state["delivery"]["state"] == "moved" else "hand_over"
