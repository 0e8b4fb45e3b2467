"""Shows what agents did on a project: branch, handoffs, files, the beginning of the diff, and what it cost."""

import textwrap
from collections.abc import Iterable
from typing import Any

import typer

from tools.changes import line_of
from tools.condition import counted, length
from tools.work_text import SHORT, printable, tell_approval, tell_gates, tell_stop, tell_work

Json = dict[str, Any]
WIDTH = 80
MOST_DIFF_LINES = 60


def show_work(response: Json) -> None:
    """The whole answer to a request on code, finished or not; its diff in short."""
    result = response["result"]
    _say(tell_work(result) if "changes" in result else tell_stop(result))
    if result.get("diff"):
        _show_diff(result)
    _say(f"Warning: {warning}" for warning in response["warnings"])
    if response["usage"]["model_calls"]:
        typer.echo(f"It took {cost_of(response['usage'])} and {length(response['usage']['seconds'])}.")


def show_approval(question: Json) -> None:
    """What a person is asked before a delivery, with what they need to answer it."""
    _say(tell_approval(question))


def show_gates(gates: list[Json]) -> None:
    """A line for each gate, with what made it fail."""
    _say(tell_gates(gates))


def show_deliveries(deliveries: list[Json]) -> None:
    """What was delivered, by whose word and past which gates."""
    _say(line_of(delivery) for delivery in deliveries)


def show_todo(todo: list[Json]) -> None:
    """The planner's tasks with a mark at those that are done."""
    if todo:
        typer.echo(f"To do ({sum(one['done'] for one in todo)} of {len(todo)} done):")
    _say(f"  [{'x' if one['done'] else ' '}] {one['title']} ({one['owner']})" for one in todo)


def show_tree(stages: list[Json]) -> None:
    """Each stage with its agents, what they took and how long; in a goal of phases below its phase and iteration."""
    head, last = "", None
    for one in stages:
        if (above := _iteration(one)) != head:
            head, last = above, None
            typer.echo(f"  {head}")
        where = _stage(one) if one["stage"] != last else ""
        last = one["stage"]
        typer.echo(f"    {where:<9}{one['agent']}: {cost_of(one)}, {length(one['took_s'])}")


def _iteration(one: Json) -> str:
    """Phase and iteration; work outside of any is that of the request."""
    return f"{one['phase']}, iteration {one['iteration']}" if one["iteration"] else "the request"


def _stage(one: Json) -> str:
    return f"stage {int(one['stage']) + 1}" if one["stage"].isdigit() else ""


def show_handoffs(handoffs: list[Json]) -> None:
    """What each agent left for the next, in full."""
    for handoff in handoffs:
        typer.echo(f"\n{printable(handoff['deliverables']['text'])}")


def cost_of(usage: Json) -> str:
    """Model calls, tokens and dollars in a few words."""
    tokens = f"{usage['input_tokens']:,} tokens in and {usage['output_tokens']:,} out"
    return f"{counted(usage['model_calls'], 'model call')}, {tokens}, ${usage['usd']:.2f}"


def _show_diff(result: Json) -> None:
    lines = printable(result["diff"]).splitlines()
    typer.echo("")
    for line in lines[:MOST_DIFF_LINES]:
        typer.echo(line)
    if len(lines) > MOST_DIFF_LINES or result["diff_is_cut"]:
        rest = f"git diff {result['start'][:SHORT]} {result['branch']}"
        typer.echo(f"... the diff is longer: `{rest}` shows all of it.")
    typer.echo("")


def _say(lines: Iterable[str]) -> None:
    """Lines of 80 columns; a path or a branch that is longer stays in one piece."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        wrapped = textwrap.wrap(
            printable(line), WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        typer.echo("\n".join(wrapped))
