"""The `magnus` command: a sentence is a request, everything else is a command of its own."""

import gc
import os
import sys
import traceback

import typer

from apps.cli import (
    agents,
    approving,
    ask,
    chat,
    cycle,
    db,
    gates,
    health,
    imports,
    metrics,
    phases,
    plan,
    positions,
    price,
    quote,
    risk,
    roll,
    route,
    scan,
    threads,
    workflows,
)
from graph.errors import MagnusError

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

BUG = 70
OWN_OPTIONS = ("--help", "-h", "--version")

app = typer.Typer(
    name="magnus",
    help="A master agent for people who trade the options wheel and develop the software that helps them do it.\n\n"
    "Say what you want in plain words: magnus 'Find me high-premium opportunities under $30'",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    ask.ask,
    chat.chat,
    threads.threads,
    threads.show,
    threads.resume,
    approving.approve,
    approving.reject,
    threads.rollback,
    threads.cancel,
    threads.rate,
    route.route,
    scan.scan,
    price.price,
    roll.roll,
    cycle.cycle,
    quote.quote,
    quote.chain,
    risk.risk,
    risk.size,
    health.health,
    metrics.metrics,
    plan.plan,
    phases.phases,
):
    app.command()(command)
app.add_typer(agents.app, name="agents")
app.add_typer(workflows.app, name="workflows")
app.add_typer(positions.app, name="positions")
app.add_typer(gates.app, name="gates")
app.add_typer(imports.app, name="import")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the command line, and turn what went wrong into one sentence and the right exit code."""
    gc.disable()  # imports make no garbage, and looking for it took a third of a warm start; a run switches it on again
    try:
        app(args=_as_command(sys.argv[1:]))
    except MagnusError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        typer.echo("This is a bug in Magnus. What was accepted is kept: `magnus threads` lists it.", err=True)
        sys.exit(BUG)
    finally:
        gc.freeze()


def _as_command(words: list[str]) -> list[str]:
    """A sentence without a command is an `ask`."""
    commands = typer.main.get_group(app).commands
    if not words or words[0] in commands or words[0] in OWN_OPTIONS:
        return words
    return ["ask", *words]
