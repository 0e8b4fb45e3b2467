"""The state of a thread: what is kept at every step, and who writes and reads each key."""

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any

from langchain_core.messages import AnyMessage, RemoveMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from graph.handoffs import handed, seen

Json = dict[str, Any]


class Incoming(TypedDict, total=False):
    """What a caller hands in: messages, or one request in the protocol of graph/protocol.py."""

    messages: list[AnyMessage]
    request: Json


class Outgoing(TypedDict, total=False):
    """What a caller gets back."""

    messages: list[AnyMessage]
    response: Json


class State(TypedDict, total=False):
    """Everything a step may read. Plain values only: a checkpoint outlives the classes of today."""

    messages: Annotated[list[AnyMessage | RemoveMessage], add_messages]
    """Written by the caller, intake and respond: the last turns of the conversation. Read by intake."""
    request: Annotated[Json, EphemeralValue]
    """Written by the caller: the request as it came. Read by intake, and gone after it."""
    task: Json
    """Written by intake, and by router where a sentence corrects the one before: the request. Read by every node."""
    route: Json
    """Written by router: task type, slots, agents. Read by the edges, clarify, trade, operate and learn."""
    answer: str | None
    """Written by clarify, or by router with the words of a correction: what the person said. Read by router, trade."""
    criteria: Json
    """Written by trade: the slots this thread has gathered. Read by trade when a follow-up refines them."""
    source: str
    """Written by intake: where this thread's numbers come from. Read by trade."""
    plan: Json
    """Written by planner: stages of agents, warnings; by coordinator, which adds a stage for a conflict. Read by
    coordinator, the edges, specialist and hand_over."""
    phases: Json
    """Written by planner, check_phase and close_phase: how far a goal in phases has come. Read by the edges,
    coordinator, specialist and hand_over."""
    workspace: Json
    """Written by planner, and by coordinator after a rollback: the worktree. Read by specialist and hand_over."""
    stage: int
    """Written by coordinator: the stage that is next, or past the last. Read by the edges and specialist."""
    handoffs: Annotated[list[Json], handed]
    """Written by specialist: a reference for each agent that is done; by coordinator once the work of one is merged.
    Read by coordinator, specialist and hand_over."""
    todo: list[Json]
    """Written by coordinator: the tasks its planner named, each with title, owner and done. Read by people."""
    evidence: Annotated[Json, seen]
    """Written by the gates: the tree they looked at, and for each the row that is kept. Read by the gates."""
    verdict: Json
    """Written by verdict: passed, waiting, again or failed, and on which attempt; by deliver, which voids it where the
    person's branch has gone on. Read by the edges and hand_over."""
    approval: Json
    """Written by approve: whether, who and when; voided by deliver too. Read by the edges, deliver and hand_over."""
    delivery: Json
    """Written by deliver: where the change is now, or why it is not delivered. Read by hand_over."""
    agent: str
    """Given by the edge that sends an agent: which one. Read by specialist, and never kept."""
    outcome: Json
    """Written by intake, router, trade, operate, planner, hand_over: status, errors, the result's digest. Read by
    learn, respond."""
    response: Json | None
    """Written by intake (a request asked twice) or respond. Read by the edges and by the caller."""
    rollback: int
    """Written by `magnus rollback`: how often this request was taken back. Part of the key of every effect."""


def flaw_in(values: Mapping[str, Any], is_past_intake: bool) -> str | None:
    """What is wrong with the values of a checkpoint, in words, or None: an old or damaged row must not run on."""
    for name, kinds in KINDS.items():
        if name in values and not isinstance(values[name], kinds):
            return f"{name} is not what it was"
    missing = [name for name in ("task", "outcome") if name not in values] if is_past_intake else []
    return f"{missing[0]} is missing" if missing else None


KINDS: dict[str, tuple[type, ...]] = {
    "messages": (list,),
    "task": (dict,),
    "route": (dict,),
    "answer": (str, NoneType),
    "criteria": (dict,),
    "source": (str,),
    "plan": (dict,),
    "phases": (dict,),
    "workspace": (dict,),
    "stage": (int,),
    "handoffs": (list,),
    "todo": (list,),
    "evidence": (dict,),
    "verdict": (dict,),
    "approval": (dict,),
    "delivery": (dict,),
    "outcome": (dict,),
    "response": (dict, NoneType),
    "rollback": (int,),
}
