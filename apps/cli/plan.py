"""`magnus plan GOAL`: a goal becomes phases in a folder of files; nothing is carried out."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.options import Budget, Json, NoModel, Project

if TYPE_CHECKING:
    from checkpoints.database import Database
    from checkpoints.runs import Run
    from graph.settings import Settings

WIDTH = 80
EXIT_CODES = {"success": 0, "failure": 1, "partial": 4}
BAD_INPUT, PARTIAL = 2, 4


def plan(
    goal: Annotated[str, typer.Argument(help="What is to be reached at the end, in plain words.")],
    dir: Annotated[
        Path | None, typer.Option(help="The folder for the plan; else .specs/GOAL in the project.", resolve_path=True)
    ] = None,
    project: Project = None,
    max_iterations: Annotated[int, typer.Option(min=1, max=20, help="The most iterations a phase may have.")] = 10,
    no_model: NoModel = False,
    budget: Budget = None,
    json: Json = False,
) -> None:
    """Break a goal into 2 to 5 phases and write them into a folder. You may change its phases.json afterwards.

    A model makes the plan, code checks it. The project is the current folder unless you name one.

    Example: magnus plan "Implement complete auth system with JWT" --project DIR

    Example: magnus plan "Build REST API for todo app" --dir .specs/todo-api --max-iterations 8
    """
    from datetime import UTC
    from uuid import uuid4

    from checkpoints.database import opened
    from checkpoints.runs import accept
    from graph.settings import load_settings
    from tools.phases.folder import place_of
    from tools.phases.planning import request_for

    root = (project or Path()).resolve()
    folder = dir or place_of(goal, root)
    request = request_for(goal, folder, root, max_iterations, no_model=no_model, budget_usd=budget)
    settings = load_settings()
    with opened(settings) as database:
        task, thread = request.model_dump(mode="json"), str(uuid4())
        run = accept(database, task, thread, settings.data, datetime.now(UTC))
        typer.echo(f"thread {run.thread_id}", err=True)
        raise typer.Exit(go_on(database, settings, run, json))


def go_on(database: "Database", settings: "Settings", run: "Run", as_json: bool) -> int:
    """Make the plan of an accepted run, or show the one it has made; returns the exit code."""
    import gc
    from datetime import UTC

    from apps.cli.answers import print_json
    from tools.phases.planning import carry_out

    gc.freeze()
    gc.enable()
    try:
        response = carry_out(database, settings, run, lambda: datetime.now(UTC))
    except KeyboardInterrupt:
        typer.echo(f"\nStopped. Go on with: magnus resume {run.thread_id}", err=True)
        return PARTIAL
    if as_json:
        print_json(response)
    else:
        _show(response)
    return BAD_INPUT if response["bad_input"] else EXIT_CODES[response["status"]]


def show_plan(result: dict[str, Any], now: datetime) -> None:
    """The phases in the order in which they can run, each with what it waits for and when it is done."""
    from tools.work_text import printable

    for line in _lines(result):
        typer.echo(printable(line))


def _show(response: dict[str, Any]) -> None:
    from apps.cli.work import cost_of
    from tools.condition import length
    from tools.work_text import printable

    if response["result"]:
        show_plan(response["result"], datetime.fromisoformat(response["timestamp"]))
    for warning in response["warnings"]:
        typer.echo(f"Warning: {printable(warning)}")
    if response["usage"]["model_calls"]:
        typer.echo(f"It took {cost_of(response['usage'])} and {length(response['usage']['seconds'])}.")
    for error in response["errors"]:
        typer.echo(printable(error), err=True)
    for step in response["next_steps"]:
        typer.echo(f"Next: {step}", err=True)


def _lines(result: dict[str, Any]) -> Iterator[str]:
    for phase in result["phases"]:
        after = f", after {', '.join(phase['depends_on'])}" if phase["depends_on"] else ""
        yield from _wrapped(f"{phase['id']}  {phase['name']}{after}; at most {phase['max_iterations']} iterations", "")
        for criterion in phase["success_criteria"]:
            yield from _wrapped(f"- {criterion}", "    ")
    for assumed in result["assumptions"]:
        yield from _wrapped(f"Assumed: {assumed}", "")
    yield f"The plan is in {result['folder']}"
    yield from _wrapped("Read it, and change its phases.json as you like: it is yours.", "")


def _wrapped(text: str, indent: str) -> list[str]:
    how: dict[str, Any] = {"initial_indent": indent, "subsequent_indent": f"{indent}  "}
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False, **how)
