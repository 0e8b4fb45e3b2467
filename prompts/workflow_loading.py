"""The workflows that count: Magnus's own, and in their place those of a project that take nothing away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from graph.errors import BadInput
from prompts.agent_files import Flaw, shown
from prompts.front_matter import UnusableFile
from prompts.registry import Registry
from prompts.workflow import Workflow
from prompts.workflow_problems import problems_of
from prompts.workflow_reading import read_of_project, read_own

OWN_WORKFLOWS = Path(__file__).parent / "workflows"
PROJECT_WORKFLOWS = ".magnus/workflows"
MOST_FILES = 100
INSTEAD = "Magnus's own workflow is used"


class Found(NamedTuple):
    """A file, the workflow in it where it can be read, and each reason not to use it."""

    file: Path
    workflow: Workflow | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflows:
    """By task type in the order of their names; `warnings` say which files of a project are not used, and why."""

    by_type: Mapping[str, Workflow] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def get(self, task_type: str) -> Workflow | None:
        """The workflow of a task type; None for one on which nobody works."""
        return self.by_type.get(task_type)

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self.by_type.values())

    def __len__(self) -> int:
        return len(self.by_type)


def load_own() -> Workflows:
    """Magnus's own workflows; one that cannot be read is a mistake of Magnus and raises."""
    try:
        read = (read_own(path) for path in workflow_paths(OWN_WORKFLOWS))
        return Workflows({workflow.task_type: workflow for workflow in read})
    except UnusableFile as error:
        raise BadInput(f"A workflow of Magnus {error}.") from error


def load_for(project: Path, registry: Registry, own: Workflows) -> Workflows:
    """The workflows with those of a project in their place, as far as they can be used beside these agents."""
    by_type, warnings = dict(own.by_type), []
    for found in read_project(project / PROJECT_WORKFLOWS, project, registry, own):
        if found.workflow and not found.problems:
            by_type[found.workflow.task_type] = found.workflow
        else:
            warnings.append(f"{Flaw(found.file, found.problems[0])!s:.600} {INSTEAD}.")
    return Workflows(by_type, tuple(warnings))


def read_project(folder: Path, root: Path, registry: Registry, own: Workflows) -> Iterator[Found]:
    """What each file of a project's folder says; of two for one task type the first counts. No file may lie outside."""
    try:
        paths = _paths_within(folder, root)
    except OSError as error:
        yield Found(folder, None, (f"cannot be listed: {error.strerror}",))
        return
    except UnusableFile as error:
        yield Found(folder, None, (str(error),))
        return
    seen: dict[str, Path] = {}
    for path in paths:
        found = _read(path, root, registry, own)
        if found.workflow and not found.problems:
            first = seen.setdefault(found.workflow.task_type, path)
            if first != path:
                found = found._replace(problems=(f"is for the same task type as {shown(first)}, which counts",))
        yield found


def workflow_paths(folder: Path) -> list[Path]:
    """The YAML files of a folder in the order of their names, not those of folders in it."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    return paths[:MOST_FILES]


def _paths_within(folder: Path, root: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    if not folder.resolve().is_relative_to(root.resolve()):
        raise UnusableFile("leads to a place outside the project, which is not read")
    return workflow_paths(folder)


def _read(path: Path, root: Path, registry: Registry, own: Workflows) -> Found:
    try:
        workflow = read_of_project(path, root, own.by_type)
    except UnusableFile as error:
        return Found(path, None, (str(error),))
    return Found(path, workflow, tuple(problems_of(workflow, registry, own.get(workflow.task_type))))
