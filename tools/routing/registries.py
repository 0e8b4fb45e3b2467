"""The registers of agents that a decision is made with, read once and again only when a file changed."""

from functools import cache, lru_cache
from pathlib import Path

from prompts.agent_files import Flaw, agent_paths
from prompts.registry import Registry, load, sources
from tools.routing.stamps import Stamp, stamp


@cache
def own_registry() -> Registry:
    """Magnus's own agents, read once a process."""
    return load(sources())


def registry_of(project: Path | None, data_dir: Path | None) -> Registry:
    """Magnus's own agents, those of a project and those of the user, as the files are now."""
    return _read(project, data_dir, _stamps(project, data_dir))


def _stamps(project: Path | None, data_dir: Path | None) -> tuple[Stamp, ...]:
    """Every agent file beyond Magnus's own, with its time of change and its size."""
    unread: list[Flaw] = []
    return tuple(
        stamp(path)
        for place in sources(project, data_dir)
        if place.level != "builtin" and place.folder.is_dir()
        for path in agent_paths(place.folder, unread)
    )


@lru_cache(maxsize=4)
def _read(project: Path | None, data_dir: Path | None, stamps: tuple[Stamp, ...]) -> Registry:
    return load(sources(project, data_dir)) if stamps else own_registry()
