"""The state of a thread: what is kept at every step, and who writes and reads each key."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage, RemoveMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

Json = dict[str, Any]


class Incoming(TypedDict, total=False):
    """What a caller hands in: messages, or one request in the protocol of docs/protocol.md."""

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
    """Written by intake: the accepted request, with its prompt. Read by every node after it."""
    route: Json
    """Written by router: task type, slots, agents. Read by the edges, clarify, trade and learn."""
    answer: str | None
    """Written by clarify: what the person said when asked. Read by router; None until then."""
    criteria: Json
    """Written by trade: the slots this thread has gathered. Read by trade when a follow-up refines them."""
    source: str
    """Written by intake: where this thread's numbers come from. Read by trade."""
    outcome: Json
    """Written by intake or trade: status, result, errors, warnings, next steps. Read by learn and respond."""
    response: Json | None
    """Written by intake (a request asked twice) or respond. Read by the edges and by the caller."""
