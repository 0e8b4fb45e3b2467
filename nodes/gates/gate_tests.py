"""Gate 2: the suite passes, nothing broke, and what changed is tested."""

from langchain_core.runnables import RunnableConfig

from checkpoints.fence import required
from graph.state import State
from tools.checks.at_work import look
from tools.deps import Deps


def gate_tests(state: State, config: RunnableConfig, deps: Deps) -> State:
    """What this gate saw on the newest commit of the task, kept as evidence."""
    return look("tests", state, required(config), deps)
