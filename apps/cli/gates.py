"""`magnus gates`: the five gates on a change, with no model; and the hook that asks them before a push."""

from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.options import Json

if TYPE_CHECKING:
    from graph.settings import Settings
    from tools.checks.change import Change
    from tools.checks.judging import Judgement
    from tools.code.sandbox import Sandbox

app = typer.Typer(no_args_is_help=False)
hook = typer.Typer(help="A git hook that lets no commit be pushed which the gates reject.", no_args_is_help=True)
app.add_typer(hook, name="hook")


class Gate(StrEnum):
    """A gate, as `--gate` names it."""

    syntax = "syntax"
    tests = "tests"
    integration = "integration"
    review = "review"
    performance = "performance"


Project = Annotated[Path | None, typer.Option(help="A folder of the git repository; else the current one.")]

EXIT_CODES = {"passed": 0, "failed": 1, "waiting": 3}


@app.callback(invoke_without_command=True)
def gates(
    context: typer.Context,
    project: Project = None,
    base: Annotated[
        str | None, typer.Option(help="Compare with this; else where the branch left its upstream.")
    ] = None,
    worktree: Annotated[bool, typer.Option("--worktree", help="Judge what is not committed too.")] = False,
    gate: Annotated[list[Gate] | None, typer.Option(help="Only this gate; may be given several times.")] = None,
    accept: Annotated[list[str] | None, typer.Option(help="Answer for this finding, on this tree alone.")] = None,
    why: Annotated[str, typer.Option(help="With --accept: why it is right.")] = "",
    json: Json = False,
) -> None:
    """Judge a change by code alone: HEAD against where the branch left its upstream, or the commit before.

    Exit code 0 all passed, 1 a gate failed, 3 one waits for a person. Nothing in the checkout is touched.

    Example: magnus gates

    Example: magnus gates --worktree --gate syntax --gate tests
    """
    from graph.errors import BadInput
    from graph.settings import load_settings
    from tools.checks.change import change_of

    if context.invoked_subcommand is not None:
        if any((project, base, worktree, gate, accept, why, json)):
            raise BadInput(f"Put the options after {context.invoked_subcommand}.")
        return
    settings = load_settings()
    with TemporaryDirectory(prefix="magnus-objects-") as objects:
        change = change_of(project or Path(), base, worktree, objects=Path(objects))
        if accept or why:
            _accept(settings, change, accept or [], why)
            return
        sandbox = _sandbox(settings)
        raise typer.Exit(EXIT_CODES[_judge(settings, sandbox, change, gate, json).state])


@app.command()
def log(
    digest: Annotated[str, typer.Argument(help="The log_sha256 of a command, as `magnus gates --json` has it.")],
) -> None:
    """Print the whole of what a command of a gate said.

    Example: magnus gates log DIGEST
    """
    from checkpoints.database import opened
    from checkpoints.evidence import log_of
    from graph.settings import load_settings

    with opened(load_settings()) as database:
        typer.echo(log_of(database, digest))


@hook.command()
def install(project: Project = None) -> None:
    """Have every push from this repository judged first.

    Example: magnus gates hook install
    """
    from tools.checks.hook import install as put

    typer.echo(f"Installed: {put(project or Path())}. `git push --no-verify` goes past it.")


@hook.command()
def remove(project: Project = None) -> None:
    """Take the hook away again.

    Example: magnus gates hook remove
    """
    from tools.checks.hook import remove as take_away

    typer.echo(f"Removed: {take_away(project or Path())}.")


@hook.command()
def run(
    remote: Annotated[str, typer.Argument(help="The remote's name, as git gives it to the hook.")],
    url: Annotated[str, typer.Argument(help="Its address.")] = "",
) -> None:
    """Judge what is about to be pushed; git calls this with a line for each ref on standard input.

    Example: magnus gates hook run origin < refs
    """
    from graph.settings import load_settings
    from tools.checks.change import change_of
    from tools.checks.hook import pushed

    settings, here = load_settings(), Path()
    found = pushed(here, remote, typer.get_text_stream("stdin").read().splitlines())
    for head, base in found:
        change = change_of(here, base, head=head)
        state = _judge(settings, _sandbox(settings), change, None, False).state
        if state != "passed":
            typer.echo("Nothing was pushed. `git push --no-verify` goes past the gates.", err=True)
            raise typer.Exit(EXIT_CODES[state])


def _sandbox(settings: "Settings") -> "Sandbox":
    from tools.code.self_test import open_sandbox

    sandbox = open_sandbox(settings.sandbox)
    for warning in sandbox.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return sandbox


def _judge(
    settings: "Settings", sandbox: "Sandbox", change: "Change", only: list[Gate] | None, as_json: bool
) -> "Judgement":
    """Run the gates, keep the evidence, and show what came of it."""
    import gc

    from apps.cli import gates_report as report
    from apps.cli.answers import print_json
    from checkpoints.database import opened
    from tools.checks.judging import Record, judge_change, stand_with_memory, subject_of
    from tools.checks.verdict import GATES

    gc.freeze()
    gc.enable()
    with opened(settings) as database:
        record = Record(database, subject_of(change))
        with stand_with_memory(change, sandbox, record, settings.audit_url) as stand, report.Progress() as told:
            judgement = judge_change(stand, record, [gate for gate in GATES if gate in (only or GATES)], told)
    if as_json:
        print_json(report.as_json(judgement, sandbox.warnings))
    else:
        report.show_judgement(judgement)
    return judgement


def _accept(settings: "Settings", change: "Change", findings: list[str], why: str) -> None:
    """Keep a person's answer; a program cannot give one."""
    from datetime import UTC, datetime

    from apps.cli.gates_report import plain
    from apps.cli.person import is_at_a_terminal, person
    from checkpoints.database import opened
    from checkpoints.evidence import accept_finding
    from graph.errors import BadInput

    if not findings or not why.strip():
        raise BadInput('Say which finding and why: magnus gates --accept FINDING --why "...".')
    if not is_at_a_terminal():
        raise BadInput("A finding is accepted by a person at a terminal: type this command there yourself.")
    with opened(settings) as database:
        for finding in findings:
            told = accept_finding(database, change.tree, finding, person(), why.strip(), datetime.now(UTC))
            place = plain(f"{told['file']}:{told['line']} {told['message']}")
            typer.echo(f"Accepted for tree {change.tree[:12]}: {place}")
    typer.echo("Next: magnus gates", err=True)
