"""What `magnus workflows check` says about a folder of workflow files. Nothing of theirs is run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph.errors import BadInput
from prompts.agent_files import shown
from prompts.front_matter import UnusableFile
from prompts.registry import Registry
from prompts.workflow_loading import OWN_WORKFLOWS, Found, Workflows, read_project, workflow_paths
from prompts.workflow_problems import problems_of
from prompts.workflow_reading import read_own

Json = dict[str, Any]


def check_workflows(folder: Path, registry: Registry, own: Workflows) -> Json:
    """The report on every workflow file of a folder, as `magnus workflows check --json` prints it; or BadInput."""
    if not folder.is_dir():
        raise BadInput(f"{shown(folder)} is no folder: give the folder that holds the workflow files.")
    is_own = folder.resolve() == OWN_WORKFLOWS
    found = list(_read_own(registry) if is_own else read_project(folder, folder, registry, own))
    return {
        "workflows": [
            {"task_type": one.workflow.task_type, "file": one.file.name, "stages": len(one.workflow.stages)}
            for one in found
            if one.workflow
        ],
        "errors": [{"file": shown(one.file), "message": problem[:500]} for one in found for problem in one.problems],
    }


def _read_own(registry: Registry) -> Iterator[Found]:
    for path in workflow_paths(OWN_WORKFLOWS):
        try:
            workflow = read_own(path)
        except UnusableFile as error:
            yield Found(path, None, (str(error),))
        else:
            yield Found(path, workflow, tuple(problems_of(workflow, registry)))
