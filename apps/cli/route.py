"""`magnus route`: the router alone, nothing executed."""

import json as jsonlib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.options import Json, Project

if TYPE_CHECKING:
    from graph.settings import Settings
    from tools.routing.remembered import Memory

Decision = dict[str, Any]


def route(
    prompt: Annotated[str | None, typer.Argument(help="A sentence.")] = None,
    batch: Annotated[Path | None, typer.Option(help='A file with one {"prompt": ...} a line.')] = None,
    project: Project = None,
    json: Json = False,
) -> None:
    """Show how a sentence would be understood, without doing anything. What you taught counts while the database is up.

    Example: magnus route "put on KO, around 30 delta" --json

    Example: magnus route --batch sentences.jsonl
    """
    from graph.errors import BadInput

    if (prompt is None) == (batch is None):
        raise BadInput('Give one sentence, or --batch FILE: magnus route "put on KO, around 30 delta".')
    decide = _decider(project)
    if batch is not None:
        for decision in list(_decisions(batch, decide)):
            typer.echo(jsonlib.dumps(decision))
    elif prompt is not None:
        _show(decide(prompt), json)


def _decider(project: Path | None) -> Callable[[str], Decision]:
    """The router with the agents of this project and this person, and what they taught it."""
    from graph.errors import BadInput
    from graph.settings import load_settings
    from tools.routing.registries import registry_of
    from tools.routing.remembered import remembered
    from tools.routing.router import route as decide
    from tools.routing.router import staffed
    from tools.routing.workflows import workflows_of

    settings = load_settings()
    registry, memory = registry_of(project, settings.data_dir), _memory(settings)
    workflows = workflows_of(project, registry)
    for warning in workflows.warnings:
        typer.echo(warning, err=True)

    def decided(prompt: str) -> Decision:
        if not prompt.strip():
            raise BadInput("The sentence is empty: say what you want.")
        return dict(staffed(remembered(prompt, decide(prompt, None, registry), memory), prompt, registry, workflows))

    return decided


def _memory(settings: "Settings") -> "Memory":
    """What this person taught; without it where no database is up, for a look starts none."""
    from checkpoints.lessons import lessons_at_hand
    from graph.errors import MagnusError
    from tools.routing.remembered import NOTHING, Memory

    try:
        return Memory(lessons_at_hand(settings))
    except MagnusError as error:
        typer.echo(f"Decided without what you taught: {error}", err=True)
        return NOTHING


def _decisions(batch: Path, decide: Callable[[str], Decision]) -> Iterator[Decision]:
    for prompt in _prompts(batch):
        began = perf_counter_ns()
        decision = decide(prompt)
        yield {**decision, "micros": (perf_counter_ns() - began) // 1000}


def _prompts(batch: Path) -> Iterator[str]:
    from graph.errors import BadInput

    try:
        lines = batch.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{batch} cannot be read as text: {error}.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _prompt(line, f"{batch}, line {number}")


def _prompt(line: str, place: str) -> str:
    from graph.errors import BadInput

    try:
        prompt = jsonlib.loads(line)["prompt"]
    except (ValueError, KeyError, TypeError):
        prompt = None
    if not isinstance(prompt, str):
        raise BadInput(f'{place} has to be an object with a text under "prompt".')
    return prompt


def _show(decision: Decision, as_json: bool) -> None:
    if as_json:
        typer.echo(jsonlib.dumps(decision))
        return
    sure = "decided" if decision["decided"] else "not sure"
    typer.echo(f"{decision['task_type']} ({sure}, {decision['confidence']:.0%}, by {decision['decided_by']})")
    typer.echo(f"agents: {', '.join(decision['agents']) or 'none'}")
    for name, value in decision["slots"].items():
        typer.echo(f"  {name} = {value}")
