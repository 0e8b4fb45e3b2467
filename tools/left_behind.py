"""Worktrees that tasks on code left behind; the next task sweeps them away, so they are worth a note and no more."""

from datetime import datetime

from checkpoints.database import Database
from checkpoints.runs import find_run
from tools.condition import Json, counted, part


def worktrees_left(database: Database, now: datetime) -> list[Json]:
    """A part for the state of the system where there are any of tasks that are over; else nothing."""
    home = database.settings.data_dir.resolve() / "workspaces"
    if next(home.glob("*.json"), None) is None:
        return []
    from tools.code.worktrees import records

    runs = [(workspace, find_run(database, workspace.request_id)) for workspace in records(home)]
    over = [str(workspace.folder) for workspace, run in runs if run and run.is_finished]
    if not over:
        return []
    said = (
        f"{counted(len(over), 'worktree')} of tasks that are over: {', '.join(over)}; `magnus db prune` removes them."
    )
    return [part("worktrees", "note", said, str(home), now, folders=over)]
