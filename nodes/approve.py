"""Asks the person where a gate needs one, or where the project wants every delivery approved."""

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from checkpoints.fence import required
from checkpoints.runs import mark_waiting
from graph.state import Json, State
from tools.checks.approving import accept_waiting, asked, changed_since
from tools.deps import Deps


def approve(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Who approved what is there now, or why nobody did. Where nobody has to be asked, nobody is.

    An answer holds for the tree it was asked about; one that is neither yes nor no is asked for again.
    """
    fence, request_id = required(config), state["task"]["request_id"]
    if changed := changed_since(state):
        return {"approval": {"request_id": request_id, "approved": False, "who": None, "why": changed}}
    question = asked(state, deps)
    if question is None:
        return {"approval": {"request_id": request_id, "approved": True, "who": None}}
    mark_waiting(deps.database(), request_id, fence)
    tree = question["details"]["tree"]
    while (said := _read(interrupt(question), tree)) is None:
        continue
    found: Json = {**said, "request_id": request_id, "at": deps.now().isoformat(), "tree": tree}
    if said["approved"]:
        accept_waiting(state, fence, deps, str(said["why"] or "approved"), str(said["who"]))
    return {"approval": found}


YES = ("yes", "y", "approve", "approved", "ok", "ja")
NO = ("no", "n", "reject", "rejected", "nein")


def _read(said: object, tree: str) -> Json | None:
    """An answer in words or in the form of the protocol; None for neither yes nor no, and for one on another tree."""
    form = said if isinstance(said, dict) else {"said": said, "who": "the person"}
    if form.get("tree") not in (None, tree):
        return None
    who = str(form.get("who") or "the caller")
    if "said" not in form:
        return {"approved": form.get("approved") is True, "why": str(form.get("why") or ""), "who": who}
    words = str(form["said"]).strip()
    first = words.lower().split()[0].strip(",.;:!") if words else ""
    if words.lower().strip(".!") in YES:
        return {"approved": True, "why": words, "who": who}
    return {"approved": False, "why": words, "who": who} if first in NO else None
