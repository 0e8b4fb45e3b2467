"""One command on base and change in turns: how long each run takes, and how much memory it fills."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from statistics import median
from time import monotonic
from uuid import uuid4

from graph.errors import BadInput
from tools.checks.changed_parts import mixed_tree
from tools.checks.end_to_end import changed_words, how
from tools.checks.errand import INSIDE, project_python
from tools.checks.findings import Finding
from tools.checks.slower import is_settled, is_slower, ratio
from tools.checks.stand import Stand
from tools.code.beneath import Beneath
from tools.code.limits import Ran

FEWEST_RUNS = 3
FOLDERS = {"benchmarks", "benchmark", "bench", "perf", "performance"}
HEAVIER = 1.5
"""From here on more memory than before fails, if it is more than `HEAVIER_MB`, too."""
HEAVIER_MB = 32
WRITES_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
"""Compiling the modules anew in each run would be most of a short one."""
LARGEST = 10_000
ASTRAY_S = 2.0


@dataclass(frozen=True)
class Run:
    """One run of a command; `trouble` says why it tells nothing."""

    seconds: float
    memory_mb: float
    ran: Ran
    trouble: str = ""


@dataclass
class Compared:
    """The runs of one command on both trees, in the order of their pairs."""

    line: str
    base: list[Run] = field(default_factory=list)
    new: list[Run] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    commands: list[Ran] = field(default_factory=list)
    trouble: str = ""

    def seconds(self) -> tuple[list[float], list[float]]:
        """Of the base, and of the change."""
        return [one.seconds for one in self.base], [one.seconds for one in self.new]

    def memory(self) -> tuple[float, float]:
        """The medians of base and change, in MB."""
        return median(one.memory_mb for one in self.base), median(one.memory_mb for one in self.new)

    @property
    def counts(self) -> Mapping[str, float]:
        """What evidence keeps of it."""
        if not self.base:
            return {}
        base, new = self.seconds()
        return {
            "base_ms": round(median(base) * 1000, 2),
            "new_ms": round(median(new) * 1000, 2),
            "runs": len(new),
            "memory_mb": round(self.memory()[1], 1),
        }


@dataclass(frozen=True)
class Bench:
    """Times the commands of one change; `comparisons` says how many there are, `until` when the last has to be over."""

    stand: Stand
    comparisons: int
    until: float

    def compare(self, line: str) -> Compared:
        """One command on both trees. The files it is made of are those of the base on both."""
        found = Compared(line)
        trees = self._trees(line, found)
        if trees is None:
            return found
        base, new = trees
        share = (self.until - monotonic()) / max(self.comparisons, 1)
        runs = self._affordable(found, share)
        if runs:
            self._repeat(found, base, new, runs)
            found.findings += [*self._slower(found), *self._heavier(found)]
        return found

    def _trees(self, line: str, found: Compared) -> tuple[Path, Path] | None:
        """Both trees laid out and warm; None where there is nothing to compare."""
        change = self.stand.change
        own = self.files_of(line)
        tree = mixed_tree(change, change.tree, change.base, own) if own else change.tree
        base, new = self.stand.fresh(change.base), self.stand.fresh(tree)
        before, after = self._once(line, base, found), self._once(line, new, found)
        if own and after.trouble and not before.trouble:
            new = self.stand.fresh(change.tree)
            after = self._once(line, new, found)
            told = f"`{line}` is another benchmark than before: as the base has it, it does not run on the change."
            found.findings.append(Finding(own[0], 0, "benchmark-changed", told, is_acceptable=True))
        if not after.trouble and not before.trouble:
            found.base, found.new = [before], [after]
            return base, new
        if before.trouble:
            found.trouble = f"`{line}` tells nothing: on the base it {before.trouble}."
        else:
            told = f"`{line}` worked on the base and {after.trouble}."
            found.findings.append(Finding("", 0, "benchmark", told, "critical"))
        return None

    def files_of(self, line: str) -> list[str]:
        """The changed files that make the benchmark: those it names, and all beside them in a folder for it."""
        named = changed_words(self.stand.change, line)
        for one in self.stand.change.files:
            inside = one.old_path.removeprefix(self.stand.change.prefix)
            if FOLDERS & set(PurePosixPath(inside).parts[:1]) and one.how != "A":
                named.append(one.old_path)
        return list(dict.fromkeys(named))

    def _affordable(self, found: Compared, share: float) -> int:
        """How many pairs there is time for; the runs that warmed everything up say how long one takes."""
        pair = found.base.pop().ran.seconds + found.new.pop().ran.seconds
        runs = min(self.stand.rules.performance.runs, int(share / max(pair, 0.001)))
        if runs < FEWEST_RUNS:
            found.trouble = f"`{found.line}` takes {pair / 2:.0f} s a run: there is no time to compare it."
        return runs if runs >= FEWEST_RUNS else 0

    def _repeat(self, found: Compared, base: Path, new: Path, runs: int) -> None:
        """Rounds of pairs, until it is sure or hopeless; no slowdown is told after one round alone."""
        tolerance = self.stand.rules.performance.tolerance_pct / 100
        for rounds in count(1):
            self._round(found, base, new, runs)
            if is_settled(*found.seconds(), tolerance, rounds, self.comparisons) or monotonic() > self.until:
                return

    def _round(self, found: Compared, base: Path, new: Path, runs: int) -> None:
        """Pairs of runs; who goes first changes from pair to pair."""
        for number in range(runs):
            pair = [(base, found.base), (new, found.new)]
            for folder, kept in pair if number % 2 else reversed(pair):
                kept.append(self._once(found.line, folder, found))
                if kept[-1].trouble and not found.trouble:
                    found.trouble = f"`{found.line}` works at times only: it {kept[-1].trouble}."

    def _slower(self, found: Compared) -> Iterator[Finding]:
        base, new = found.seconds()
        tolerance = self.stand.rules.performance.tolerance_pct / 100
        if is_slower(base, new, tolerance, self.comparisons) and not found.trouble:
            told = (
                f"`{found.line}` takes {ratio(base, new):.2f} times as long: {median(new):.3f} s, and "
                f"{median(base):.3f} s on the base, in {len(new)} runs of each in turns."
            )
            yield Finding("", 0, "slower", told, is_acceptable=True)

    def _heavier(self, found: Compared) -> Iterator[Finding]:
        before, now = found.memory()
        limit = self.stand.rules.performance.memory_mb
        if limit is not None and now > limit:
            told = f"`{found.line}` fills {now:.0f} MB of memory, and {limit:g} MB are allowed"
            is_old = before > limit and now <= before * (1 + self.stand.rules.performance.tolerance_pct / 100)
            ending = f"; on the base it is {before:.0f} MB." if is_old else "."
            yield Finding("", 0, "memory", told + ending, "low" if is_old else "high", not is_old, not is_old)
        elif now > before * HEAVIER and now - before > HEAVIER_MB:
            told = f"`{found.line}` fills {now:.0f} MB of memory, and {before:.0f} MB on the base."
            yield Finding("", 0, "memory", told, is_acceptable=True)

    def _once(self, line: str, folder: Path, found: Compared) -> Run:
        stand = self.stand
        place = stand.scratch / f"bench-{uuid4().hex[:8]}"
        written = place / "told"
        written.mkdir(parents=True)
        (folder / stand.change.prefix).mkdir(parents=True, exist_ok=True)
        program, job = place / "time_it.py", place / "job.json"
        program.write_bytes((INSIDE / program.name).read_bytes())
        job.write_text(json.dumps({"line": line, "out": str(written / "told.json")}), encoding="utf-8")
        ran = stand.run(
            [project_python(stand), "-I", "-S", str(program), str(job)],
            folder,
            seen=[program, job],
            written=[written],
            env=WRITES_BYTECODE,
            timeout_s=max(self.until - monotonic(), 1.0),
        )
        if len(found.commands) < 2 or ran.exit_code:
            found.commands.append(ran)
        return read_run(ran, written)


def read_run(ran: Ran, written: Path) -> Run:
    """What one run told, held against the clock outside of the box."""
    if ran.exit_code:
        return Run(ran.seconds, 0.0, ran, how(ran))
    try:
        told = json.loads(Beneath(written).read("told.json", LARGEST))
        seconds, memory_mb = float(told["seconds"]), float(told["memory_mb"])
    except (BadInput, ValueError, KeyError, TypeError):
        return Run(ran.seconds, 0.0, ran, "left no times")
    if not ran.seconds / 2 - ASTRAY_S <= seconds <= ran.seconds + 0.1:
        return Run(ran.seconds, memory_mb, ran, f"says it took {seconds:.2f} s, but it ran for {ran.seconds:.2f} s")
    return Run(seconds, memory_mb, ran)
