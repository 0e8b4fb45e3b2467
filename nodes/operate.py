"""Answers questions about Magnus itself: what runs, what failed, how each part is. Needs no model and no project."""

from checkpoints.artifacts import keep
from graph.state import State
from tools.deps import Deps
from tools.operating import Question, answer_about_system, where_more_is

NOT_YET = {
    "sync_data": "Magnus cannot refresh data in this version: it knows the sample market and the chains you import.",
    "manage_alert": "Magnus cannot send alerts in this version: nothing was set up, and nothing will be sent.",
}
INSTEAD = {
    "sync_data": "magnus import chain FILE --symbol SYM",
    "manage_alert": 'magnus "which puts on KO under 30 delta"',
}


def operate(state: State, deps: Deps) -> State:
    """The state of the system or what was done in it; one sentence for what this version cannot do yet."""
    task, task_type = state["task"], state["route"]["task_type"]
    if refusal := NOT_YET.get(task_type):
        return {"outcome": {"status": "failure", "errors": [refusal], "next_steps": [INSTEAD[task_type]]}}
    said = [task["prompt"], (task.get("task") or {}).get("target"), state.get("answer")]
    question = Question(". ".join(filter(None, said)), task["request_id"])
    result = answer_about_system(question, deps)
    digest, more = keep(deps.database(), task["thread_id"], result), where_more_is(question, deps.now())
    return {"outcome": {"status": "success", "artifact": digest, "warnings": result["warnings"], "next_steps": more}}
