"""Asks the person where a gate needs one, or where the project wants every delivery approved."""

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from checkpoints.fence import required
from checkpoints.runs import mark_waiting
from graph.state import Json, State
from tools.checks.approving import accept_waiting, asked
from tools.deps import Deps


def approve(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Who approved what is there now, or why nobody did. Where nobody has to be asked, nobody is."""
    fence, request_id = required(config), state["task"]["request_id"]
    question = asked(state, deps)
    if question is None:
        return {"approval": {"request_id": request_id, "approved": True, "who": None}}
    mark_waiting(deps.database(), request_id, fence)
    said = _read(interrupt(question))
    found: Json = {**said, "request_id": request_id, "at": deps.now().isoformat(), "tree": question["details"]["tree"]}
    if said["approved"]:
        accept_waiting(state, fence, deps, str(said["why"] or "approved"), str(said["who"]))
    return {"approval": found}


YES = ("yes", "y", "approve", "approved", "ok", "ja")


def _read(said: object) -> Json:
    """An answer in words or in the form of the protocol."""
    if isinstance(said, dict):
        who = str(said.get("who") or "the caller")
        return {"approved": said.get("approved") is True, "why": str(said.get("why") or ""), "who": who}
    words = str(said).strip()
    return {"approved": words.lower() in YES, "why": words, "who": "the person"}
