"""Who works on a project, and in which order, so that nobody writes while another one works."""

from collections.abc import Sequence

from graph.settings import Settings
from prompts.registry import Registry
from tools.code.worktrees import Workspace
from tools.routing.registries import registry_of


def registry_for(workspace: Workspace, settings: Settings) -> Registry:
    """The agents of Magnus, of the project as its person has it, and of the person; never of the workspace.

    What an agent writes there cannot become another agent while the task lasts.
    """
    return registry_of(workspace.root / workspace.prefix, settings.data_dir)


def serial(stages: Sequence[Sequence[str]], registry: Registry) -> list[list[str]]:
    """The stages with readers side by side and each writer alone after them; agents of the desk are left out."""
    found: list[list[str]] = []
    for stage in stages:
        agents = [agent for name in stage if (agent := registry.get(name)) and agent.kind == "specialist"]
        readers = [agent.key for agent in agents if agent.writes == "nothing"]
        found += [readers] if readers else []
        found += [[agent.key] for agent in agents if agent.writes != "nothing"]
    return found
