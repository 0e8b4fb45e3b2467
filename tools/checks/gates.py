"""The five gates by name: each is one function that looks at a change on its stand."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from tools.checks.stand import Stand
from tools.checks.verdict import Checked, GateName, Verdict, judge

CHECKS: Mapping[GateName, str] = {
    "syntax": "tools.checks.syntax:check_syntax",
    "tests": "tools.checks.suite:check_tests",
    "integration": "tools.checks.integration:check_integration",
    "review": "tools.checks.quality:check_review",
    "performance": "tools.checks.speed:check_performance",
}
"""Loaded when it is used: nobody who scans for puts waits for a linter."""

Check = Callable[[Stand], Checked]


def run_gate(
    gate: GateName, stand: Stand, accepted: Mapping[str, str] | None = None, check: Check | None = None
) -> Verdict:
    """Look once, and judge what was seen. `accepted` maps ids of findings to the person who answers for them.

    `check` is another look than the gate's own, for tests.
    """
    began = time.monotonic()
    checked = replace((check or _check(gate))(stand), seconds=time.monotonic() - began)
    rules = stand.rules.gates
    return judge(
        gate,
        checked,
        mandatory=gate not in rules.may_skip,
        may_skip=gate in rules.may_skip,
        accepted=accepted,
        passing_score=rules.min_score,
    )


def _check(gate: GateName) -> Check:
    module, _, name = CHECKS[gate].partition(":")
    check: Check = getattr(import_module(module), name)
    return check
