"""A small project with a suite that is worth something, and a way to try one change of it after the other."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from checkouts import QUICK, Checkout

from tools.checks.cache import ShortMemory
from tools.checks.change import Change, change_of
from tools.checks.changed_parts import Parts
from tools.checks.findings import Finding
from tools.checks.gates import run_gate
from tools.checks.guarded import guarded_findings
from tools.checks.stand import Stand, open_stand
from tools.checks.verdict import Verdict
from tools.checks.written_tests import Reading
from tools.code.sandbox import Sandbox

PUTS, TEST_PUTS, TEST_EVEN = "wheel/puts.py", "tests/test_puts.py", "tests/test_even.py"

CODE = '''"""Puts and what they bring."""


def annual_yield(premium: float, strike: float, dte: int) -> float:
    """The yield of a year."""
    if dte <= 0:
        raise ValueError("dte has to be positive")
    return premium / strike * 365 / dte


def break_even(strike: float, premium: float) -> float:
    """Where a put loses nothing."""
    return strike - premium


def bucket(delta: float) -> str:
    """A word for a delta."""
    size = abs(delta)
    if size < 0.2:
        return "far"
    if size < 0.4:
        return "usual"
    return "near"
'''

TESTS = """import pytest

from wheel.puts import annual_yield, break_even, bucket


def test_a_year_of_premium():
    assert annual_yield(1.0, 100.0, 365) == pytest.approx(0.01)
    assert annual_yield(1.0, 100.0, 73) == pytest.approx(0.05)


def test_no_days_are_refused():
    with pytest.raises(ValueError, match="positive"):
        annual_yield(1.0, 100.0, 0)


def test_break_even():
    assert break_even(100.0, 2.5) == 97.5


@pytest.mark.parametrize(("delta", "word"), [(-0.1, "far"), (-0.2, "usual"), (-0.3, "usual"), (-0.4, "near")])
def test_bucket(delta, word):
    assert bucket(delta) == word
"""

EVEN = """from wheel.puts import break_even


class TestBreakEven:
    def test_premium_lowers_it(self):
        assert break_even(50.0, 1.0) < 50.0

    def test_nothing(self):
        assert break_even(50.0, 0.0) == 50.0
"""

PYPROJECT = '[project]\nname = "wheel"\nversion = "1"\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'

FILES = {
    "wheel/__init__.py": "",
    PUTS: CODE,
    TEST_PUTS: TESTS,
    TEST_EVEN: EVEN,
    "README.md": "# Wheel\n",
    "pyproject.toml": f'{PYPROJECT}addopts = "{QUICK}"\n',
}

ROLL = '''

def roll_credit(old: float, new: float, fee: float) -> float:
    """What a roll brings."""
    if new <= old:
        return 0.0
    return new - old - fee
'''

TEST_ROLL = """

def test_roll():
    assert roll_credit(1.0, 2.0, 0.25) == 0.75
    assert roll_credit(2.0, 2.0, 0.25) == 0.0
    assert roll_credit(3.0, 2.0, 0.25) == 0.0
"""

Edits = Mapping[str, str | None]


def with_roll(tests: str) -> dict[str, str | None]:
    """The project with one more function, and these tests of it."""
    imports = TESTS.replace("break_even, bucket", "break_even, bucket, roll_credit")
    return {PUTS: CODE + ROLL, TEST_PUTS: imports + tests}


@dataclass(frozen=True)
class WheelProject:
    """The project in a repository; what a run of its base found is remembered."""

    checkout: Checkout
    cache: ShortMemory = field(default_factory=ShortMemory)

    def change(self, edits: Edits, below: str = "") -> Change:
        """Commit some texts on top of the base; None takes a file away. The project is the folder `below`."""
        self.checkout.git("checkout", "--quiet", "--force", "-B", "work", "base")
        for name, text in edits.items():
            if text is None:
                (self.checkout.folder / name).unlink()
            else:
                self.checkout.write(name, text)
        self.checkout.commit()
        return change_of(self.checkout.folder / below, "base")

    def stand(self, edits: Edits, purpose: str = "", below: str = "") -> AbstractContextManager[Stand]:
        return open_stand(self.change(edits, below), Sandbox(), purpose, cache=self.cache)

    def verdict(self, edits: Edits, purpose: str = "", below: str = "") -> Verdict:
        """What the gate of the tests says of that change."""
        with self.stand(edits, purpose, below) as stand:
            return run_gate("tests", stand)

    def written(self, edits: Edits) -> list[Finding]:
        """What can be said of the change without running it."""
        change = self.change(edits)
        return [*guarded_findings(change), *Reading(Parts(change)).findings()]


def new_wheel_project(folder: Path, files: Mapping[str, str] = FILES) -> WheelProject:
    """A repository whose branch `base` holds these files."""
    folder.mkdir(parents=True)
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    for name, text in files.items():
        checkout.write(name, text)
    checkout.commit()
    checkout.git("branch", "base")
    return WheelProject(checkout)


def failing(verdict: Verdict) -> set[str]:
    """The rules by which a verdict fails."""
    return {one.rule for one in verdict.checked.findings if one.fails}
