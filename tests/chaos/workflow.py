"""A small durable workflow in which every step has an effect: open, draft, two branches side by side, join, close."""

import operator
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from chaos.journal import Journal, World
from chaos.points import Points
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import Send

from checkpoints.effects import Effects, Place
from checkpoints.fence import Fence, fence_of
from checkpoints.runs import finish
from graph.build import THROUGH_OUTAGES
from graph.compiled import DurableGraph
from tools.deps import Deps

DOERS = ("open", "draft", "branch 0", "branch 1", "join", "close")
"""Everybody who has an effect in a run, by the name under which the effect is known."""


class State(TypedDict, total=False):
    request: dict[str, Any]
    task: dict[str, Any]
    outcome: dict[str, Any]
    number: int
    done: Annotated[list[str], operator.add]


class Unguarded(Fence):
    """The fence of a run that holds no lease: a database that is handed it checks nothing."""

    def __bool__(self) -> bool:
        return False


class UnfencedGraph(DurableGraph):
    """The same graph as LangGraph itself would run it: durable, and without any idea of who runs it."""

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        return CompiledStateGraph.stream(self, input, config, **{**kwargs, "durability": "sync"})

    @contextmanager
    def leased(self, config: RunnableConfig | None, control: RunControl) -> Iterator[RunnableConfig]:
        yield config or {}


@dataclass(frozen=True)
class Stage:
    """Where the workflow plays: its world, its journal, and what is switched off for a control."""

    deps: Deps
    world: World
    journal: Journal
    points: Points
    pace_s: float
    has_effects: bool = True
    has_fence: bool = True

    def step(self, name: str, state: State, config: RunnableConfig) -> State:
        """Do the effect of this doer, once, and say so in the state."""
        thread, request = config["configurable"]["thread_id"], state["request"]["request_id"]
        self.journal.write("step", thread=thread, doer=name)
        place = Place(request, stage="chaos")
        fence = fence_of(config) or Unguarded(thread, 0)
        key = place.key(name)
        if self.has_effects:
            effects = Effects(self.deps.database(), fence, place, self.deps.now)
            look = lambda: self.world.look_for(key)  # noqa: E731 - a closure over the key, passed on below
            effects.effect(name, "reconcile", {"to": "the world"}, self._deed(name, key, thread), look)
        else:
            self._deed(name, key, thread)()
        return {"done": [name]}

    def _deed(self, name: str, key: str, thread: str) -> Callable[[], dict[str, Any]]:
        def deed() -> dict[str, Any]:
            self.points.reach("before", name, thread)
            time.sleep(random.uniform(0, self.pace_s))
            result = self.world.do(key)
            self.points.reach("after", name, thread)
            return result

        return deed

    def open(self, state: State, config: RunnableConfig) -> State:
        task = {"request_id": state["request"]["request_id"], "thread_id": config["configurable"]["thread_id"]}
        return {**self.step("open", state, config), "task": task, "outcome": {}}

    def draft(self, state: State, config: RunnableConfig) -> State:
        return self.step("draft", state, config)

    def branch(self, state: State, config: RunnableConfig) -> State:
        return self.step(f"branch {state['number']}", state, config)

    def join(self, state: State, config: RunnableConfig) -> State:
        return self.step("join", state, config)

    def close(self, state: State, config: RunnableConfig) -> State:
        update = self.step("close", state, config)
        response = {"request_id": state["request"]["request_id"], "status": "success", "result": state["done"]}
        finish(self.deps.database(), response, self.deps.now(), fence_of(config))
        return {**update, "outcome": {"status": "success"}}


def build(stage: Stage, saver: Any) -> DurableGraph:
    """The compiled workflow on this stage."""
    wiring: StateGraph[State, None, Any, Any] = StateGraph(State)
    for name in ("open", "draft", "branch", "join", "close"):
        wiring.add_node(name, getattr(stage, name), retry_policy=THROUGH_OUTAGES)
    wiring.add_edge(START, "open")
    wiring.add_edge("open", "draft")
    wiring.add_conditional_edges("draft", _spread, ["branch"])
    wiring.add_edge("branch", "join")
    wiring.add_edge("join", "close")
    wiring.add_edge("close", END)
    kind = DurableGraph if stage.has_fence else UnfencedGraph
    return kind.of(wiring.compile(checkpointer=saver, name="chaos"), stage.deps)


def _spread(state: State) -> list[Send]:
    return [Send("branch", {"request": state["request"], "number": number}) for number in range(2)]
