"""The graph: which nodes there are, and where each leads."""

from functools import partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Checkpointer, RetryPolicy

from checkpoints.fenced import OUTAGE_S
from graph.compiled import DurableGraph
from graph.edges import after_clarify, after_coordinator, after_intake, after_planner, after_router
from graph.errors import Outage
from graph.state import Incoming, Outgoing, State
from nodes.clarify import clarify
from nodes.coordinator import coordinator
from nodes.hand_over import hand_over
from nodes.intake import intake
from nodes.learn import learn
from nodes.operate import operate
from nodes.planner import planner
from nodes.respond import respond
from nodes.router import router
from nodes.specialist import specialist
from nodes.trade import trade
from tools.deps import Deps

THROUGH_OUTAGES = RetryPolicy(
    initial_interval=0.2, backoff_factor=2, max_interval=1, max_attempts=OUTAGE_S, jitter=False, retry_on=Outage
)
"""A node that finds the database gone is tried again for as long as the saver waits for it: a pause is a second."""


def build(deps: Deps, saver: Checkpointer = None) -> DurableGraph:
    """The compiled graph over these collaborators, with threads where there is a saver."""
    wiring: StateGraph[State, None, Any, Any] = StateGraph(State, input_schema=Incoming, output_schema=Outgoing)
    for node in (intake, router, clarify, trade, operate, planner, coordinator, specialist, hand_over, learn, respond):
        wiring.add_node(node.__name__, partial(node, deps=deps), retry_policy=THROUGH_OUTAGES)
    wiring.add_edge(START, "intake")
    wiring.add_conditional_edges("intake", after_intake)
    wiring.add_conditional_edges("router", after_router)
    wiring.add_conditional_edges("clarify", after_clarify)
    wiring.add_conditional_edges("planner", after_planner)
    wiring.add_conditional_edges("coordinator", after_coordinator, ["specialist", "hand_over"])
    wiring.add_edge("specialist", "coordinator")
    wiring.add_edge("hand_over", "learn")
    wiring.add_edge("trade", "learn")
    wiring.add_edge("operate", "learn")
    wiring.add_edge("learn", "respond")
    wiring.add_edge("respond", END)
    return DurableGraph.of(wiring.compile(checkpointer=saver, name="magnus"), deps)
