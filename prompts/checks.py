"""What `magnus agents check` says about a folder of agent files. Nothing of theirs is run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graph.errors import BadInput
from prompts.agent import Agent, key_of
from prompts.agent_files import Flaw, Source, shown
from prompts.registry import OWN, Collision, Registry, load, read_all, sources
from prompts.replacing import replaced
from prompts.resemblance import near_duplicates
from prompts.triggers import unknown_conditions

Json = dict[str, Any]


def check(folder: Path) -> Json:
    """The report on every agent file below a folder, as `magnus agents check --json` prints it; or BadInput."""
    if not folder.is_dir():
        raise BadInput(f"{shown(folder)} is no folder: give the folder that holds the agent files.")
    found = read_all([Source(folder, "builtin" if folder.resolve() == OWN else "project", root=folder)])
    own = load(sources())
    known = {**own.agents, **{agent.key: agent for agent in found.agents}}
    alike = _alike(found.agents, folder)
    return {
        "agents": [
            _report(agent, folder, own, known, alike.get(agent.file, []))
            for agent in sorted(found.agents, key=lambda agent: agent.file)
        ],
        "collisions": [_collision(same, folder) for same in found.collisions()],
        "errors": [*(_flaw(flaw, folder) for flaw in found.flaws), *(_circle(names) for names in find_circles(known))],
        "skipped": [_flaw(flaw, folder) for flaw in found.skipped],
    }


def _report(agent: Agent, folder: Path, own: Registry, known: Mapping[str, Agent], alike: list[str]) -> Json:
    report: Json = {
        "name": agent.name,
        "file": _name(agent.file, folder),
        "problems": [*agent.problems, *problems_among(agent, known), *alike],
        "tools": list(agent.tools),
    }
    there = own.get(agent.name)
    if there and there.level != agent.level:
        report |= {"replaces": there.name, "refused": list(replaced(there, agent).refused)}
    return report


def problems_among(agent: Agent, known: Mapping[str, Agent]) -> Iterator[str]:
    """What is wrong with an agent only as seen beside the others."""
    for name in unknown_conditions(agent):
        yield f"trigger {name} is no condition of Magnus"
    for name in agent.requires:
        if key_of(name) not in known:
            yield f"requires {name}, which nobody knows"


def _alike(agents: list[Agent], folder: Path) -> dict[Path, list[str]]:
    """By file: the other files whose text is nearly the same."""
    notes: dict[Path, list[str]] = {}
    for first, second, share in near_duplicates({agent.file: agent.prompt for agent in agents}):
        for one, other in ((first, second), (second, first)):
            notes.setdefault(one, []).append(f"{share:.0%} of its text is that of {_name(other, folder)}")
    return notes


def _collision(same: Collision, folder: Path) -> Json:
    files = [_name(file, folder) for file in reversed(same.files)]
    return {"name": same.name, "files": files, "used": files[0]}


def _flaw(flaw: Flaw, folder: Path) -> Json:
    return {"file": _name(flaw.file, folder), "message": flaw.message}


def _circle(names: list[str]) -> Json:
    return {"agents": names[:-1], "message": f"agents require each other in a circle: {' → '.join(names)}"}


def _name(file: Path, folder: Path) -> str:
    return shown(file.relative_to(folder)) if file != folder else shown(file)


def find_circles(agents: Mapping[str, Agent]) -> Iterator[list[str]]:
    """The circles of `requires`, as keys with the first one repeated at the end."""
    done: set[str] = set()
    for start in agents:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            key, depth = waiting.pop()
            del path[depth:]
            if key in path:
                yield [*path[path.index(key) :], key]
            elif key in agents and key not in done:
                path.append(key)
                done.add(key)
                waiting += [(key_of(name), depth + 1) for name in agents[key].requires]
