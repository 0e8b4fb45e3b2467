"""Gate 4: a score from located findings, and a reviewer's where the change is major."""

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import required
from graph.state import State
from tools.checks.at_work import look
from tools.deps import Deps


def gate_review(state: State, config: RunnableConfig, deps: Deps) -> State:
    """What this gate saw on the newest commit of the task, kept as evidence."""
    return look("review", state, required(config), deps)
