"""LangGraph's compiled graph, made durable for whoever runs it: the CLI, a program, the LangGraph server."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command
from pydantic import BaseModel

from graph.errors import Unavailable
from tools.deps import Deps

KEEPS_THREADS = "__magnus_keeps_threads"
"""Set in `configurable` where a saver is there; the leading underscores keep it out of stored metadata."""


class DurableGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """Every step is in the database before the next one begins, also when the caller asked for less."""

    def __init__(self, *, deps: Deps, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deps = deps

    @classmethod
    def of(cls, compiled: CompiledStateGraph[Any, Any, Any, Any], deps: Deps) -> Self:
        """The same graph with the promises of this class, made as LangGraph itself copies one."""
        return cls(deps=deps, **{name: value for name, value in vars(compiled).items() if name != "__orig_class__"})

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        config = self._durably(input, config, kwargs)
        yield from super().stream(_plain(input), config, **kwargs)

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncGenerator[Any]:
        config = self._durably(input, config, kwargs)
        async with aclosing(cast(AsyncGenerator[Any], super().astream(_plain(input), config, **kwargs))) as chunks:
            async for chunk in chunks:
                yield chunk

    def _durably(self, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]) -> RunnableConfig:
        """Put the promises into `kwargs`, and what the nodes need to know into the config that comes back."""
        config = config or {}
        keeps_threads = bool(self.checkpointer or config.get("configurable", {}).get("__pregel_checkpointer"))
        if not keeps_threads and (input is None or isinstance(input, Command)):
            raise Unavailable(
                "This graph keeps no threads, so there is nothing to resume: use graph.master.open_graph(), "
                "or the LangGraph server."
            )
        kwargs.pop("checkpoint_during", None)
        kwargs["durability"] = "sync" if keeps_threads else None
        return {**config, "configurable": {**config.get("configurable", {}), KEEPS_THREADS: keeps_threads}}


def _plain(input: Any) -> Any:
    """A request handed in as a pydantic model becomes its JSON form, which a checkpoint can keep."""
    if isinstance(input, dict) and isinstance(request := input.get("request"), BaseModel):
        return {**input, "request": request.model_dump(mode="json")}
    return input
