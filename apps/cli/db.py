"""`magnus db`: the database by hand."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The database: where it is, upgrade, backup, restore, prune.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@app.command()
def url() -> None:
    """Print the address of the database, starting the embedded one where it does not run.

    Example: psql "$(magnus db url)"
    """
    from checkpoints.engine import database_url
    from graph.settings import load_settings

    typer.echo(database_url(load_settings()))


@app.command()
def upgrade(yes: Yes = False) -> None:
    """Make or upgrade the tables; with --yes also beside tables that Magnus did not make.

    Example: magnus db upgrade
    """
    from checkpoints.database import opened
    from checkpoints.tables import SCHEMA_VERSION
    from graph.settings import load_settings

    with opened(load_settings(), adopt=yes):
        typer.echo(f"The database is at schema {SCHEMA_VERSION}.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write it.")]) -> None:
    """Write the whole database to a file.

    Example: magnus db backup magnus.dump
    """
    from checkpoints.backup import back_up
    from checkpoints.database import opened
    from graph.settings import load_settings

    with opened(load_settings()) as database:
        typer.echo(f"{back_up(database, file):,} bytes written to {file}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `magnus db backup` wrote.")], yes: Yes = False
) -> None:
    """Put a backup in the place of everything that is stored now.

    Example: magnus db restore magnus.dump --yes
    """
    from checkpoints.backup import restore as put_back
    from checkpoints.database import opened
    from graph.errors import BadInput
    from graph.settings import load_settings

    if not yes and not typer.confirm("This replaces everything that is stored now. Go on?", default=False):
        raise BadInput("Nothing was changed.")
    with opened(load_settings()) as database:
        put_back(database, file)
    typer.echo(f"Restored from {file}.")


@app.command()
def prune() -> None:
    """Apply the retention of the settings: finished threads keep their last step, very old ones go, worktrees too.

    Example: magnus db prune
    """
    from datetime import UTC, datetime

    from apps.cli.tidying import sweep_leftovers
    from checkpoints.database import opened
    from checkpoints.retention import prune as thin_out
    from graph.settings import load_settings

    with opened(load_settings()) as database:
        sweep_leftovers(database)
        done = thin_out(database, datetime.now(UTC))
    typer.echo(
        f"{done.thinned} finished threads cut down to their last step, {done.deleted} deleted: "
        f"{done.bytes_before:,} bytes before, {done.bytes_after:,} after."
    )


@app.command()
def check() -> None:
    """Look for threads whose newest step is damaged, and say which step is the last good one; exit 1 if any.

    Example: magnus db check
    """
    from apps.cli.running import desk
    from checkpoints.steps import threads_kept
    from graph.history import damage_of

    with desk() as at:
        threads = threads_kept(at.graph.deps.database())
        found = [damage for thread in threads if (damage := damage_of(at.graph, thread))]
    for damage in found:
        typer.echo(damage)
    typer.echo(f"{len(threads)} threads, {len(found)} damaged.")
    raise typer.Exit(bool(found))
