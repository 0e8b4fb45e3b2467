"""Agents that the user adds to and removes from a folder of their own."""

import os
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BadInput, Unavailable
from prompts.agent import Agent, key_of
from prompts.agent_files import Source, read_agent_text, shown
from prompts.agent_reading import read_agent
from prompts.checks import find_circles, problems_among
from prompts.front_matter import UnusableFile
from prompts.registry import load, read_all, sources
from prompts.replacing import replaced
from prompts.resemblance import near_duplicates


@dataclass(frozen=True, slots=True)
class Proposal:
    """An agent that may be added: its text as it was checked, what was odd, and what stands there under its name."""

    agent: Agent
    text: str
    problems: tuple[str, ...]
    earlier: Agent | None

    @property
    def gains(self) -> tuple[str, ...]:
        """The tools it would have beyond those of the earlier one."""
        return tuple(tool for tool in self.agent.tools if self.earlier and tool not in self.earlier.tools)


def propose(file: Path, folder: Path) -> Proposal:
    """What adding a file to the user's folder would mean; raises BadInput where it cannot be an agent."""
    try:
        source = read_agent_text(file)
        agent = read_agent(source, file, "user")
    except UnusableFile as error:
        raise BadInput(f"{shown(file)} {error}.") from error
    earlier = _added(agent.name, folder)
    return Proposal(_bounded(agent), source.text, tuple(_problems(agent, folder)), earlier[-1] if earlier else None)


def _bounded(agent: Agent) -> Agent:
    """The agent as it will work: one of Magnus's own keeps the bounds it has."""
    there = load(sources()).get(agent.name)
    if there and there.kind == "runtime":
        raise BadInput(f"{there.name} is one of Magnus's own and is Python, not a prompt: give the agent another name.")
    return replaced(there, agent) if there else agent


def _problems(agent: Agent, folder: Path) -> list[str]:
    others = load([*sources(), Source(folder, "user")]).agents
    known = {**others, agent.key: agent}
    for names in find_circles(known):
        raise BadInput(f"{agent.name} would close a circle of agents that require each other: {' → '.join(names)}.")
    texts = {other.file: other.prompt for key, other in others.items() if key != agent.key} | {agent.file: agent.prompt}
    alike = [pair for pair in near_duplicates(texts) if agent.file in pair[:2]]
    same = [
        f"{share:.0%} of its text is that of {shown(first if second == agent.file else second)}"
        for first, second, share in alike
    ]
    return [*agent.problems, *problems_among(agent, known), *same]


def put(proposal: Proposal, folder: Path) -> Path:
    """Writes the agent into the folder, in the place of the earlier one if there is one; gives the file."""
    target = proposal.earlier.file if proposal.earlier else folder / f"{proposal.agent.key}.md"
    draft = folder / f".{proposal.agent.key}.{os.getpid()}.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(proposal.text, encoding="utf-8")
        _move(draft, target, may_replace=proposal.earlier is not None)
    except FileExistsError as error:
        raise BadInput(f"{shown(target)} is there already and holds another agent: move it away first.") from error
    except OSError as error:
        raise Unavailable(f"{shown(target)} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def _move(draft: Path, target: Path, may_replace: bool) -> None:
    if may_replace:
        draft.replace(target)
    else:
        target.hardlink_to(draft)


def remove(name: str, folder: Path) -> list[Path]:
    """Deletes what the user added under a name, and gives the files; raises BadInput where nothing was added."""
    added = _added(name, folder)
    if not added:
        own = load(sources()).get(name)
        whose = f"{own.name} is Magnus's own and stays" if own else f"no agent {name} was added"
        raise BadInput(f"{whose}: `magnus agents list` shows what was added by you.")
    for agent in added:
        try:
            agent.file.unlink()
        except OSError as error:
            raise Unavailable(f"{shown(agent.file)} cannot be removed: {error.strerror}.") from error
    return [agent.file for agent in added]


def _added(name: str, folder: Path) -> list[Agent]:
    return [agent for agent in read_all([Source(folder, "user")]).agents if agent.key == key_of(name)]
