"""One agent at its bench, without the graph around it: what tests of the loop share."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from checkouts import Checkout
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict
from workspaces import NOW, REQUEST, running

from checkpoints.artifacts import fetch
from checkpoints.budget import Ledger, Limits
from checkpoints.database import Database
from graph.settings import Settings
from tools.agents.asking import Telephone
from tools.agents.bench import Bench
from tools.agents.kit import tools_for
from tools.agents.loop import Ending, work
from tools.agents.loop_state import Entry, Shift
from tools.agents.redaction import secrets_in
from tools.code.git import open_git
from tools.routing.registries import own_registry

AMPLE = Limits(usd=Decimal(50), calls=500, tokens=20_000_000, seconds=1800, agents=12)
TASK = "Make the wheel turn."


def bench_in(checkout: Checkout) -> Bench:
    """A bench right in somebody's folder, which is enough where no branch matters."""
    return Bench(checkout.folder, open_git(checkout.folder), checkout.git("rev-parse", "HEAD"))


@dataclass(frozen=True)
class Desk:
    """One agent, and what it needs to work."""

    shift: Shift
    settings: Settings
    lines: list[str] = field(default_factory=list)

    def work(self, **bounds: Any) -> Ending:
        """Let the agent work on TASK until it ends."""
        line = Telephone(own_registry(), self.settings, TASK, (self.shift.agent.key,))
        tools = tools_for(self.shift.agent, self.shift.bench, line.ask_from(self.shift))
        return work(self.shift, TASK, tools, self.settings, **bounds)

    def said(self, entry: Entry) -> str:
        """What a call answered, from where the log keeps it."""
        kept: str = fetch(self.shift.effects.database, self.shift.thread_id, entry["digest"])["said"]
        return kept


@contextmanager
def desk(
    database: Database,
    checkout: Checkout,
    agent: str = "python_pro",
    limits: Limits = AMPLE,
    environ: Mapping[str, str] = os.environ,
    **settings: Any,
) -> Iterator[Desk]:
    """A desk for an agent of Magnus, whose run holds its thread. Nobody waits long for a model there."""
    lines: list[str] = []
    with running(database) as effects:
        ledger = Ledger(database, effects.fence, REQUEST, limits, lambda: NOW)
        found = own_registry().agents[agent]
        shift = Shift(found, bench_in(checkout), effects, ledger, secrets_in(environ), lines.append)
        yield Desk(shift, Settings(**{"model_max_wait_s": 0, "model_retries": 0, **settings}), lines)


class Day(TypedDict, total=False):
    """The state of the smallest graph there is."""

    summary: str


@dataclass
class Office:
    """A desk in a graph, so that its agent can wait for a person and go on where it was."""

    desk: Desk
    bounds: Mapping[str, Any] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)

    def __post_init__(self) -> None:
        wiring: StateGraph[Any, None, Any, Any] = StateGraph(Day)
        wiring.add_node("agent", self._agent)
        wiring.add_edge(START, "agent")
        wiring.add_edge("agent", END)
        self._graph = wiring.compile(checkpointer=InMemorySaver())

    def open(self) -> list[Any]:
        """Begin; what a person is asked, nothing where the agent came to its end."""
        return self._run({})

    def resume(self) -> list[Any]:
        """Go on after what was missing is there."""
        return self._run(Command(resume="go on"))

    def _agent(self, state: Day) -> Day:
        self.endings.append(self.desk.work(**self.bounds))
        return {"summary": self.endings[-1].form.summary}

    def _run(self, given: Any) -> list[Any]:
        told = self._graph.invoke(given, {"configurable": {"thread_id": "t"}})
        return [one.value for one in told.get("__interrupt__", [])]


def with_tools(found: Desk, *tools: str, **changes: Any) -> Desk:
    """The same desk, but its agent's file says something else."""
    return replace(found, shift=replace(found.shift, agent=replace(found.shift.agent, tools=tools, **changes)))
