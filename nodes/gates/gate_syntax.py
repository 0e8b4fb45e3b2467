"""Gate 1: everything that changed parses, and every import resolves."""

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import required
from graph.state import State
from tools.checks.at_work import look
from tools.deps import Deps


def gate_syntax(state: State, config: RunnableConfig, deps: Deps) -> State:
    """What this gate saw on the newest commit of the task, kept as evidence."""
    return look("syntax", state, required(config), deps)
