"""`magnus phases DIR`: the plan in a folder is carried out, or goes on where it was."""

from pathlib import Path
from typing import Annotated

import typer

from apps.cli.options import Budget, Json, NoModel, Project, Yes
from graph.errors import BadInput


def _plan_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise BadInput(f'There is no folder {folder}: `magnus plan "GOAL"` makes one and says where.')
    return folder


def phases(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", callback=_plan_folder, resolve_path=True, help="The folder of the plan.")
    ],
    project: Project = None,
    again: Annotated[bool, typer.Option("--again", help="Begin anew, although the plan was carried out.")] = False,
    no_model: NoModel = False,
    budget: Budget = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Carry out the phases of a plan, or go on with them where they are.

    You may change phases.json before, and between two phases. The project is the git repository the folder lies in,
    unless you name one.

    Example: magnus phases .specs/implement-complete-auth-system-with-jwt

    Example: magnus phases .specs/todo-api --budget 10
    """
    from apps.cli.running import desk
    from tools.phases.beginning import take_up
    from tools.phases.carrying_out import request_for, run_of

    with desk() as at:
        run = run_of(at.graph.deps.database(), folder)
        if run is None or again or run.status == "cancelled":
            run = at.accept(request_for(folder, project, no_model=no_model, budget_usd=budget))
            take_up(folder, run.request_id, at.graph.deps.now())
        else:
            typer.echo(f"thread {run.thread_id}", err=True)
        raise typer.Exit(at.carry_out(run, as_json=json, is_approved=yes))
