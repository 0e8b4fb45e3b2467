"""Gates 1 and 4 on a change of 20 files in a repository of 1,000, against the tools they use called bare."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import Ratio, ratio, side_by_side
from tools.checks.change import change_of
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.code.sandbox import Sandbox

RUNS = 5
ALLOWED = 1.5
PACKAGES, MODULES, CHANGED = 20, 50, 20
FUNCTIONS = 12
MODULE = '''"""Module {number} of a package of many."""

import json
from dataclasses import dataclass
{needs}

@dataclass(frozen=True)
class Row{number}:
    """A row with a price."""

    symbol: str
    price: float

'''
FUNCTION = '''
def worth_{number}(rows: list[dict[str, float]], floor: float = {number}) -> float:
    """What all rows above the floor are worth together."""
    total = 0.0
    for row in rows:
        if row["price"] > floor:
            total += row["price"] * row.get("count", 1)
    return round(json.loads(json.dumps(total)), 2)

'''
SOMEBODY = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
SOMEBODY |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}


def run() -> Iterator[Ratio]:
    """Both gates, from the commits to the verdicts, and the bare tools on the same files."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        project = Path(folder) / "project"
        changed = _make(project)
        ours, bare = side_by_side(RUNS, lambda: _judge(project), lambda: _call_bare(project, changed))
    print(
        f"a change of {CHANGED} files among {PACKAGES * MODULES}, medians of {RUNS}: "
        f"gates 1 and 4 {median(ours):.2f} s, bare tools {median(bare):.2f} s"
    )
    line = Ratio("gates 1 and 4 / ruff, bandit, compiling and importing bare", ratio(ours, bare), ALLOWED)
    print(line)
    yield line


def _judge(project: Path) -> None:
    with open_stand(change_of(project), Sandbox(), review=()) as stand:
        verdicts = [run_gate(gate, stand) for gate in ("syntax", "review")]
    assert [one.state for one in verdicts] == ["passed", "passed"]


def _call_bare(project: Path, changed: Sequence[str]) -> None:
    """Each tool once on the changed files, and each changed module imported by an interpreter of its own."""
    call(project, sys.executable, "-m", "py_compile", *changed)
    call(project, sys.executable, "-m", "ruff", "check", "--no-cache", *changed)
    call(project, sys.executable, "-m", "bandit", "-q", *changed)
    for file in changed:
        call(project, sys.executable, "-c", f"import {file.removesuffix('.py').replace('/', '.')}")


def call(project: Path, *words: str) -> None:
    """A command in the project, which has to end well."""
    done = subprocess.run(words, cwd=project, env={**os.environ, **SOMEBODY}, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _make(project: Path) -> list[str]:
    """A repository of two commits; the files that the second one changed."""
    names = [f"part{part:02}/module{number:02}.py" for part in range(PACKAGES) for number in range(MODULES)]
    for place, name in enumerate(names):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").write_text('"""A part."""\n', encoding="utf-8")
        path.write_text(_module(place, names), encoding="utf-8")
    call(project, "git", "init", "--quiet")
    commit(project)
    changed = names[:: len(names) // CHANGED]
    for name in changed:
        with (project / name).open("a", encoding="utf-8") as file:
            file.write(FUNCTION.format(number=99))
    commit(project)
    return changed


def commit(project: Path) -> None:
    """Everything that lies there as a commit."""
    call(project, "git", "add", "--all")
    call(project, "git", "commit", "--quiet", "--message", "work")


def _module(place: int, names: Sequence[str]) -> str:
    earlier = names[place - 1].removesuffix(".py").replace("/", ".") if place % MODULES else ""
    needs = f"\nfrom {earlier} import worth_0\n\nEARLIER = worth_0\n" if earlier else ""
    body = "".join(FUNCTION.format(number=number) for number in range(FUNCTIONS))
    return MODULE.format(number=place, needs=needs) + body
