"""Commands that the rules of a project name as what has to work end to end."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.checks.change import Change
from tools.checks.changed_parts import mixed_tree
from tools.checks.findings import Finding
from tools.checks.stand import Stand
from tools.code.limits import Ran

NOT_THERE = (126, 127)
"""What a shell says where a program is missing or cannot be run."""
SAID = 300


@dataclass
class Tried:
    """What the commands came to."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def check_commands(stand: Stand) -> Tried:
    """Run each command on the change, and on the base where it fails there.

    A command whose own file the change touches is run once more with that file as the base has it.
    """
    tried = Tried()
    for line in stand.rules.integration.commands:
        tried.findings += _check(stand, line, tried)
    return tried


def _check(stand: Stand, line: str, tried: Tried) -> Iterator[Finding]:
    new = _run(stand, line, stand.change.tree, tried)
    if new.exit_code == 0:
        yield from _as_it_was(stand, line, tried)
        return
    base = _run(stand, line, stand.change.base, tried)
    if base.exit_code == 0:
        yield Finding("", 0, "command", f"`{line}` worked on the base and {how(new)}.", "critical")
    elif new.exit_code in NOT_THERE:
        tried.troubles.append(f"`{line}` cannot be run here: {said(new)}.")
    else:
        told = f"`{line}` fails as it did on the base: {said(new)}."
        yield Finding("", 0, "fails-on-the-base-too", told, "low", fails=False)


def _as_it_was(stand: Stand, line: str, tried: Tried) -> Iterator[Finding]:
    """A command that only works since its own file was changed."""
    files = changed_words(stand.change, line)
    if not files:
        return
    ran = _run(stand, line, mixed_tree(stand.change, stand.change.tree, stand.change.base, files), tried)
    if ran.exit_code and _run(stand, line, stand.change.base, tried).exit_code == 0:
        told = f"`{line}` works with {files[0]} as it is now, but with the base's it {how(ran)}."
        yield Finding(files[0], 0, "command-changed", told, is_acceptable=True)


def changed_words(change: Change, line: str) -> list[str]:
    """The files that a command names, or starts by `-m`, and that the change touches."""
    try:
        words = [word.lstrip("./") for word in shlex.split(line)]
    except ValueError:
        words = line.split()
    named = {f"{change.prefix}{form}" for word in words for form in (word, f"{word.replace('.', '/')}.py")}
    return [one.old_path for one in change.files if one.old_path in named and one.how != "A"]


def _run(stand: Stand, line: str, tree: str, tried: Tried) -> Ran:
    folder = stand.fresh(tree)
    (folder / stand.change.prefix).mkdir(parents=True, exist_ok=True)
    ran = stand.run(["sh", "-c", line], folder)
    tried.commands.append(ran)
    return ran


def how(ran: Ran) -> str:
    """How a command failed, as the end of a sentence."""
    if ran.note:
        return f"was stopped: {ran.note.rstrip('.').removeprefix('The command was stopped: ')}"
    return f"fails with exit code {ran.exit_code}: {said(ran)}"


def said(ran: Ran) -> str:
    """The last line of what a command said."""
    lines = [line.strip() for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
    return lines[-1][:SAID].rstrip(".") if lines else "it said nothing"
