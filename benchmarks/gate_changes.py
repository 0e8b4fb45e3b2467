"""`python -m benchmarks.gate_changes [WORD ...]`: how right the gates are on the open set of changes in tests/changes/.

Without words every change is judged by all five gates, which takes half an hour; with words those whose names have one.
The exit code is 1 where a bad change came through or more than one good one did not.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

GOOD_MISSES = 1
TOLD = 3


def main(words: list[str]) -> None:
    """Judge, print a line for each change, and a table for each gate."""
    outcomes = []
    for outcome in _outcomes(words):
        outcomes.append(outcome)
        _show(outcome)
    _table(outcomes)
    bad = [one for one in outcomes if not one.sample.is_good and not one.is_right]
    good = [one for one in outcomes if one.sample.is_good and not one.is_right_once_answered]
    raise SystemExit(bool(bad) or len(good) > GOOD_MISSES)


def _outcomes(words: list[str]) -> Iterator[Any]:
    """The set stands with the tests, which are no package."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from changes_runner import judged
    from changes_set import samples

    from checkpoints.database import opened
    from graph.settings import Settings
    from tools.code.self_test import open_sandbox

    chosen = [one for one in samples() if not words or any(word in one.name for word in words)]
    with TemporaryDirectory(prefix="magnus-changes-") as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        with opened(settings) as database:
            yield from judged(chosen, database, open_sandbox(settings.sandbox), Path(folder) / "projects")


def _show(outcome: Any) -> None:
    print(
        f"{outcome.verdict:<9} {outcome.sample.name:<45} {', '.join(outcome.blamed) or '-':<20} {outcome.seconds:.0f} s"
    )
    if not outcome.is_right:
        print(f"          {outcome.sample.why}")
        for gate, told in outcome.told.items():
            print(*(f"          {gate}: {line}" for line in told[:TOLD]), sep="\n", end="\n" if told else "")


def _table(outcomes: list[Any]) -> None:
    """For each gate: how many of the changes it had to reject it did, and what it rejected beside."""
    had = Counter(gate for one in outcomes for gate in one.sample.expected)
    did = Counter(gate for one in outcomes for gate in set(one.blamed) & set(one.sample.expected))
    wrongly = Counter(gate for one in outcomes if one.sample.is_good for gate in one.blamed)
    print(f"\n{'gate':<12} {'expected':>8} {'rejected':>8} {'good ones rejected':>18}")
    for gate in ("syntax", "tests", "integration", "review", "performance"):
        print(f"{gate:<12} {had[gate]:>8} {did[gate]:>8} {wrongly[gate]:>18}")
    counts = Counter((one.sample.is_good, one.verdict) for one in outcomes)
    for (is_good, verdict), count in sorted(counts.items()):
        print(f"{'good' if is_good else 'bad'}: {count} {verdict}")


if __name__ == "__main__":
    main(sys.argv[1:])
