"""The graph: which nodes there are, and where each leads."""

from functools import partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Checkpointer, RetryPolicy

from checkpoints.fenced import OUTAGE_S
from graph.compiled import DurableGraph
from graph.edges import (
    after_approve,
    after_check_lanes,
    after_check_phase,
    after_clarify,
    after_close_phase,
    after_coordinator,
    after_deliver,
    after_intake,
    after_planner,
    after_router,
    after_verdict,
)
from graph.errors import Outage
from graph.state import Incoming, Outgoing, State
from nodes.approve import approve
from nodes.check_lanes import check_lanes
from nodes.check_phase import check_phase
from nodes.clarify import clarify
from nodes.close_phase import close_phase
from nodes.coordinator import coordinator
from nodes.deliver import deliver
from nodes.gates.gate_integration import gate_integration
from nodes.gates.gate_performance import gate_performance
from nodes.gates.gate_review import gate_review
from nodes.gates.gate_syntax import gate_syntax
from nodes.gates.gate_tests import gate_tests
from nodes.hand_over import hand_over
from nodes.intake import intake
from nodes.learn import learn
from nodes.operate import operate
from nodes.planner import planner
from nodes.respond import respond
from nodes.router import router
from nodes.specialist import specialist
from nodes.trade import trade
from nodes.verdict import verdict
from tools.deps import Deps

THROUGH_OUTAGES = RetryPolicy(
    initial_interval=0.2, backoff_factor=2, max_interval=1, max_attempts=OUTAGE_S, jitter=False, retry_on=Outage
)
"""A node that finds the database gone is tried again for as long as the saver waits for it: a pause is a second."""


NODES = (
    intake, router, clarify, trade, operate, planner, coordinator, specialist, check_phase, check_lanes, close_phase,
    verdict, approve, deliver, hand_over, learn, respond,
)  # fmt: skip
SIDE_BY_SIDE = (gate_tests, gate_integration, gate_review)
GATES = (gate_syntax, *SIDE_BY_SIDE, gate_performance)
"""The first alone, the next side by side, the last by itself: neighbours would spoil its timing."""


def build(deps: Deps, saver: Checkpointer = None) -> DurableGraph:
    """The compiled graph over these collaborators, with threads where there is a saver."""
    wiring: StateGraph[State, None, Any, Any] = StateGraph(State, input_schema=Incoming, output_schema=Outgoing)
    for node in (*NODES, *GATES):
        wiring.add_node(node.__name__, partial(node, deps=deps), retry_policy=THROUGH_OUTAGES)
    wiring.add_edge(START, "intake")
    wiring.add_conditional_edges("intake", after_intake)
    wiring.add_conditional_edges("router", after_router)
    wiring.add_conditional_edges("clarify", after_clarify)
    wiring.add_conditional_edges("planner", after_planner)
    wiring.add_conditional_edges(
        "coordinator", after_coordinator, ["specialist", "check_phase", "check_lanes", "gate_syntax", "hand_over"]
    )
    wiring.add_conditional_edges("check_phase", after_check_phase)
    wiring.add_conditional_edges("check_lanes", after_check_lanes)
    wiring.add_conditional_edges("close_phase", after_close_phase)
    wiring.add_edge("specialist", "coordinator")
    for gate in SIDE_BY_SIDE:
        wiring.add_edge("gate_syntax", gate.__name__)
    wiring.add_edge([gate.__name__ for gate in SIDE_BY_SIDE], "gate_performance")
    wiring.add_edge("gate_performance", "verdict")
    wiring.add_conditional_edges("verdict", after_verdict)
    wiring.add_conditional_edges("approve", after_approve)
    wiring.add_conditional_edges("deliver", after_deliver)
    wiring.add_edge("hand_over", "learn")
    wiring.add_edge("trade", "learn")
    wiring.add_edge("operate", "learn")
    wiring.add_edge("learn", "respond")
    wiring.add_edge("respond", END)
    return DurableGraph.of(wiring.compile(checkpointer=saver, name="magnus"), deps)
