"""No path leads from an agent to a delivery but through the verdict; proven on the compiled graph."""

from collections.abc import Iterator, Mapping

from graph.edges import after_approve, after_coordinator, after_verdict
from graph.master import graph

GATES = ("syntax", "tests", "integration", "review", "performance")


def ways() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for edge in graph.get_graph().edges:
        found.setdefault(edge.source, set()).add(edge.target)
    return found


def reached(start: str, ways: Mapping[str, set[str]], without: str = "") -> set[str]:
    """Every node that can be reached, past `without` not."""

    def spread(node: str, seen: set[str]) -> Iterator[str]:
        for following in ways.get(node, set()) - seen - {without}:
            seen.add(following)
            yield following
            yield from spread(following, seen)

    return set(spread(start, set()))


def test_no_path_from_an_agent_to_a_delivery_avoids_the_verdict() -> None:
    assert "deliver" in reached("specialist", ways())
    assert "deliver" not in reached("specialist", ways(), without="verdict")


def test_no_path_from_an_agent_to_the_verdict_avoids_a_gate() -> None:
    for gate in GATES:
        without = {
            source: {one for one in targets if one != f"gate_{gate}"}
            for source, targets in ways().items()
            if source not in {f"gate_{other}" for other in GATES if other in ("tests", "integration", "review")}
        }
        assert "verdict" not in reached("specialist", without), gate


def test_a_delivery_comes_from_nowhere_but_the_approval() -> None:
    assert {source for source, targets in ways().items() if "deliver" in targets} == {"approve"}
    assert {source for source, targets in ways().items() if "approve" in targets} == {"verdict"}
    assert {source for source, targets in ways().items() if "verdict" in targets} == {"gate_performance"}


def test_a_change_goes_before_the_gates_and_what_changed_nothing_does_not() -> None:
    one = {"request_id": "r", "stage": "0", "agent": "a", "ended": "", "commit": "c"}
    state = {"plan": {"stages": [["a"]]}, "stage": 1, "task": {"request_id": "r"}, "handoffs": [one]}
    assert after_coordinator(state) == "gate_syntax"
    assert after_coordinator({**state, "handoffs": [{**one, "commit": ""}]}) == "hand_over"
    assert after_coordinator({**state, "handoffs": [{**one, "ended": "it went in circles"}]}) == "hand_over"


def test_only_a_verdict_that_passed_or_waits_comes_to_the_person() -> None:
    went = {found: after_verdict({"verdict": {"state": found}}) for found in ("passed", "waiting", "again", "failed")}
    assert went == {"passed": "approve", "waiting": "approve", "again": "coordinator", "failed": "hand_over"}
    assert after_approve({"approval": {"approved": False}}) == "hand_over"
    assert after_approve({"approval": {"approved": True}}) == "deliver"
