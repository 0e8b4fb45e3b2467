"""`magnus workflows`: who works on what, in which stages, and what a project changes about it."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.options import Json

if TYPE_CHECKING:
    from prompts.registry import Registry
    from prompts.workflow import Call, Workflow
    from prompts.workflow_loading import Workflows

app = typer.Typer(help="The workflows: list, show and check them.", no_args_is_help=True)

Project = Annotated[Path, typer.Option(help="The project whose workflows count; else the current folder.")]
HERE = Path()


@app.command("list")
def list_workflows(project: Project = HERE, json: Json = False) -> None:
    """Every workflow that counts here, and whose it is.

    Example: magnus workflows list
    """
    workflows = _workflows(project)
    if json:
        typer.echo(jsonlib.dumps([_as_json(workflow) for workflow in workflows]))
    else:
        _print_table(workflows)
    _warn(workflows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A task type, such as fix_bug.")],
    project: Project = HERE,
    json: Json = False,
) -> None:
    """One workflow: its stages, whom they call and when, what they deliver, and the gates of a change.

    Example: magnus workflows show fix_bug
    """
    from graph.errors import BadInput

    workflows = _workflows(project)
    workflow = workflows.get(name.strip().lower().replace("-", "_"))
    if workflow is None:
        raise BadInput(f"There is no workflow {name}: `magnus workflows list` shows which there are.")
    if json:
        typer.echo(jsonlib.dumps(_as_json(workflow)))
    else:
        typer.echo("\n".join(_described(workflow, _registry(project))))
    _warn(workflows)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of workflow files; else all that count here.")] = None,
    project: Project = HERE,
    json: Json = False,
) -> None:
    """What is wrong with workflow files; exit code 1 when some cannot be used. Runs nothing of theirs.

    Example: magnus workflows check .magnus/workflows
    """
    report = _report([folder] if folder else _folders(project), _registry(project))
    if json:
        typer.echo(jsonlib.dumps(report))
    else:
        for error in report["errors"]:
            typer.echo(f"{error['file']} {error['message']}.")
        typer.echo(f"{len(report['workflows'])} workflows, {len(report['errors'])} errors.")
    if report["errors"]:
        raise typer.Exit(1)


def _report(folders: list[Path], registry: "Registry") -> dict[str, Any]:
    from prompts.workflow_check import check_workflows
    from tools.routing.workflows import own_workflows

    reports = [check_workflows(folder, registry, own_workflows()) for folder in folders]
    return {part: [one for report in reports for one in report[part]] for part in ("workflows", "errors")}


def _folders(project: Path) -> list[Path]:
    from prompts.workflow_loading import OWN_WORKFLOWS, PROJECT_WORKFLOWS

    there = project / PROJECT_WORKFLOWS
    return [OWN_WORKFLOWS, there] if there.exists() else [OWN_WORKFLOWS]


def _registry(project: Path) -> "Registry":
    from graph.settings import load_settings
    from tools.routing.registries import registry_of

    return registry_of(project, load_settings().data_dir)


def _workflows(project: Path) -> "Workflows":
    from tools.routing.workflows import workflows_of

    return workflows_of(project, _registry(project))


def _warn(workflows: "Workflows") -> None:
    for warning in workflows.warnings:
        typer.echo(warning, err=True)


def _as_json(workflow: "Workflow") -> dict[str, Any]:
    from prompts.agent_files import shown

    names = ("task_type", "description", "level", "kind", "closed", "changes_code", "attempts")
    return {
        **{name: getattr(workflow, name) for name in names},
        "gates": list(workflow.gates),
        "file": shown(workflow.file),
        "stages": [
            {
                "name": stage.name,
                "agents": [
                    {"agent": call.agent or None, "trigger": call.trigger or None, "when": sorted(call.when)}
                    for call in stage.calls
                ],
                "delivers": stage.delivers,
            }
            for stage in workflow.stages
        ],
    }


def _print_table(workflows: "Workflows") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for heading, width in (("workflow", 20), ("whose", 7), ("changes", 7), ("stages", 38)):
        table.add_column(heading, overflow="fold", min_width=width)
    for workflow in workflows:
        stages = " → ".join(stage.name for stage in workflow.stages)
        table.add_row(workflow.task_type, workflow.level, "code" if workflow.changes_code else "nothing", stages)
    Console(width=80, highlight=False, markup=False).print(table)


def _described(workflow: "Workflow", registry: "Registry") -> list[str]:
    from prompts.agent_files import shown

    lines = [workflow.task_type, workflow.description, f"  file: {shown(workflow.file)}"]
    if workflow.changes_code:
        attempts = workflow.attempts or "as the rules of the project say"
        lines += [f"  gates before delivery: {', '.join(workflow.gates)}", f"  attempts: {attempts}"]
    for number, stage in enumerate(workflow.stages, 1):
        lines += ["", f"{number}. {stage.name}", *(_called(call, workflow, registry) for call in stage.calls)]
        lines.append(f"   delivers: {stage.delivers}")
    return lines


def _called(call: "Call", workflow: "Workflow", registry: "Registry") -> str:
    from prompts.workflow_stages import who_answers

    names = ", ".join(agent.name for agent in who_answers(call, registry, workflow.kind)) or "nobody"
    condition = f", when the request {' and '.join(sorted(call.when))}" if call.when else ""
    return f"   {names}{f' (by {call.trigger})' if call.trigger else ''}{condition}"
