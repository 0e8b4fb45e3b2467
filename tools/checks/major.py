"""How much of a project a change touches: what is major, and what is on a critical path."""

from collections.abc import Sequence

from tools.checks.change import Change
from tools.checks.rules import Rules
from tools.code.globs import matches

TOLD = 5


def why_major(change: Change, rules: Rules) -> str:
    """Why a change is major, in a sentence, or "": its size, its files, or a path the project calls critical."""
    if change.lines > rules.gates.major_lines:
        return f"It changes {change.lines} lines; more than {rules.gates.major_lines} are a major change."
    if len(change.files) > rules.gates.major_files:
        return f"It changes {len(change.files)} files; more than {rules.gates.major_files} are a major change."
    if critical := critical_files(change, rules):
        return f"It changes {', '.join(critical[:TOLD])}, which the project calls critical."
    return ""


def critical_files(change: Change, rules: Rules) -> Sequence[str]:
    """The changed files on the critical paths of the project's rules."""
    patterns = rules.gates.critical_paths
    inside = ((one.path, one.path.removeprefix(change.prefix)) for one in change.files)
    return [path for path, name in inside if any(matches(pattern, name) for pattern in patterns)]
