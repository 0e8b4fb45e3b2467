"""The register of agents, read from the folders it is given: Magnus's own, those of a project, those of the user."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prompts.agent import Agent, key_of
from prompts.agent_files import Flaw, Source, agent_paths, read_agent_text, shown
from prompts.agent_reading import read_agent
from prompts.front_matter import UnusableFile
from prompts.replacing import replaced

OWN = Path(__file__).parent / "agents"
PROJECT_FOLDERS = (".magnus/agents", ".claude/agents")
READING = ("readme", "contributing", "changelog", "license", "code_of_conduct", "security", "index", "claude", "agents")
"""Names of pages, in lower case, that lie beside agents and are none."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Files that bear one name, the one that counts last."""

    name: str
    files: tuple[Path, ...]


@dataclass(slots=True)
class Findings:
    """Every agent of every file in the order of precedence, files that cannot be used, and pages that are no agents."""

    agents: list[Agent] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    skipped: list[Flaw] = field(default_factory=list)

    def collisions(self) -> list[Collision]:
        """The names that several files bear."""
        return [
            Collision(same[-1].name, tuple(agent.file for agent in same))
            for _, same in sorted(self.by_key().items())
            if same[1:]
        ]

    def by_key(self) -> dict[str, list[Agent]]:
        """The agents of one name together."""
        found: dict[str, list[Agent]] = {}
        for agent in self.agents:
            found.setdefault(agent.key, []).append(agent)
        return found


@dataclass(frozen=True, slots=True)
class Registry:
    """Agents by key in the order of their names, and what was odd about the files."""

    agents: Mapping[str, Agent] = field(default_factory=dict)
    collisions: tuple[Collision, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    def get(self, name: str) -> Agent | None:
        """The agent of this name in any spelling."""
        return self.agents.get(key_of(name))

    def __contains__(self, name: str) -> bool:
        return key_of(name) in self.agents

    def __iter__(self) -> Iterator[Agent]:
        return iter(self.agents.values())

    def __len__(self) -> int:
        return len(self.agents)


def sources(project: Path | None = None, data_dir: Path | None = None) -> list[Source]:
    """The folders to read, lowest precedence first."""
    places = [Source(OWN, "builtin")]
    if project is not None:
        places += [Source(project / folder, "project", root=project) for folder in PROJECT_FOLDERS]
    if data_dir is not None:
        places.append(Source(data_dir / "agents", "user"))
    return places


def load(places: Iterable[Source]) -> Registry:
    """Every agent of these folders; a later folder takes the place of an earlier one as far as it may.

    Nothing is run, and no file stops the others: what cannot be used stands under `flaws`.
    """
    found = read_all(places)
    by_key = found.by_key()
    return Registry(
        agents={key: _resolved(by_key[key]) for key in sorted(by_key)},
        collisions=tuple(found.collisions()),
        flaws=tuple(found.flaws),
    )


def read_all(places: Iterable[Source]) -> Findings:
    """What each file of these folders says by itself; the first file of a name in a folder comes last there."""
    findings = Findings()
    for place in places:
        findings.agents += reversed(list(_read(place, findings)))
    return findings


def _resolved(files: list[Agent]) -> Agent:
    agent = files[0]
    for other in files[1:]:
        agent = replaced(agent, other)
    return agent


def _read(place: Source, findings: Findings) -> Iterator[Agent]:
    if not place.folder.exists():
        return
    if place.root is not None and not place.folder.resolve().is_relative_to(place.root.resolve()):
        findings.flaws.append(Flaw(place.folder, "leads to a place outside the project, which is not read"))
        return
    for path in agent_paths(place.folder, findings.flaws):
        try:
            yield read_agent(read_agent_text(path, place.root), path, place.level)
        except UnusableFile as error:
            is_page = path.stem.lower() in READING
            (findings.skipped if is_page else findings.flaws).append(Flaw(path, str(error)))


def provenance(agent: Agent) -> str | None:
    """Whose prompt speaks where it is not Magnus's own, and what its file asked for in vain; None for Magnus's own."""
    if agent.level == "builtin" and not agent.refused:
        return None
    if agent.level == "builtin":
        said = f"{agent.name} is Magnus's own"
    else:
        whose = "the project" if agent.level == "project" else "the user"
        instead = " instead of Magnus's own" if agent.replaces else ""
        said = f"{agent.name} speaks from {shown(agent.file)} of {whose}{instead}"
    return f"{said}; refused: {', '.join(agent.refused)}." if agent.refused else f"{said}."
