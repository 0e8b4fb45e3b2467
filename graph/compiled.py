"""LangGraph's compiled graph, made durable for whoever runs it: the CLI, a program, the LangGraph server."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import Command
from pydantic import BaseModel

from checkpoints.fence import EPOCH, Fence
from checkpoints.leases import Lease, leased
from graph.errors import BadInput, TooManySteps, Unavailable
from tools.deps import Deps

HELD = "__magnus_lease"
"""Where a config carries a lease its caller holds: the object itself, so that nobody can send one from elsewhere."""


class DurableGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """Holds the thread's lease while it runs, and has every step in the database before the next one begins."""

    def __init__(self, *, deps: Deps, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deps = deps

    @classmethod
    def of(cls, compiled: CompiledStateGraph[Any, Any, Any, Any], deps: Deps) -> Self:
        """The same graph with the promises of this class, made as LangGraph itself copies one."""
        return cls(deps=deps, **{name: value for name, value in vars(compiled).items() if name != "__orig_class__"})

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        kwargs.pop("checkpoint_during", None)
        if not self._keeps_threads(config):
            yield from super().stream(_alone(input), config, **{**kwargs, "durability": None})
            return
        kwargs["control"] = control = kwargs.get("control") or RunControl()
        with self.leased(config, control) as fenced:
            yield from super().stream(_plain(input), fenced, **{**kwargs, "durability": "sync"})

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncGenerator[Any]:
        kwargs.pop("checkpoint_during", None)
        if not self._keeps_threads(config):
            async for chunk in super().astream(_alone(input), config, **{**kwargs, "durability": None}):
                yield chunk
            return
        kwargs["control"] = control = kwargs.get("control") or RunControl()
        async with self._aleased(config, control) as fenced:
            chunks = super().astream(_plain(input), fenced, **{**kwargs, "durability": "sync"})
            async with aclosing(cast(AsyncGenerator[Any], chunks)) as open_chunks:
                async for chunk in open_chunks:
                    yield chunk

    def bulk_update_state(self, config: RunnableConfig, *given: Any, **more: Any) -> RunnableConfig:
        """A change by hand is a write like any other: it needs the lease, and is refused while the thread runs."""
        with self.leased(config, RunControl()) as fenced:
            return super().bulk_update_state(fenced, *given, **more)

    async def abulk_update_state(self, config: RunnableConfig, *given: Any, **more: Any) -> RunnableConfig:
        """The same for programs that use `aupdate_state`, and for the LangGraph server."""
        async with self._aleased(config, RunControl()) as fenced:
            return await super().abulk_update_state(fenced, *given, **more)

    def _keeps_threads(self, config: RunnableConfig | None) -> bool:
        return bool(self.checkpointer or (config or {}).get("configurable", {}).get("__pregel_checkpointer"))

    @contextmanager
    def leased(self, config: RunnableConfig | None, control: RunControl) -> Iterator[RunnableConfig]:
        """The config with the lease in it, under which any number of calls of this graph are one run.

        A run that is drained because its lease is gone ends as LeaseLost.
        """
        config = config or {}
        configurable = config.get("configurable", {})
        if isinstance(configurable.get(HELD), Lease):
            yield config
            return
        if not (thread_id := configurable.get("thread_id")):
            raise BadInput('Name the thread: config={"configurable": {"thread_id": "..."}}.')
        lease_s = self.deps.settings().lease_s
        with leased(
            self.deps.database(), str(thread_id), lease_s, lambda: control.request_drain("lease lost")
        ) as lease:
            most = config.get("recursion_limit", self.deps.settings().max_steps)
            held = {**configurable, EPOCH: lease.epoch, HELD: lease}
            try:
                yield {**config, "configurable": held, "recursion_limit": most}
            except GraphRecursionError as error:
                raise _too_many(most, str(thread_id)) from error
            except GraphDrained as drained:
                if lease.is_lost.is_set():
                    raise Fence(lease.thread_id, lease.epoch).lost() from drained
                raise

    @asynccontextmanager
    async def _aleased(self, config: RunnableConfig | None, control: RunControl) -> AsyncIterator[RunnableConfig]:
        """Claiming and giving back wait for the database, so they happen in a thread of their own."""
        lease = self.leased(config, control)
        fenced = await asyncio.to_thread(lease.__enter__)
        try:
            yield fenced
        except BaseException as error:
            if not await asyncio.to_thread(lease.__exit__, type(error), error, error.__traceback__):
                raise
        else:
            await asyncio.to_thread(lease.__exit__, None, None, None)


def _too_many(most: int, thread_id: str) -> TooManySteps:
    bound = f"The request took {most} steps in one go, and MAGNUS_MAX_STEPS allows no more"
    return TooManySteps(f"{bound}: `magnus resume {thread_id}` goes on, or `magnus cancel {thread_id}` ends it.")


def _alone(input: Any) -> Any:
    """What a graph without a saver can take: no resuming, for it remembers nothing."""
    if input is None or isinstance(input, Command):
        raise Unavailable(
            "This graph keeps no threads, so there is nothing to resume: use graph.master.open_graph(), "
            "or the LangGraph server."
        )
    return _plain(input)


def _plain(input: Any) -> Any:
    """A request handed in as a pydantic model becomes its JSON form, which a checkpoint can keep."""
    if isinstance(input, dict) and isinstance(request := input.get("request"), BaseModel):
        return {**input, "request": request.model_dump(mode="json")}
    return input
