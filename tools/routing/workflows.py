"""The workflows that a decision is made with, read once and those of a project again only when a file changed."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from prompts.registry import Registry
from prompts.workflow import Workflow
from prompts.workflow_loading import PROJECT_WORKFLOWS, Workflows, load_for, load_own
from prompts.workflow_stages import deliverables
from tools.routing.stamps import Stamp, stamp

REMEMBERED = 4


@cache
def own_workflows() -> Workflows:
    """Magnus's own workflows, read once a process."""
    return load_own()


def workflows_of(project: Path | None, registry: Registry) -> Workflows:
    """Magnus's own workflows and those of a project, as its files are now; `registry` says who can be called."""
    stamps = _stamps(project) if project else ()
    if project is None or not stamps:
        return own_workflows()
    known = _READ.get(project)
    if known is None or known[0] is not registry or known[1] != stamps:
        _READ.pop(project, None)
        while len(_READ) >= REMEMBERED:
            _READ.pop(next(iter(_READ)))
        known = _READ[project] = registry, stamps, load_for(project, registry, own_workflows())
    return known[2]


def said_beside_stages(workflow: Workflow | None) -> dict[str, Any]:
    """What a plan keeps of its workflow beside the stages: how often a refused change goes back, where it says so."""
    return {} if workflow is None or workflow.attempts is None else {"attempts": workflow.attempts}


def deliverable(
    project: Path | None, registry: Registry, task_type: str, stages: Sequence[Sequence[str]], stage: int
) -> str:
    """What one stage of a plan has to leave; "" where its workflow does not say."""
    workflow = workflows_of(project, registry).get(task_type)
    told = deliverables(workflow, stages, registry) if workflow else []
    return told[stage] if stage < len(told) else ""


def changes_code(task_type: str) -> bool:
    """Whether agents on this task type may change anything. No project can say otherwise, so Magnus's own is asked."""
    workflow = own_workflows().get(task_type)
    return workflow is None or workflow.changes_code


def _stamps(project: Path) -> tuple[Stamp, ...]:
    """Every entry of the project's folder with its time of change and its size."""
    folder = project / PROJECT_WORKFLOWS
    try:
        return tuple(stamp(path) for path in sorted(folder.iterdir()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        return ((str(folder), error.errno or 0, 0),)


_READ: dict[Path, tuple[Registry, tuple[Stamp, ...], Workflows]] = {}
