"""What the tests of a changed file take, before and after: all there is to time where no benchmark is declared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from statistics import median
from time import monotonic

from tools.agents.permission import is_test
from tools.checks.findings import Finding
from tools.checks.outcomes import Outcomes
from tools.checks.running_tests import Runner, pytest_args
from tools.checks.slower import MOST_ROUNDS, is_settled, is_slower, ratio
from tools.checks.stand import Stand
from tools.code.git import WORKING
from tools.code.limits import Ran

RUNS = 3
ROOM = 0.25
"""What a test does beside the code it is for takes its time, too: so much more is allowed at least."""
FELT_S = 0.05


@dataclass
class Timed:
    """What came of it; `tests` is how many were compared, `trouble` why none were."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    trouble: str = ""


def time_tests(stand: Stand, paths: Sequence[str], until: float) -> Timed:
    """Run the unchanged tests that speak of these files on both trees in turns, and compare what they take together."""
    timed = Timed()
    args = pytest_args(stand.rules.project.tests)
    files = _tests_of(stand, paths)
    if args is None or not files:
        timed.trouble = "no unchanged test speaks of it"
        return timed
    runner = Runner(stand, args)
    folders = stand.fresh(stand.change.base), stand.fresh(stand.change.tree)
    runs: tuple[list[Outcomes], list[Outcomes]] = ([], [])
    for rounds in range(1, MOST_ROUNDS + 1):
        for number in range(RUNS):
            for side in (0, 1) if number % 2 else (1, 0):
                outcomes, ran = runner.run(folders[side], files)
                runs[side].append(outcomes)
                timed.commands += [ran] if len(timed.commands) < 2 else []
            if monotonic() > until:
                timed.trouble = "its tests take too long to be compared"
                return timed
        base, new = _together(*runs)
        if not base or is_settled(base, new, _tolerance(stand), rounds):
            break
    return _judged(stand, timed, files, base, new)


def _judged(stand: Stand, timed: Timed, files: Sequence[str], base: list[float], new: list[float]) -> Timed:
    if not base:
        timed.trouble = "no test passes on both"
        return timed
    timed.counts = {"tests_base_ms": round(median(base) * 1000, 1), "tests_new_ms": round(median(new) * 1000, 1)}
    if is_slower(base, new, _tolerance(stand)) and median(new) - median(base) > FELT_S:
        told = (
            f"The tests of {', '.join(files[:3])} take {ratio(base, new):.2f} times as long: {median(new):.3f} s, and "
            f"{median(base):.3f} s on the base, in {len(new)} runs of each in turns."
        )
        timed.findings.append(Finding("", 0, "slower", told, is_acceptable=True))
    return timed


def _tolerance(stand: Stand) -> float:
    return max(stand.rules.performance.tolerance_pct / 100, ROOM)


def _tests_of(stand: Stand, paths: Sequence[str]) -> list[str]:
    """The files of tests that the change leaves alone and in which the name of a changed module stands."""
    stems = {_name(path) for path in paths if path.endswith(".py")} - {""}
    if not stems:
        return []
    pattern = rf"(^|[^[:alnum:]_])({'|'.join(map(re.escape, sorted(stems)))})([^[:alnum:]_]|$)"
    shown = ("grep", "-l", "-z", "-E", "-I", "--full-name", "--no-textconv", "-e", pattern, stand.change.tree)
    found = stand.change.git.run(*shown, "--", "*.py", may_end=(0, 1), bounds=WORKING).out
    names = (name.decode(errors="surrogateescape").partition(":")[2] for name in found.split(b"\0")[:-1])
    changed = {one.path for one in stand.change.files}
    is_named = re.compile(r"test_.*|.*_test\.py").match
    return [name for name in names if is_test(name) and name not in changed and is_named(PurePosixPath(name).name)]


def _name(path: str) -> str:
    place = PurePosixPath(path)
    return place.parent.name if place.stem == "__init__" else place.stem


def _together(base: list[Outcomes], new: list[Outcomes]) -> tuple[list[float], list[float]]:
    """The seconds of each run, over the tests that passed in all of them."""
    common = set.intersection(*(one.ids("passed") for one in (*base, *new)))
    if not common:
        return [], []
    first, second = ([sum(one.tests[test].seconds for test in common) for one in side] for side in (base, new))
    return first, second
