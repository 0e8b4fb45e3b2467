"""Worktrees of tasks that are over are removed, so that a kill or a rollback leaves none behind.

open                     worktree and branch stay
finished or superseded   the worktree goes, and what was not committed there is committed first; the branch stays where
                         it has work, until that is delivered or discarded
rolled back              the worktree and the branch from before the rollback go
cancelled                worktree and branch go
unknown here             both stay, for another database may know the task

Workspaces of single agents go with their task; the branch of one stays with a finished task only where it was not
merged.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from checkpoints.database import Database
from checkpoints.leases import leased
from checkpoints.runs import find_run
from graph.errors import Busy
from tools.code.committing import commit_snapshot
from tools.code.git import GitFailed
from tools.code.workspace import remove
from tools.code.worktrees import Workspace, git_beside, git_in, head_of, is_ready, locked, records

Fate = Literal["open", "finished", "discarded", "unknown"]
LEFT_BEHIND = "Left uncommitted when the task ended"


@dataclass(frozen=True)
class Swept:
    """What a sweep did: worktrees removed, branches kept of those, and what could not be had, each with why."""

    removed: tuple[str, ...]
    branches_kept: tuple[str, ...]
    problems: tuple[str, ...]


def sweep(database: Database) -> Swept:
    """Remove the worktrees of tasks that are over; where somebody runs the thread just now, next time."""
    home = database.settings.data_dir.resolve() / "workspaces"
    removed, kept, problems = [], [], []
    for workspace in sorted(records(home), key=lambda one: not one.part_of):
        try:
            if _fate(database, workspace) in ("open", "unknown"):
                continue
            with leased(database, workspace.thread_id, database.settings.lease_s, lambda: None):
                fate = _fate(database, workspace)
                if fate in ("finished", "discarded"):
                    keeps_branch = fate == "finished" and _has_work(home, workspace)
                    remove(home, workspace, with_branch=not keeps_branch)
                    removed.append(str(workspace.folder))
                    kept += [workspace.branch] if keeps_branch else []
        except (Busy, GitFailed, OSError) as error:
            problems.append(f"{workspace.folder} stays for now: {error}")
    return Swept(tuple(removed), tuple(kept), tuple(problems))


def _fate(database: Database, workspace: Workspace) -> Fate:
    run = find_run(database, workspace.request_id) if _is_uuid(workspace.request_id) else None
    if run is None:
        return "unknown"
    if run.status == "cancelled" or workspace.rollback < run.rollbacks:
        return "discarded"
    return "finished" if run.is_finished else "open"


def _has_work(home: Path, workspace: Workspace) -> bool:
    """Whether the branch has commits of its own that nothing else has; what was left uncommitted becomes one."""
    if not workspace.common_dir.is_dir():
        return False
    with locked(home, workspace.key) as held:
        git = git_beside(workspace, held)
        if is_ready(workspace):
            commit_snapshot(git_in(workspace, held), workspace, LEFT_BEHIND, f"{workspace.key}/end")
        head = head_of(git, workspace)
        others = [one.ref for one in records(home) if one.key == workspace.part_of]
        known = [workspace.start, *(ref for ref in others if git.knows("show-ref", "--verify", "--quiet", ref))]
        return bool(head) and not any(git.knows("merge-base", "--is-ancestor", head, one) for one in known)


def _is_uuid(request_id: str) -> bool:
    try:
        return bool(UUID(request_id))
    except ValueError:
        return False
