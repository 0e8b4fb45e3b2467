"""Gate 2 with real suites in a real box: what passes, what fails and by which rule."""

import json
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from wheel_project import (
    CODE,
    EVEN,
    FILES,
    PUTS,
    PYPROJECT,
    ROLL,
    TEST_EVEN,
    TEST_PUTS,
    TEST_ROLL,
    TESTS,
    Edits,
    WheelProject,
    failing,
    new_wheel_project,
    with_roll,
)

from tools.checks.gates import run_gate
from tools.checks.outcomes import Outcomes, read_outcomes
from tools.code.limits import Ran

pytestmark = needs_bubblewrap

BROKEN = CODE.replace("strike - premium", "strike + premium")
FIXED = CODE.replace("if size < 0.4", "if size <= 0.4")
TEST_FIXED = TESTS.replace('(-0.4, "near")', '(-0.4, "usual"), (-0.41, "near")')
BENT = {PUTS: BROKEN, TEST_PUTS: TESTS.replace("== 97.5", "== 102.5"), TEST_EVEN: EVEN.replace("< 50.0", "> 50.0")}
MORE = "\n\ndef test_more():\n    assert bucket(0.1) == 'far'\n"
FORGED = """import _pytest.runner as runner


def make(cls, func, when, reraise=None):
    try:
        result = func()
    except BaseException:
        result = None
    return cls(result, None, start=0.0, stop=0.0, duration=0.0, when=when, _ispytest=True)


runner.CallInfo.from_call = classmethod(make)


def test_forged():
    assert runner.__name__ == "_pytest.runner"
"""
LEFT = "\n\ndef test_left():\n    import os\n\n    assert os.getpid() > 0\n    os._exit(0)\n"
ENDED = "\n\ndef test_left():\n    import pytest\n\n    assert pytest\n    pytest.exit('done', 0)\n"
LOOKS_AWAY = """

def test_roll():
    assert roll_credit(1.0, 2.0, 0.25) is not None
    assert roll_credit(2.0, 2.0, 0.25) is not None
"""
NEVER = """

class TestMore:
    def __init__(self):
        self.strike = 50.0

    def test_more(self):
        assert break_even(self.strike, 2.0) == 48.0
"""
HALF = "\n\ndef test_roll():\n    assert roll_credit(3.0, 2.0, 0.25) == 0.0\n"

TERM = """

def term(days: int) -> str:
    if days < 7:
        return "short"
    return "long"
"""
PAID = """

def paid(shares: int) -> int:
    if shares <= 0:
        return 0
    return shares * 2
"""
HALVED = PAID.replace("paid", "half").replace("int", "float").replace("* 2", "/ 2")


