"""A project in a repository of its own, one commit that changes it, and what one gate says of that."""

from collections.abc import Mapping
from pathlib import Path

from checkouts import Checkout

from tools.checks.change import Change, change_of
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.checks.verdict import GateName, Verdict
from tools.code.sandbox import Sandbox

Texts = Mapping[str, str | None]


def changed_project(folder: Path, base: Texts, edits: Texts) -> Change:
    """The change of a commit that writes some files on top of others; None takes one away."""
    folder.mkdir(parents=True)
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    for texts in (base, edits):
        for name, text in texts.items():
            if text is None:
                (folder / name).unlink()
            else:
                checkout.write(name, text)
        checkout.commit()
    return change_of(folder)


def judged(gate: GateName, folder: Path, base: Texts, edits: Texts) -> Verdict:
    """The verdict of one gate on that change."""
    with open_stand(changed_project(folder, base, edits), Sandbox()) as stand:
        return run_gate(gate, stand)


def failing(verdict: Verdict) -> dict[str, str]:
    """What is said by each rule by which a verdict fails."""
    return {one.rule: one.message for one in verdict.checked.findings if one.fails}


def told(verdict: Verdict) -> dict[str, str]:
    """What is said by each rule and fails nothing."""
    return {one.rule: one.message for one in verdict.checked.findings if not one.fails}
