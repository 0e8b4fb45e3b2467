"""Gate 2 before anything runs: what became of each test, and what code does to please tests."""

import re
from pathlib import Path

import pytest
from wheel_project import (
    CODE,
    EVEN,
    FILES,
    PUTS,
    ROLL,
    TEST_EVEN,
    TEST_PUTS,
    TEST_ROLL,
    TESTS,
    Edits,
    WheelProject,
    new_wheel_project,
    with_roll,
)

ASSERTION = "    assert break_even(100.0, 2.5) == 97.5\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> WheelProject:
    return new_wheel_project(tmp_path_factory.mktemp("written") / "wheel")


def instead(text: str) -> Edits:
    return {TEST_PUTS: TESTS.replace(ASSERTION, text)}


WITHOUT_BREAK_EVEN = re.sub(r"def test_break_even.*?97.5\n\n\n", "", TESTS, flags=re.DOTALL)
SKIPPED = TESTS.replace("def test_break_even", "@pytest.mark.skip\ndef test_break_even")
XFAILED = EVEN.replace("class Test", "import pytest\n\n\n@pytest.mark.xfail\nclass Test")
GUARDED = "    try:\n        assert break_even(100.0, 2.5) == 97.5\n    except AssertionError:\n        pass\n"
SUPPRESSED = "    import contextlib\n    with contextlib.suppress(AssertionError):\n    " + ASSERTION
SHADOWED = TESTS + "\n\ndef test_break_even():\n    assert True\n"

TAMPERED: dict[str, tuple[str, Edits]] = {
    "a test is deleted": ("test-deleted", {TEST_PUTS: WITHOUT_BREAK_EVEN}),
    "a file of tests is deleted": ("test-deleted", {TEST_EVEN: None}),
    "a test is skipped": ("test-skipped", {TEST_PUTS: SKIPPED}),
    "a class is expected to fail": ("test-skipped", {TEST_EVEN: XFAILED}),
    "a test skips itself": ("test-skipped", instead("    pytest.skip('flaky')\n" + ASSERTION)),
    "a file skips itself": (
        "test-skipped",
        {TEST_EVEN: f"import pytest\n\npytest.skip('no', allow_module_level=True)\n{EVEN}"},
    ),
    "a file is marked": ("test-skipped", {TEST_EVEN: EVEN + "\n\npytestmark = pytest.mark.skip\n"}),
    "truth instead of a value": ("test-weakened", instead("    assert break_even(100.0, 2.5)\n")),
    "no more than a type": ("test-weakened", instead("    assert isinstance(break_even(100.0, 2.5), float)\n")),
    "assert True": ("test-weakened", instead("    assert True\n")),
    "or True": ("test-weakened", instead(ASSERTION.replace("97.5", "97.5 or True"))),
    "an assertion less": (
        "test-weakened",
        {TEST_PUTS: TESTS.replace("    assert annual_yield(1.0, 100.0, 73) == pytest.approx(0.05)\n", "")},
    ),
    "any exception": (
        "test-weakened",
        {TEST_PUTS: TESTS.replace("raises(ValueError, match=", "raises(Exception, match=")},
    ),
    "no message": ("test-weakened", {TEST_PUTS: TESTS.replace(', match="positive"', "")}),
    "a huge tolerance": ("test-weakened", {TEST_PUTS: TESTS.replace("approx(0.05)", "approx(0.05, abs=10)")}),
    "a looser tolerance": ("test-weakened", {TEST_PUTS: TESTS.replace("approx(0.05)", "approx(0.05, abs=0.02)")}),
    "a caught assertion": ("test-weakened", instead(GUARDED)),
    "a suppressed assertion": ("test-weakened", instead(SUPPRESSED)),
    "a return before it": ("test-weakened", instead("    return\n" + ASSERTION)),
    "if False before it": ("test-weakened", instead("    if False:\n    " + ASSERTION)),
    "a case less": ("test-weakened", {TEST_PUTS: TESTS.replace(', (-0.4, "near")', "")}),
    "an empty test under the same name": ("test-weakened", {TEST_PUTS: SHADOWED}),
    "a new test without an assertion": (
        "test-asserts-nothing",
        with_roll("\n\ndef test_roll():\n    roll_credit(1.0, 2.0, 0.25)\n"),
    ),
    "a new conftest": ("test-configuration", {"tests/conftest.py": "def pytest_collection_modifyitems(items): ...\n"}),
    "other test paths": (
        "test-configuration",
        {"pyproject.toml": FILES["pyproject.toml"].replace('"tests"', '"other"')},
    ),
    "a pytest.ini": ("test-configuration", {"pytest.ini": "[pytest]\naddopts = -k nothing\n"}),
    "a section of tox.ini": ("test-configuration", {"tox.ini": "[pytest]\naddopts = -k nothing\n"}),
    "what coverage leaves out": ("test-configuration", {".coveragerc": "[run]\nomit = *\n"}),
    "a program at every start": ("test-configuration", {"sitecustomize.py": "import os\n"}),
    "a plugin of a test": ("test-configuration", {TEST_EVEN: f'pytest_plugins = ["wheel.quiet"]\n{EVEN}'}),
    "a module in pytest's place": ("test-configuration", {"pytest.py": "def main(): ...\n"}),
    "the rules of Magnus": ("judging-files", {".magnus.toml": "[gates]\nmin_score = 0\n"}),
    "what CI runs": ("judging-files", {".github/workflows/ci.yml": "on: push\n"}),
    "an agent": ("judging-files", {".magnus/agents/tester.md": "# Tester\n"}),
    "a line nobody has to cover": ("coverage-hidden", {PUTS: CODE + ROLL.replace(":\n", ":  # pragma: no cover\n", 1)}),
    "code that looks for pytest": (
        "knows-the-tests",
        {PUTS: CODE + '\n\nimport sys\n\nif "pytest" in sys.modules:\n    break_even = None\n'},
    ),
    "code that looks for the test": (
        "knows-the-tests",
        {PUTS: CODE + '\n\nimport os\n\nif os.environ.get("PYTEST_CURRENT_TEST"):\n    break_even = None\n'},
    ),
    "the answer to one question": (
        "hard-coded-expectation",
        {
            PUTS: CODE
            + ROLL.replace("    if new", "    if old == 3.5 and new == 4.75:\n        return 1.15\n    if new"),
            TEST_PUTS: with_roll(f"{TEST_ROLL}    assert roll_credit(3.5, 4.75, 0.1) == 1.15\n")[TEST_PUTS],
        },
    ),
    "the answer to every question": (
        "hard-coded-expectation",
        {
            PUTS: f"{CODE}\n\ndef roll_credit(old: float, new: float, fee: float) -> float:\n    return 0.75\n",
            TEST_PUTS: with_roll("\n\ndef test_roll():\n    assert roll_credit(1.0, 2.0, 0.25) == 0.75\n")[TEST_PUTS],
        },
    ),
}

