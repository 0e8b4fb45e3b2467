"""What one agent's loop remembers from step to step, and what every part of it works with."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import add
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState
from typing_extensions import TypedDict

from checkpoints.budget import Ledger
from checkpoints.effects import Effects
from prompts.agent import Agent
from tools.agents.bench import Bench
from tools.agents.redaction import Secrets

Json = dict[str, Any]


class Entry(TypedDict):
    """One call of a tool, small enough for the state; what it said is kept under `digest`.

    `on` is the path or the command, `call` tells the same call from another, `tree` is the git tree after it.
    """

    turn: int
    tool: str
    on: str
    call: str
    is_error: bool
    exit_code: int | None
    seconds: float
    digest: str
    tree: str
    facts: Json


class LoopState(AgentState[Any]):
    """The messages, and beside them what no summary of them may lose."""

    calls: NotRequired[int]
    log: NotRequired[Annotated[list[Entry], add]]
    handed_over: NotRequired[Json]
    ended: NotRequired[str]


@dataclass(frozen=True)
class Shift:
    """One agent at work: who, where in the workflow, on which bench, out of which purse."""

    agent: Agent
    bench: Bench
    effects: Effects
    ledger: Ledger
    secrets: Secrets
    tell: Callable[[str], None]

    @property
    def thread_id(self) -> str:
        return self.effects.fence.thread_id
