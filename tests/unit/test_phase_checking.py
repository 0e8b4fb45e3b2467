"""Criteria held against a real tree, with real commands; what is not seen is not met."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap
from changed_project import changed_project

from tools.checks.stand import Stand, open_stand
from tools.code.sandbox import Sandbox
from tools.phases.checking import BEFORE, Held, hold

pytestmark = needs_bubblewrap
GOOD = "import client\n\n\ndef test_a_login():\n    client.post('/login')\n"
BASE = {
    "conftest.py": "",
    "client.py": "def post(path):\n    return path\n\n\nget = post\n",
    "tests/test_login.py": GOOD,
    "tests/test_old.py": "import client\n\n\ndef test_it():\n    client.get('/old')\n    assert 0\n",
    "tests/test_skipped.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_it():\n    assert 0\n",
    "check.py": "import pathlib, sys\n\nsys.exit(0 if pathlib.Path('part.md').exists() else 3)\n",
}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    change = changed_project(tmp_path_factory.mktemp("held") / "shop", BASE, {"part.md": "x\n"})
    (change.root / "left.md").write_text("never committed\n")
    with open_stand(change, Sandbox()) as stand:
        yield stand


def held(stand: Stand, criterion: str, *handoffs: dict[str, Any]) -> Held:
    (found,) = hold(stand, [criterion], handoffs)
    return found


@pytest.mark.parametrize(
    ("criterion", "is_met", "seen"),
    [
        ("`python check.py` passes", True, "`python check.py` ended with 0."),
        ("`python check.py` exits 3", False, "`python check.py` ended with 0."),
        ("`python -c 'print(5)'` prints `5`", True, "`python -c 'print(5)'` ended with 0."),
        ("`python -c 'print(6)'` prints `5`", False, "`python -c 'print(6)'` ended with 0: 6."),
        ("`python check.py` and `python gone.py` pass", False, "No such file or directory."),
        ("GET /login works", False, "No test calls GET /login."),
        ("part.md exists", True, "part.md is there."),
        ("part.md and left.md exist", False, "part.md is there; left.md is not there."),
        ("part.md no longer exists", False, "part.md is there."),
        ("left.md no longer exists", True, "left.md is not there."),
    ],
)
def test_a_criterion_is_met_by_what_the_tree_shows(stand: Stand, criterion: str, is_met: bool, seen: str) -> None:
    found = held(stand, criterion)
    assert (found.is_met, found.seen.endswith(seen)) == (is_met, True), found.seen


def test_tests_have_to_run_and_pass_and_those_of_an_endpoint_are_found(stand: Stand) -> None:
    told = {
        "POST /login works": (True, "tests/test_login.py` ended with 0: 1 passed."),
        "tests/test_login.py passes": (True, "tests/test_login.py` ended with 0: 1 passed."),
        "GET /old works": (False, "tests/test_old.py` ended with 1: 1 failed."),
        "tests/test_login.py and tests/test_old.py pass": (False, "ended with 1: 1 failed, 1 passed."),
        "tests/test_skipped.py passes": (False, "ended with 0: 1 skipped."),
    }
    for found in hold(stand, list(told), []):
        is_met, seen = told[found.criterion]
        assert (found.is_met, found.seen.endswith(seen)) == (is_met, True), found


def test_each_command_has_the_files_for_itself(stand: Stand) -> None:
    make = '`python -c \'open("made.txt", "x")\'` passes'
    found = hold(stand, [make, make.replace('"x"', '"r"').replace("passes", "exits 1")], [])
    assert [one.is_met for one in found] == [True, True], found


def claimed(statement: str, command: str = "python check.py", **other: Any) -> dict[str, Any]:
    """A handoff of the tester with one claim."""
    claim = {"statement": statement, "command": command, "exit_code": 0, "is_proven": True, "why_not": ""} | other
    ran = [{"command": other.get("ran", command), "exit_code": 0}]
    return {"from_agent": "qa_debugger", "context": {"claims": [claim]}, "deliverables": {"evidence": ran}}


NOTHING = "this command shows nothing"


@pytest.mark.parametrize(
    ("handoff", "why"),
    [
        (claimed("Criterion 1: it is tidy."), ""),
        (claimed("criterion 1 holds, as one sees"), ""),
        (claimed("The desk is tidy now."), ""),
        (claimed("Criterion 2: the desk is tidy."), "qa_debugger showed nothing for it."),
        (claimed("All is well."), "qa_debugger showed nothing for it."),
        (claimed("Criterion 1.", is_proven=False, why_not="no such command ran"), "no such command ran"),
        (claimed("Criterion 1.", "true"), NOTHING),
        (claimed("Criterion 1.", "/bin/true"), NOTHING),
        (claimed("Criterion 1.", "echo fine"), NOTHING),
        (claimed("Criterion 1.", "exit 0"), NOTHING),
        (claimed("Criterion 1.", "git status"), NOTHING),
        (claimed("Criterion 1.", "python -c ''"), NOTHING),
        (claimed("Criterion 1.", "python check.py || true"), NOTHING),
        (claimed("Criterion 1.", "python check.py; echo done"), NOTHING),
        (claimed("Criterion 1.", ran=f"python check.py {BEFORE}"), "it ran on the code before"),
        (claimed("Criterion 1.") | {"from_agent": "python_pro"}, "qa_debugger showed nothing for it."),
    ],
)
def test_a_criterion_that_code_cannot_check_needs_a_proven_claim_of_the_tester(
    stand: Stand, handoff: dict[str, Any], why: str
) -> None:
    found = held(stand, "The desk is tidy", handoff)
    assert (found.is_met, why in found.seen) == (not why, True), found.seen


def test_what_a_tester_showed_before_the_code_was_changed_again_counts_no_more(stand: Stand) -> None:
    silent = claimed("Criterion 2: another thing.")
    assert held(stand, "The desk is tidy", claimed("Criterion 1.")).is_met
    assert not held(stand, "The desk is tidy", claimed("Criterion 1."), silent).is_met


def test_a_test_that_only_claims_the_endpoint_in_words_does_not_count(tmp_path: Path) -> None:
    words = {"tests/test_words.py": '"""POST /login"""\n\n\ndef test_it():\n    assert True\n'}
    with open_stand(changed_project(tmp_path / "shop", {"conftest.py": ""}, words), Sandbox()) as stand:
        assert held(stand, "POST /login works").seen == "No test calls POST /login."