SPLIT = "\n\ndef test_break_even"
FIRST_HALF, SECOND_HALF = TESTS.split(SPLIT)
IMPORTS = "import pytest\n\nfrom wheel.puts import break_even, bucket\n"
CASES = """@pytest.mark.parametrize(("dte", "expected"), [(365, 0.01), (73, 0.05)])
def test_a_year_of_premium(dte, expected):
    assert annual_yield(1.0, 100.0, dte) == pytest.approx(expected)
"""
TWO_ASSERTIONS = """def test_a_year_of_premium():
    assert annual_yield(1.0, 100.0, 365) == pytest.approx(0.01)
    assert annual_yield(1.0, 100.0, 73) == pytest.approx(0.05)
"""
HELPED = "\n\ndef agrees(old, new, credit):\n    assert roll_credit(old, new, 0.25) == credit\n"

TAKEN = "\n\ndef test_break_even():\n    assert break_even(1.0, 1.0) < 1\n"

HONEST: dict[str, Edits] = {
    "a feature and its test": with_roll(TEST_ROLL),
    "a test that a helper asserts for": with_roll(f"{HELPED}\n\ndef test_roll():\n    agrees(1.0, 2.0, 0.75)\n"),
    "a file of tests that moved": {TEST_EVEN: None, "tests/unit/test_even.py": EVEN},
    "a file of tests in two": {TEST_PUTS: f"{FIRST_HALF}\n", "tests/test_more.py": IMPORTS + SPLIT + SECOND_HALF},
    "a test with a better name": {TEST_PUTS: TESTS.replace("def test_break_even", "def test_where_nothing_is_lost")},
    "a test with a comment": instead(f"    # by hand\n{ASSERTION}"),
    "assertions that became cases": {TEST_PUTS: TESTS.replace(TWO_ASSERTIONS, CASES)},
    "another name for a function": {
        name: text.replace("break_even", "no_loss_at")
        for name, text in {PUTS: CODE, TEST_PUTS: TESTS, TEST_EVEN: EVEN}.items()
    },
    "a tolerance of rounding": {TEST_PUTS: TESTS.replace("== 97.5", "== pytest.approx(97.5, abs=1e-6)")},
    "another version": {"pyproject.toml": FILES["pyproject.toml"].replace('version = "1"', 'version = "2"')},
    "another section of setup.cfg": {"setup.cfg": "[metadata]\nname = wheel\n"},
    "a base case that a test knows": with_roll("\n\ndef test_roll():\n    assert roll_credit(2.0, 2.0, 0.25) == 0.0\n"),
    "a table of words": {PUTS: CODE + '\n\ndef right(kind: str) -> int:\n    return 100 if kind == "put" else 10\n'},
    "a name that goes to another test": {TEST_PUTS: TESTS.replace("test_break_even", "test_the_old") + TAKEN},
    "code that runs what it is told": {
        PUTS: CODE + '\n\ndef words(tool: str) -> list[str]:\n    return ["-q"] if tool == "pytest" else []\n'
    },
    "code that starts pytest": {
        "wheel/check.py": 'import sys\nfrom subprocess import run\n\nrun([sys.executable, "-m", "pytest", *sys.argv])\n'
    },
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_where_it_stands(project: WheelProject, name: str) -> None:
    rule, edits = TAMPERED[name]
    found = project.written(edits)
    assert rule in {one.rule for one in found if one.fails and one.is_acceptable}
    assert {one.file for one in found} <= {*edits, ""}


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_on_tests_is_left_alone(project: WheelProject, name: str) -> None:
    assert project.written(HONEST[name]) == []


def test_a_conftest_with_another_comment_is_the_same(tmp_path: Path) -> None:
    conftest = "import pytest\n\n\n@pytest.fixture\ndef put():\n    return 1\n"
    project = new_wheel_project(tmp_path / "wheel", {"conftest.py": conftest, "tests/test_even.py": EVEN})
    assert project.written({"conftest.py": f"# Ours.\n{conftest}"}) == []
    assert [one.rule for one in project.written({"conftest.py": conftest.replace("1", "2")})] == ["test-configuration"]
    assert [one.rule for one in project.written({"conftest.py": None})] == ["test-configuration"]


def test_several_deleted_tests_of_a_file_are_one_finding(project: WheelProject) -> None:
    [found] = project.written({TEST_EVEN: None})
    assert found.message == (
        "tests/test_even.py is gone: 2 tests were deleted: "
        "TestBreakEven::test_premium_lowers_it, TestBreakEven::test_nothing."
    )
