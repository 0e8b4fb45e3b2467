"""Which changed statements ran: counted by calls in the code, and held against what coverage sees."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.checks.inside import hits

CODE = '''"""Doc."""
from __future__ import annotations

import enum
import functools


class Side(enum.Enum):
    """Doc."""

    A = 1


@functools.cache
@functools.wraps(
    len
)
def f(
    x: int,
    y: int = 3,
) -> int:
    """Doc."""
    total = (
        x +
        y
    )
    if x > 3:
        total += 1
    elif x > 2: total += 5
    elif x > 8:
        total += 9
    else:
        total -= 1
    try:
        int("a")
    except ValueError:
        total += 2
    else:
        total = 9
    finally:
        total += 1
    for i in range(3):
        if i == 2:
            break
        continue
    else:
        total = 7
    with open("/dev/null") as a, \\
         open("/dev/null") as b:
        pass
    match x:
        case 1:
            total += 1
        case _:
            total += 2

    def inner():
        yield 1

    return sum(
        inner()
    )


f(1), f(3), f(5)
'''
MEASURE = """
import json, runpy, sys
sys.path.insert(0, sys.argv[2])
import coverage, hits
from coverage.python import PythonFileReporter
path = sys.argv[1]
meter = coverage.Coverage(data_file=None, config_file=False, include=[path])
meter.start()
runpy.run_path(path)
meter.stop()
known = PythonFileReporter(path, coverage=meter)
counted = hits.Hits({path: list(range(1, 100))})
counted.install()
runpy.run_path(path)
ran = [known.translate_lines(lines) & known.lines() for lines in (meter.get_data().lines(path), counted.seen[path])]
print(json.dumps([sorted(lines) for lines in ran]))
"""


def test_it_counts_what_coverage_counts(tmp_path: Path) -> None:
    file = tmp_path / "counted.py"
    file.write_text(CODE, encoding="utf-8")
    argv = [sys.executable, "-c", MEASURE, str(file), str(Path(hits.__file__).parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    by_coverage, by_hits = json.loads(done.stdout)
    assert by_hits == by_coverage
    assert len(by_hits) > 25


def ran(code: str, *lines: int) -> dict[int, set[str]]:
    counted = hits.Hits({"a.py": list(lines)})
    tree = counted.counted(compile(code, "a.py", "exec", 1024), "a.py")
    counted.now = "test_a"
    exec(compile(tree, "a.py", "exec"), {hits.COUNT: counted.hit})
    return counted.seen["a.py"]


def test_each_line_knows_the_test_that_ran_it() -> None:
    assert ran("x = 1\ny = 2\nif x > 1:\n    z = 3\n", 2, 3, 4) == {2: {"test_a"}, 3: {"test_a"}}


def test_lines_that_did_not_change_are_not_counted() -> None:
    assert ran("x = 1\ny = 2\n", 2) == {2: {"test_a"}}


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_statement_counts_by_each_of_its_lines(line: int) -> None:
    assert ran("x = [\n    1,\n]\n", line) == {1: {"test_a"}}


def test_docstrings_and_imports_of_the_future_stay_first() -> None:
    code = '"""Doc."""\nfrom __future__ import annotations\ny: int = 2\nassert __doc__ == "Doc."\n'
    assert ran(code, 1, 2, 3) == {line: {"test_a"} for line in (1, 2, 3)}
