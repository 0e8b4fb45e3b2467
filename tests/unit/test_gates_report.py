"""What a person reads of a judgement: the three findings that matter most, then a line a gate."""

import json
from pathlib import Path

import pytest
from checkouts import new_checkout
from verdicts import LOG, verdict

from apps.cli.gates_report import LONGEST_LOG, Progress, as_json, show_judgement
from tools.checks.change import change_of
from tools.checks.findings import Finding
from tools.checks.judging import Judgement
from tools.checks.verdict import Checked, GateName, Verdict, judge
from tools.code.limits import Ran

FAILING = Finding("src/app.py", 3, "failed", "test_total fails.", "critical")
TAMPER = Finding("conftest.py", 1, "conftest", "It can hide tests.", is_acceptable=True)
LONG = Finding("src/app.py", 0, "secret", f"[bold]A key\x1b[2J{' and more' * 30}", "critical")
STYLE = Finding("src/app.py", 9, "style", "A long line.", "low", fails=False)


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Shown":
    return Shown(tmp_path, capsys)


class Shown:
    """The lines of a report on a change of one file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.change, self.capsys = change_of(new_checkout(folder / "wheel").folder), capsys

    def judgement(self, *verdicts: Verdict) -> Judgement:
        return Judgement(self.change, {one.gate: one for one in verdicts}, {one.gate: 7 for one in verdicts}, "")

    def __call__(self, *verdicts: Verdict) -> list[str]:
        show_judgement(self.judgement(*verdicts))
        lines = self.capsys.readouterr().out.splitlines()
        assert [line for line in lines if len(line) > 80] == []
        return lines


def test_the_three_gravest_come_first_and_the_rest_is_counted(shown: Shown) -> None:
    lines = shown(verdict("syntax"), verdict("tests", STYLE, TAMPER, FAILING), verdict("review", LONG))
    assert lines[0] == "The change does not pass."
    assert [line[:3] for line in lines if line[:2] in ("1.", "2.", "3.", "4.")] == ["1. ", "2. ", "3. "]
    said = "\n".join(lines)
    assert said.index("[bold]A key") < said.index("test_total fails") < said.index("It can hide tests")
    assert f'magnus gates --accept {TAMPER.id} --why "..."' in said
    assert FAILING.id not in said
    assert "1 more finding: --json has them all." in lines
    assert "\x1b[2J" not in said


def test_each_gate_is_one_line_with_state_score_seconds_and_reason(shown: Shown) -> None:
    low = judge("review", Checked(score=84.5, seconds=2))
    unseen = judge("integration", Checked(skipped_because=f"Nothing{' of it' * 20}", is_free_to_skip=True))
    waiting = verdict("performance", waits_for="A person has to look at it.")
    lines = shown(verdict("syntax"), verdict("tests", FAILING, TAMPER), unseen, low, waiting)
    assert [" ".join(line.split()) for line in lines[-6:]] == [
        "performance waits: A person has to look at it.",
        "syntax passed 1.5 s",
        "tests failed 1.5 s test_total fails, and 1 more",
        "integration skipped 0.0 s Nothing of it of it of it of it of it of it…",
        "review failed 84.5 2.0 s The score is too low.",
        "performance waiting 1.5 s A person has to look at it.",
    ]


def test_who_answered_for_a_finding_is_told_and_it_matters_no_more(shown: Shown) -> None:
    lines = shown(judge("tests", Checked((TAMPER,)), accepted={TAMPER.id: "ada"}))
    assert lines[0] == "The change passes."
    assert lines[2].split()[-3:] == ["Accepted", "by", "ada"]
    assert len(lines) == 3


def test_json_has_the_end_of_a_long_log_and_the_digest_of_all_of_it(shown: Shown) -> None:
    ran = Ran(("pytest",), 0, 1.0, LOG * 100, "")
    told = as_json(shown.judgement(judge("tests", Checked(commands=(ran,)))), ["careful"])
    (command,) = json.loads(json.dumps(told))["gates"][0]["commands"]
    assert command["log"] == ran.log[-LONGEST_LOG:]
    assert len(command["log_sha256"]) == 64
    assert (told["passed"], told["warnings"], told["gates"][0]["evidence"]) == (True, ["careful"], 7)


@pytest.mark.parametrize("gate", ["syntax", "performance"])
def test_progress_goes_to_standard_error_one_line_for_each_end(
    gate: GateName, capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress() as told:
        told(gate, None)
        told(gate, verdict(gate, FAILING))
    seen = capsys.readouterr()
    assert (seen.out, seen.err.split()) == ("", [gate, "failed", "1.5", "s"])
