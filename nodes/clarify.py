"""Asks the person one question where the router is not sure."""

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from checkpoints.fence import fence_of
from checkpoints.runs import mark_waiting
from graph.state import State
from prompts.render import render
from tools.deps import Deps


def clarify(state: State, config: RunnableConfig, deps: Deps) -> State:
    """What the person said; without a saver nobody can be asked, and the question is the answer."""
    choices = [choice.replace("_", " ") for choice in state["route"]["offered"]]
    question = render("nodes/clarify", prompt=state["task"]["prompt"], choices=", ".join(choices))
    if fence_of(config) is None:
        why = f"{question} This graph keeps no threads: ask again in other words, or use graph.master.open_graph()."
        return {"outcome": {"status": "failure", "errors": [why]}}
    mark_waiting(deps.database(), state["task"]["request_id"], fence_of(config))
    said = interrupt({"kind": "clarify", "question": question, "choices": choices, "details": {}})
    return {"answer": said if isinstance(said, str) else str(said.get("why", ""))}
