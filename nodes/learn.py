"""Writes down what was done for a request, so that it can be shown, rated and learned from."""

from datetime import datetime
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import fence_of
from checkpoints.runs import record_execution
from graph.state import State
from tools.deps import Deps


def learn(state: State, config: RunnableConfig, deps: Deps) -> State:
    """Nothing for the state: the execution goes to the database, once for each request."""
    task, route, outcome = state["task"], state["route"], state["outcome"]
    started, finished = datetime.fromisoformat(task["accepted_at"]), deps.now()
    record_execution(
        deps.database(),
        {
            "request_id": UUID(task["request_id"]),
            "thread_id": task["thread_id"],
            "prompt": task["prompt"],
            "task_type": route["task_type"],
            "agents": route["agents"],
            "decided_by": route["decided_by"],
            "outcome": outcome["status"],
            "errors": outcome.get("errors", []),
            "started_at": started,
            "finished_at": finished,
            "seconds": (finished - started).total_seconds(),
        },
        fence_of(config),
    )
    return {}
