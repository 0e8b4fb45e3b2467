"""What the pages tell of each phase, read from the record of its iterations and the handoffs in them."""

from dataclasses import dataclass, field
from typing import Any

from planned import Json, phase

from tools.phases.course import Course, begun
from tools.phases.journal import Journal
from tools.phases.plan import Plan
from tools.phases.standings import MOST_INSIGHTS, MOST_LINES, insights_of, standings_of, unmet_of

PLAN = Plan(phases=[phase("phase-1", max_iterations=2), phase("phase-2", "phase-1")])
WORK = ([["python_pro"], ["qa_debugger"]], [])


def handoff(agent: str, **context: Any) -> Json:
    said = {"summary": f"{agent} did it.", "decisions": [], "open_points": []} | context
    ran = [{"command": "pytest -q", "exit_code": 0}]
    return {"from_agent": agent, "context": said, "deliverables": {"files": ["a.py"], "evidence": ran}}


@dataclass(frozen=True)
class Kept(Journal):
    """A journal without a database: rounds by their name, handoffs by their stage and phase."""

    told: dict[str, list[Json]] = field(default_factory=dict)
    left: dict[tuple[int, str], Json] = field(default_factory=dict)

    def rounds(self, leg: Any) -> list[Json]:
        return self.told.get(leg.rounds, [])

    def handoffs(self, first: int, end: int, phase: str) -> list[Json]:
        return [one for (stage, name), one in self.left.items() if first <= stage < end and name == phase]


def round_of(number: int, first: int, *met: bool, ended: str = "") -> Json:
    criteria = [{"criterion": f"C{at}", "is_met": one, "seen": f"seen {at}"} for at, one in enumerate(met, 1)]
    return {"number": number, "first": first, "end": first + 2, "ended": [ended] if ended else [], "criteria": criteria}


def journal(left: dict[tuple[int, str], Json], *rounds: Json) -> Kept:
    return Kept(None, "t", told={"kept": list(rounds)}, left=left)  # type: ignore[arg-type]


def at_work() -> Course:
    course = begun("r", PLAN, "digest", "folder").opened("phase-1", WORK, 0, "commit")
    return course.put(rounds="kept")


def test_each_iteration_is_told_with_who_did_what_and_what_was_seen() -> None:
    left = {(0, "phase-1"): handoff("python_pro"), (1, "phase-1"): handoff("qa_debugger", summary="Two\nlines.")}
    kept = journal(left, round_of(1, 0, False, True), round_of(2, 2, ended="python_pro did not finish: a circle."))
    standing = standings_of(PLAN, at_work().again(2), kept, now=4)["phase-1"]
    assert standing.progress == (
        "Iteration 1 of 2: 1 of 2 criteria met.",
        "Iteration 2 of 2: not looked at. python_pro did not finish: a circle.",
    )
    first, second = standing.runs
    for words in ("# phase-1, iteration 1", "- qa_debugger: Two lines.", "- python_pro: `pytest -q` ended with 0"):
        assert words in first
    assert "- NOT MET: C1 (seen 1)\n- met: C2 (seen 2)" in first
    assert "python_pro did not finish: a circle." in second
    assert "- qa_debugger" not in second


def test_the_newest_iteration_says_what_is_achieved_and_what_the_next_is_told() -> None:
    rounds = [round_of(1, 0, False, False), round_of(2, 2, True, False)]
    standing = standings_of(PLAN, at_work(), journal({}, *rounds), now=4)["phase-1"]
    assert standing.achievements == ("C1 (seen 1)",)
    assert unmet_of(rounds[1]) == ["C2: seen 2"]
    assert unmet_of(round_of(3, 4, False, ended="x was ended.")) == ["x was ended.", "C1: seen 1"]


def test_a_phase_nobody_worked_on_has_nothing_to_tell_and_one_that_failed_says_why() -> None:
    course = at_work().closed("failed", 2, "All 2 iterations are used up.").stopped(PLAN)
    told = standings_of(PLAN, course, journal({}, round_of(1, 0, False)), now=2)
    assert (told["phase-2"].status, told["phase-2"].progress, told["phase-2"].handoff) == ("blocked", (), "")
    assert told["phase-1"].progress[-1] == "All 2 iterations are used up."
    assert "State: failed. All 2 iterations are used up." in told["phase-1"].handoff


def test_what_complete_phases_decided_is_told_to_the_others_and_no_more_than_a_few_of_each() -> None:
    decisions = [f"Decision {number}\nin two lines." for number in range(MOST_INSIGHTS + 3)]
    kept = journal(
        {(0, "phase-1"): handoff("python_pro", decisions=[*decisions[:1], *decisions])}, round_of(1, 0, True)
    )
    assert insights_of(PLAN, at_work(), kept) == []
    found = insights_of(PLAN, at_work().closed("complete", 2), kept)
    assert found == [f"phase-1: Decision {number} in two lines." for number in range(MOST_INSIGHTS)]


def test_a_handoff_lists_no_more_than_a_page_of_each_thing() -> None:
    points = [f"Point {number}." for number in range(MOST_LINES + 5)]
    kept = journal({(0, "phase-1"): handoff("python_pro", open_points=points)}, round_of(1, 0, True))
    page = standings_of(PLAN, at_work(), kept, now=2)["phase-1"].handoff
    assert (page.count("- Point"), f"Point {MOST_LINES - 1}." in page) == (MOST_LINES, True)
