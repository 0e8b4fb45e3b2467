"""Gate 5: critical paths are no slower than before, and within their limits."""

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import required
from graph.state import State
from tools.checks.at_work import look
from tools.deps import Deps


def gate_performance(state: State, config: RunnableConfig, deps: Deps) -> State:
    """What this gate saw on the newest commit of the task, kept as evidence."""
    return look("performance", state, required(config), deps)