def with_function(name: str, code: str, *claims: str) -> Edits:
    """The project with one more function, and a test that claims something of it."""
    body = "".join(f"    assert {name}({claim}\n" for claim in claims)
    imports = TESTS.replace("break_even, bucket", f"break_even, bucket, {name}")
    return {PUTS: CODE + code, TEST_PUTS: f"{imports}\n\ndef test_{name}():\n{body}"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> WheelProject:
    return new_wheel_project(tmp_path_factory.mktemp("gate") / "wheel project")


BAD: dict[str, tuple[str, str, Edits]] = {
    "a test fails": ("test-fails", "", {PUTS: BROKEN}),
    "a test cannot be loaded": ("test-fails", "", {TEST_EVEN: EVEN.replace("break_even\n", "nothing\n", 1)}),
    "there is no test": ("no-test-changed", "", {PUTS: CODE + ROLL}),
    "no test looks at what changed": (
        "no-test-changed",
        "",
        {PUTS: CODE.replace("return strike - premium", "return max(strike - premium, 0.5)")},
    ),
    "half of it is run": ("diff-coverage", "", with_roll(HALF)),
    "it is run and not looked at": ("mutants-survive", "", with_roll(LOOKS_AWAY)),
    "no test stands on an edge": (
        "boundary-untested",
        "",
        with_function("term", TERM, "2) == 'short'", "20) == 'long'", "200) == 'long'"),
    ),
    "the expectation is bent to the code": ("base-test-fails", "", BENT),
    "a test makes every test pass": ("base-test-fails", "", {PUTS: BROKEN, "tests/test_aaa.py": FORGED}),
    "the tests are not found any more": ("test-not-collected", "", {TEST_EVEN: None, "tests/even.py": EVEN}),
    "a new test is never collected": ("test-not-collected", "", {TEST_EVEN: EVEN + NEVER}),
    "a test ends the run": ("suite", "", {TEST_EVEN: EVEN + LEFT}),
    "a test ends pytest": ("suite", "", {TEST_EVEN: EVEN + ENDED}),
    "a fix has no test": ("no-failing-test", "fix_bug", {PUTS: CODE.replace("size < 0.4", "size <= 0.3999")}),
    "the test of a fix passed before": (
        "no-failing-test",
        "fix_bug",
        {PUTS: CODE.replace("size < 0.4", "size <= 0.3999"), TEST_PUTS: TESTS + MORE},
    ),
}
GOOD: dict[str, tuple[str, Edits]] = {
    "a feature and its test": ("", with_roll(TEST_ROLL)),
    "a fix and its test": ("fix_bug", {PUTS: FIXED, TEST_PUTS: TEST_FIXED}),
    "the same code in other words": ("", {PUTS: CODE.replace("size", "distance")}),
    "an edge that both sides share": ("", with_function("paid", PAID, "-1) == 0", "0) == 0", "3) == 6")),
    "an edge that nobody meets by chance": ("", with_function("half", HALVED, "-1.5) == 0", "1.5) == 0.75")),
    "an error in other words": (
        "",
        {
            PUTS: CODE.replace("to be positive", "to be above 0"),
            TEST_PUTS: TESTS.replace('match="positive"', 'match="above"'),
        },
    ),
    "a file of tests that moved": ("", {TEST_EVEN: None, "tests/unit/test_even.py": EVEN}),
    "a function under another name": (
        "",
        {name: FILES[name].replace("break_even", "no_loss_at") for name in (PUTS, TEST_PUTS, TEST_EVEN)},
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_change_fails(project: WheelProject, name: str) -> None:
    rule, purpose, edits = BAD[name]
    verdict = project.verdict(edits, purpose)
    assert (verdict.state, rule in failing(verdict)) == ("failed", True)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_change_passes(project: WheelProject, name: str) -> None:
    purpose, edits = GOOD[name]
    verdict = project.verdict(edits, purpose)
    assert (verdict.state, failing(verdict)) == ("passed", set())


def test_a_feature_is_counted_and_measured(project: WheelProject) -> None:
    verdict = project.verdict(with_roll(TEST_ROLL))
    counts = verdict.checked.counts
    assert (counts["passed"], counts["changed_statements"], counts["diff_coverage"]) == (10, 4, 100)
    assert 0 < counts["mutants_killed"] <= counts["mutants"]
    assert verdict.checked.versions.keys() == {"pytest", "coverage"}


def test_documents_are_none_of_its_business(project: WheelProject) -> None:
    verdict = project.verdict({"README.md": "# The wheel\n", "docs/how.md": "How.\n"})
    assert (verdict.state, verdict.checked.commands) == ("skipped", ())


def test_the_base_is_run_once_for_a_tree(project: WheelProject) -> None:
    edits = {PUTS: CODE.replace("A word for", "The word for")}
    project.verdict(edits)
    assert len(project.verdict(edits).checked.commands) == 1


def test_a_person_may_answer_for_a_deleted_test(project: WheelProject) -> None:
    with project.stand({TEST_EVEN: None}) as stand:
        verdict = run_gate("tests", stand)
        accepted = {one.id: "Ada" for one in verdict.checked.findings}
        assert (verdict.state, run_gate("tests", stand, accepted).state) == ("failed", "passed")


def test_what_failed_before_is_told_and_not_blamed(tmp_path: Path) -> None:
    net = "import socket\n\n\ndef test_net():\n    socket.create_connection(('10.1.1.1', 80), timeout=1)\n"
    project = new_wheel_project(tmp_path / "wheel", {**FILES, "tests/test_net.py": net})
    verdict = project.verdict(with_roll(TEST_ROLL))
    assert (verdict.state, failing(verdict)) == ("passed", set())
    (told,) = [one for one in verdict.checked.findings if one.rule == "fails-on-the-base-too"]
    assert told.message == "1 tests fail as they did on the base: tests/test_net.py::test_net."


def test_a_suite_that_runs_nowhere_here_is_no_pass(tmp_path: Path) -> None:
    files = {PUTS: CODE, "wheel/__init__.py": "", TEST_EVEN: f"import not_installed\n{EVEN}"}
    verdict = new_wheel_project(tmp_path / "wheel", files).verdict({PUTS: CODE.replace("365", "360")})
    assert (verdict.state, "not on the base either" in verdict.checked.skipped_because) == ("failed", True)


def test_a_project_without_tests_needs_some(tmp_path: Path) -> None:
    project = new_wheel_project(tmp_path / "wheel", {PUTS: CODE, "wheel/__init__.py": ""})
    assert failing(project.verdict({PUTS: CODE + ROLL})) == {"no-tests"}
    assert project.verdict({PUTS: CODE.replace("A word for", "The word for")}).state == "passed"
    assert project.verdict({"wheel/table.json": "{}\n"}).state == "skipped"


def test_a_hanging_suite_is_named(tmp_path: Path) -> None:
    files = {**FILES, ".magnus.toml": "[gates]\ntimeout_s = 6\n"}
    project = new_wheel_project(tmp_path / "wheel", files)
    verdict = project.verdict({PUTS: CODE.replace("    size = abs(delta)", "    while True:\n        pass")})
    (found,) = [one for one in verdict.checked.findings if one.fails and one.rule == "suite"]
    assert (
        found.message == "The command was stopped: it ran longer than 6 s in tests/test_puts.py::test_bucket[-0.1-far]."
    )


def test_a_project_whose_python_has_no_pytest_borrows_one(tmp_path: Path) -> None:
    project = new_wheel_project(tmp_path / "wheel", {**FILES, ".gitignore": ".venv\n"})
    venv.create(project.checkout.folder / ".venv", symlinks=True)
    with project.stand(with_roll(TEST_ROLL)) as stand:
        verdict = run_gate("tests", stand)
        assert stand.python == project.checkout.folder / ".venv"
    assert (verdict.state, verdict.checked.counts["diff_coverage"]) == ("passed", 100)


def test_what_a_project_asks_of_pytest_plugins_does_not_disturb_the_measuring(tmp_path: Path) -> None:
    options = 'addopts = "--cov=wheel --cov-report=term --cov-fail-under=100 -n auto -x --strict-markers"\n'
    files = {f"lib/{name}": text for name, text in {**FILES, "pyproject.toml": f"{PYPROJECT}{options}"}.items()}
    project = new_wheel_project(tmp_path / "wheel", files)
    edits = {f"lib/{name}": text for name, text in with_roll(TEST_ROLL).items()}
    verdict = project.verdict(edits, below="lib")
    assert (verdict.state, failing(verdict), verdict.checked.counts["diff_coverage"]) == ("passed", set(), 100)


@pytest.mark.parametrize(
    ("command", "code", "states"),
    [
        ("sh run.sh", CODE.replace("A word for", "The word for"), ("passed", set())),
        ("sh run.sh", BROKEN, ("failed", {"test-fails", "no-test-changed"})),
        ("python -m pytest tests/test_even.py", BROKEN, ("failed", {"test-fails"})),
    ],
)
def test_the_projects_own_command_is_run(tmp_path: Path, command: str, code: str, states: tuple[str, set[str]]) -> None:
    own = {".magnus.toml": f'[project]\ntests = "{command}"\n', "run.sh": "python -m unittest check.py\n"}
    check = "import unittest\n\nfrom wheel.puts import break_even\n\n\nclass Even(unittest.TestCase):\n"
    check += "    def test_one(self):\n        self.assertEqual(break_even(3, 1), 2)\n"
    project = new_wheel_project(tmp_path / "wheel", {**FILES, **own, "check.py": check})
    verdict = project.verdict({PUTS: code})
    assert (verdict.state, failing(verdict)) == states


PASSED = {"what": "report", "id": "a.py::test", "when": "call", "outcome": "passed", "seconds": 0.1, "why": ""}
REPORT = [
    {"what": "collected", "ids": ["a.py::test"]},
    {"what": "begun", "id": "a.py::test"},
    {**PASSED, "kind": "", "xfail": False},
    {"what": "finished", "code": 0, "seconds": 1.0, "pytest": "9"},
]


def told(events: list[dict[str, object]], exit_code: int = 0) -> Outcomes:
    lines = "\n".join(json.dumps(event) for event in events)
    return read_outcomes(lines, Ran(("pytest",), exit_code, 1.0, "", ""))


def test_a_whole_report_is_believed() -> None:
    found = told(REPORT)
    assert (found.trouble, found.ids("passed")) == ("", {"a.py::test"})


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda: told(REPORT[:-1]),
        lambda: told([]),
        lambda: told(REPORT, exit_code=1),
        lambda: told([*REPORT[:2], REPORT[3]]),
        lambda: told([*REPORT[:2], {**REPORT[2], "outcome": "failed"}, REPORT[3]]),
        lambda: told([*REPORT[:3], {**REPORT[3], "code": 1}], exit_code=1),
        lambda: told([*REPORT[:3], {**REPORT[3], "code": 2}], exit_code=2),
        lambda: read_outcomes("{", Ran(("pytest",), 0, 1.0, "", "")),
    ],
)
def test_a_report_that_contradicts_itself_is_not(spoiled: Callable[[], Outcomes]) -> None:
    assert spoiled().trouble
