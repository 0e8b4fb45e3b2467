"""What one agent's loop remembers from step to step, and what every part of it works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState
from typing_extensions import TypedDict

from checkpoints.budget import Ledger
from checkpoints.effects import Effects
from prompts.agent import Agent
from tools.agents.bench import Bench
from tools.agents.redaction import Secrets

Json = dict[str, Any]
LONGEST_ON = 160


class Entry(TypedDict):
    """One call of a tool, small enough for the state; what it said is kept under `digest`.

    `on` is the path or the command, `call` tells the same call from another and `answer` the same answer, whatever
    time it took; `tree` is the git tree after it, `at_ns` when it ended.
    """

    turn: int
    at_ns: int
    tool: str
    on: str
    call: str
    is_error: bool
    exit_code: int | None
    seconds: float
    digest: str
    answer: str
    tree: str
    facts: Json


def in_order(left: list[Entry], right: list[Entry]) -> list[Entry]:
    """The log as things happened; calls of one turn run side by side and are reported in the order they were asked."""
    return sorted([*left, *right], key=lambda entry: (entry["turn"], entry["at_ns"]))


def last(left: Json, right: Json) -> Json:
    """The newer one; a model may hand over twice in one breath."""
    return right or left


class LoopState(AgentState[Any]):
    """The messages, and beside them what no summary of them may lose."""

    calls: NotRequired[int]
    log: NotRequired[Annotated[list[Entry], in_order]]
    handed_over: NotRequired[Annotated[Json, last]]
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
