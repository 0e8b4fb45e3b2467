"""The workflows that a decision is made with, read once and those of a project again only when a file changed."""

from functools import cache
from pathlib import Path

from prompts.registry import Registry
from prompts.workflow_loading import PROJECT_WORKFLOWS, Workflows, load_for, load_own

Stamp = tuple[str, int, int]
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


def _stamps(project: Path) -> tuple[Stamp, ...]:
    """Every entry of the project's folder with its time of change and its size."""
    folder = project / PROJECT_WORKFLOWS
    try:
        return tuple(_stamp(path) for path in sorted(folder.iterdir()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        return ((str(folder), error.errno or 0, 0),)


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


_READ: dict[Path, tuple[Registry, tuple[Stamp, ...], Workflows]] = {}
