"""`magnus agents`: who works here, and how to teach Magnus a new one."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.options import Json

if TYPE_CHECKING:
    from prompts.agent import Agent
    from prompts.registry import Registry

app = typer.Typer(help="The agents: list, show, check, add and remove them.", no_args_is_help=True)

Project = Annotated[Path, typer.Option(help="The project whose agents join; else the current folder.")]
Name = Annotated[str, typer.Argument(help="The name of an agent.")]
HERE = Path()


@app.command("list")
def list_agents(project: Project = HERE, json: Json = False) -> None:
    """Every agent that can be called here, and whose it is.

    Example: magnus agents list
    """
    registry = _registry(project)
    if json:
        typer.echo(jsonlib.dumps([_as_json(agent) for agent in registry]))
        return
    _print_table(registry)
    for same in registry.collisions:
        typer.echo(f"{same.name} stands in {', '.join(_path(file) for file in same.files)}.", err=True)
    for flaw in registry.flaws:
        typer.echo(f"Not used: {flaw}", err=True)


@app.command()
def show(name: Name, project: Project = HERE, json: Json = False) -> None:
    """One agent: what it may do, when it is called, and its prompt.

    Example: magnus agents show code_reviewer
    """
    from graph.errors import BadInput

    agent = _registry(project).get(name)
    if agent is None:
        raise BadInput(f"There is no agent {name}: `magnus agents list` shows who is there.")
    if json:
        typer.echo(jsonlib.dumps({**_as_json(agent), "prompt": agent.prompt}))
        return
    for line in _described(agent):
        typer.echo(line)
    typer.echo(f"\n{agent.prompt}")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A folder of agent files.")],
    json: Json = False,
) -> None:
    """What is wrong with the agent files of a folder; exit code 1 when some cannot be used. Runs nothing of theirs.

    Example: magnus agents check .claude/agents
    """
    from prompts.checks import check as report_on

    report = report_on(folder)
    if json:
        typer.echo(jsonlib.dumps(report))
    else:
        _print_report(report)
    if report["errors"]:
        raise typer.Exit(1)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="An agent file, such as one of Claude Code.")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of one you added before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also where it wants more tools than before.")] = False,
) -> None:
    """Copy an agent file into your own folder, after the same checks; its project may be any from then on.

    Example: magnus agents add security-auditor.md
    """
    from graph.errors import BadInput
    from prompts.adding import propose, put

    proposal = propose(file, _own_folder())
    name = proposal.agent.name
    for problem in proposal.problems:
        typer.echo(f"{name}: {problem}", err=True)
    if proposal.earlier and not replace:
        raise BadInput(f"{name} is there already ({_path(proposal.earlier.file)}): add --replace to take its place.")
    if proposal.gains and not yes:
        wish = ", ".join(proposal.gains)
        if not typer.confirm(f"The new {name} wants more than the one before: {wish}. Go on?", default=False):
            raise BadInput("Nothing was changed.")
    typer.echo(f"{name} was added as {_path(put(proposal, _own_folder()))}.")
    typer.echo(f"It may use: {', '.join(proposal.agent.tools) or 'no tool'}.")
    if proposal.agent.refused:
        typer.echo(f"Refused: {', '.join(proposal.agent.refused)}.")


@app.command()
def remove(name: Name) -> None:
    """Remove an agent that you added; Magnus's own and those of a project stay.

    Example: magnus agents remove security-auditor
    """
    from prompts.adding import remove as take_away

    for file in take_away(name, _own_folder()):
        typer.echo(f"{_path(file)} was removed.")


def _registry(project: Path) -> "Registry":
    from graph.settings import load_settings
    from prompts.registry import load, sources

    return load(sources(project, load_settings().data_dir))


def _own_folder() -> Path:
    from graph.settings import load_settings

    return load_settings().data_dir / "agents"


def _path(file: Path) -> str:
    from prompts.agent_files import shown

    return shown(file)


def _as_json(agent: "Agent") -> dict[str, Any]:
    from prompts.registry import provenance

    names = ("name", "description", "kind", "level", "model", "max_turns", "mandatory", "priority", "version", "writes")
    lists = ("tools", "capabilities", "triggers", "requires", "examples", "problems", "refused")
    return {
        **{name: getattr(agent, name) for name in names},
        **{name: list(getattr(agent, name)) for name in lists},
        "file": _path(agent.file),
        "replaces": _path(agent.replaces) if agent.replaces else None,
        "provenance": provenance(agent),
        "extra": agent.extra,
    }


def _print_table(registry: "Registry") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for heading, width in (("agent", 20), ("whose", 7), ("priority", 10), ("writes", 7), ("called by", 24)):
        table.add_column(heading, overflow="fold", min_width=width)
    for agent in registry:
        priority = f"{agent.priority}{' *' if agent.mandatory else ''}"
        table.add_row(agent.name, agent.level, priority, agent.writes, ", ".join(agent.triggers))
    console = Console(width=80, highlight=False, markup=False)
    console.print(table)
    console.print("* cannot be left out")


def _described(agent: "Agent") -> list[str]:
    from prompts.registry import provenance

    lines = [
        f"{agent.name} ({agent.kind}, {agent.priority}{', mandatory' if agent.mandatory else ''})",
        agent.description,
    ]
    facts = {
        "file": _path(agent.file),
        "tools": ", ".join(agent.tools) or "none",
        "writes": agent.writes,
        "called by": ", ".join(agent.triggers),
        "requires": ", ".join(agent.requires),
        "model": agent.model,
        "without effect": ", ".join(agent.extra),
        "problems": "; ".join(agent.problems),
    }
    lines += [f"  {name}: {value}" for name, value in facts.items() if value]
    said = provenance(agent)
    return [*lines, said] if said else lines


def _print_report(report: dict[str, Any]) -> None:
    for agent in report["agents"]:
        for problem in agent["problems"]:
            typer.echo(f"{agent['file']}: {agent['name']}: {problem}")
    for same in report["collisions"]:
        typer.echo(f"{same['name']}: {', '.join(same['files'])} bear one name; {same['used']} counts")
    for error in report["errors"]:
        typer.echo(f"{error.get('file', 'error')}: {error['message']}")
    typer.echo(
        f"{len(report['agents'])} agents, {len(report['collisions'])} collisions, {len(report['errors'])} errors."
    )
