"""Removes what tasks on code left behind; where there never was one it costs a look at one folder."""

import typer

from checkpoints.database import Database


def sweep_leftovers(database: Database) -> None:
    """Worktrees of tasks that are over go, and what cannot be had just now is told."""
    home = database.settings.data_dir / "workspaces"
    if next(home.glob("*.json"), None) is None:
        return
    from tools.code.sweeping import sweep

    for problem in sweep(database).problems:
        typer.echo(problem, err=True)
