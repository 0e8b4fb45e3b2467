"""Says the answer: one response in the protocol, one message in the conversation, and the run is finished."""

from datetime import datetime
from uuid import UUID

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig

from checkpoints.artifacts import fetch
from checkpoints.fence import fence_of
from checkpoints.runs import finish
from graph.protocol import Response, Usage
from graph.state import Json, State
from tools.costs import usage_of
from tools.deps import Deps
from tools.summary import summarise

NOBODY = UUID(int=0)
"""The request id of a response to something that was no request."""


def respond(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The response; the one that was kept first, where this request has been answered before."""
    response = state.get("response") or _response(state, deps)
    if state["task"] and not state.get("response"):
        response = finish(deps.database(), response, deps.now(), fence_of(config))
    message = AIMessage(summarise(response), id=f"{response['request_id']}-answer")
    return {"response": response, "messages": [message]}


def _response(state: State, deps: Deps) -> Json:
    task, outcome, now = state["task"], state["outcome"], deps.now()
    began = datetime.fromisoformat(task["accepted_at"]) if task else now
    seconds = (now - began).total_seconds()
    response = Response(
        request_id=task.get("request_id", NOBODY),
        agent="magnus",
        status=outcome["status"],
        result=fetch(deps.database(), task["thread_id"], digest) if (digest := outcome.get("artifact")) else {},
        errors=outcome.get("errors", []),
        warnings=outcome.get("warnings", []),
        next_steps=outcome.get("next_steps", []),
        bad_input=outcome.get("bad_input", False),
        thread_id=task.get("thread_id", ""),
        usage=usage_of(deps.database(), task["request_id"], seconds) if task else Usage(seconds=seconds),
        timestamp=now,
    )
    return response.model_dump(mode="json")
