"""All five gates on a change of a real project, against its plain suite: this checkout, with the tests of its maths."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gates import call, commit
from benchmarks.timing import Ratio, seconds
from checkpoints.database import Database, opened
from graph.settings import Settings
from tools.checks.change import change_of
from tools.checks.judging import Record, judge_change, stand_with_memory, subject_of
from tools.code.self_test import open_sandbox

ALLOWED = 4.0
HERE = Path(__file__).parents[1]
NAMES = ("american", "price_batch", "pricing", "escrowed", "parity", "rolls", "stress", "risk", "packing", "sizing")
TESTS = [f"tests/unit/test_{name}.py" for name in NAMES]
WORDS = ("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider")
SETTINGS = """[project]
name = "maths"
version = "1"

[tool.pytest.ini_options]
testpaths = ["tests/unit"]
pythonpath = [".", "tests"]
addopts = "--import-mode=importlib"
"""
"""No types are checked here: how long a type checker takes says nothing about the gates."""
CODE = '''

def days_in_words(days: int) -> str:
    """How far away an expiry is."""
    if days <= 0:
        return "over"
    if days < 8:
        return "a week"
    return f"{days // 7} weeks"
'''
CLAIMS = """

def test_days_in_words() -> None:
    from trading.parity import days_in_words

    told = [days_in_words(days) for days in (-1, 0, 1, 7, 8, 14, 45)]
    assert told == ["over", "over", "a week", "a week", "1 weeks", "2 weeks", "6 weeks"]
"""


def run() -> Iterator[Ratio]:
    """The suite bare, the gates with nothing known of the base, the suite again, and the gates once more."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        project = Path(folder) / "project"
        _make(project)
        with opened(Settings(data_dir=Path(folder) / "data")) as database:
            plain, cold, again, cached = (
                seconds(action)
                for action in (
                    lambda: call(project, sys.executable, *WORDS),
                    lambda: _judge(project, database),
                    lambda: call(project, sys.executable, *WORDS),
                    lambda: _judge(project, database),
                )
            )
    print(
        f"five gates on a change of this checkout: {cold:.1f} s, with a known base {cached:.1f} s; suite {plain:.1f} s"
    )
    for name, ratio in (("first", cold / plain), ("with a known base", cached / again)):
        line = Ratio(f"five gates, {name} / the plain suite", ratio, ALLOWED)
        print(line)
        yield line


def _judge(project: Path, database: Database) -> None:
    change = change_of(project)
    record = Record(database, subject_of(change))
    with stand_with_memory(change, open_sandbox(), record) as stand:
        judgement = judge_change(stand, record)
    told = [(gate, one.rule, one.message) for gate, one in judgement.findings if one.fails]
    assert judgement.state == "passed", (judgement.state, told)


def _make(project: Path) -> None:
    """What git keeps of this checkout, with some of its tests, and a commit that adds a function and a test."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=HERE, capture_output=True, check=True).stdout
    project.mkdir()
    subprocess.run(["tar", "--extract"], cwd=project, input=archive, check=True)
    (project / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    for path in sorted(project.glob("tests/**/test_*.py")):
        if path.relative_to(project).as_posix() not in TESTS:
            path.unlink()
    call(project, "git", "init", "--quiet")
    commit(project)
    for name, text in (("trading/parity.py", CODE), ("tests/unit/test_parity.py", CLAIMS)):
        with (project / name).open("a", encoding="utf-8") as file:
            file.write(text)
    commit(project)
