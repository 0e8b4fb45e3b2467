"""Accepts a request: checks it, gives it a row in the database, and opens a clean page for it in the state."""

from uuid import NAMESPACE_URL, uuid5

from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig

from checkpoints.fence import fence_of
from checkpoints.runs import accept, runs_of, supersede_older
from graph.errors import BadInput
from graph.protocol import Request, read_request
from graph.state import Json, State
from tools.deps import Deps

KEPT_MESSAGES = 20
"""A thread of any length keeps this many messages, so that its checkpoints do not grow."""


def intake(state: State, config: RunnableConfig, deps: Deps) -> State:
    """The task, or the stored response where this request was answered before."""
    try:
        request = read_request(_given(state))
    except BadInput as error:
        return {
            "task": {},
            "response": None,
            "outcome": {"status": "failure", "errors": [str(error)], "bad_input": True},
        }
    task = request.model_dump(mode="json")
    thread_id = config["configurable"].get("thread_id", task["request_id"])
    run = accept(deps.database(), task, thread_id, _source(request, thread_id, deps), deps.now())
    supersede_older(deps.database(), run, deps.now(), fence_of(config))
    return {
        "task": task | {"thread_id": run.thread_id, "accepted_at": run.accepted_at.isoformat()},
        "source": run.source,
        "answer": None,
        "outcome": {},
        "response": run.response,
        "messages": [*_outdated(state), *_asked(state, request)],
    }


def _given(state: State) -> Json:
    """The request that came in, or one made from the newest message; its id stays the same if this runs again."""
    if request := state.get("request"):
        return request
    newest = state["messages"][-1] if state.get("messages") else None
    if not isinstance(newest, HumanMessage):
        raise BadInput("There is nothing to do: hand in a request, or messages that end with one from a person.")
    return {"request_id": str(uuid5(NAMESPACE_URL, str(newest.id))), "prompt": str(newest.text)}


def _source(request: Request, thread_id: str, deps: Deps) -> str:
    """Where numbers come from: a thread keeps the source of its first request."""
    if earlier := runs_of(deps.database(), thread_id):
        return earlier[0].source
    return request.data or deps.settings().data


def _asked(state: State, request: Request) -> list[AnyMessage]:
    if not state.get("request"):
        return []
    wish = request.prompt or f"{request.task.action} {request.task.target}".strip() if request.task else request.prompt
    return [HumanMessage(wish or "", id=str(request.request_id))]


def _outdated(state: State) -> list[RemoveMessage]:
    return [RemoveMessage(id=str(message.id)) for message in state.get("messages", [])[:-KEPT_MESSAGES]]
