"""What users of a project can no longer do: signatures and command lines of a base held against those of a change."""

from pathlib import Path

import pytest
from changed_project import Texts, changed_project

from tools.checks.breaking import breaking_findings
from tools.checks.command_line import CommandLine, command_line, lost_words
from tools.checks.findings import Finding

PRICES = '''"""Prices."""


def premium(bid, ask, weight=0.5, *, rounded=True):
    """Between bid and ask."""
    middle = bid * (1 - weight) + ask * weight
    return round(middle, 2) if rounded else middle


def spread(bid, ask):
    """How far they are apart."""
    return (ask - bid) / max((ask + bid) / 2, 0.01)


class Chain:
    """Puts of one expiry."""

    size: int = 100

    def strikes(self, low=0.0):
        """The strikes above one."""
        return [strike for strike in (90.0, 95.0, 100.0) if strike > low]


def _private(value):
    return value
'''
LIBRARY = '[project]\nname = "desk"\n\n[build-system]\nrequires = ["setuptools"]\n'
USER = "from desk.prices import premium\n\nprint(premium(1.0, 1.2, weight=0.4))\n"
APPLICATION = {"desk/__init__.py": "", "desk/prices.py": PRICES, "desk/report.py": USER}
PACKAGE = {**APPLICATION, "pyproject.toml": LIBRARY}
HANDS_OUT = {**PACKAGE, "desk/__init__.py": "from desk.prices import Chain, premium\n"}
DOCUMENTED = {**APPLICATION, "README.md": "```python\nfrom desk.prices import spread\n```\n"}
SPREAD = PRICES[PRICES.index("def spread") : PRICES.index("class Chain")]


def found(folder: Path, base: Texts, edits: Texts) -> list[Finding]:
    """What is said of a commit that writes these files."""
    return breaking_findings(changed_project(folder, base, edits))


def failing(findings: list[Finding]) -> list[str]:
    """The words of the findings that fail, and of none that nobody may answer for."""
    assert all(one.is_acceptable for one in findings if one.fails)
    return [one.message for one in findings if one.fails]


def prices(old: str, new: str) -> Texts:
    """The module with one thing changed."""
    assert PRICES.count(old) == 1
    return {"desk/prices.py": PRICES.replace(old, new)}


BROKEN = {
    "a function": (prices(SPREAD, ""), "spread is gone"),
    "a method": (prices("    def strikes(self, low=0.0):", "    def above(self, low, high):"), "Chain.strikes is gone"),
    "a class attribute": (prices("    size: int = 100\n\n", ""), "Chain.size is gone"),
    "an option by its name": (prices("weight=0.5, *, rounded=True", "weight=0.5, rounding=2"), "no parameter rounded"),
    "a default": (prices("low=0.0", "low"), "Chain.strikes needs low now"),
    "the order": (prices("def spread(bid, ask)", "def spread(ask, bid)"), "takes bid at place 2"),
    "a plain function": (prices("def spread", "async def spread"), "is a coroutine now"),
    "what stands at which place": (prices("def spread(bid, ask):", "def spread(high, low):"), "parameter bid high now"),
    "a whole module": ({"desk/prices.py": None, "desk/report.py": None}, "The module desk.prices is gone"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_library_that_takes_something_away_is_found(what: str, tmp_path: Path) -> None:
    edits, words = BROKEN[what]
    assert any(words in told for told in failing(found(tmp_path / "p", PACKAGE, edits)))


COMMAND = f"{PRICES}\n\n@click.command()\n@click.option('--fee', default=0)\ndef scan(fee):\n    return fee\n"
KEPT: dict[str, Texts] = {
    "a new option": prices("weight=0.5", "weight=0.5, fee=0.0"),
    "more freedom": prices("def spread(bid, ask)", "def spread(bid, ask=None, **more)"),
    "another body": prices("return value", "return [value]"),
    "a private function": prices("def _private(value):\n    return value\n", ""),
    "a package with the same names": {
        "desk/prices.py": None,
        "desk/prices/__init__.py": "from .inner import *\n",
        "desk/prices/inner.py": PRICES,
    },
    "a function that others still find here": {
        "desk/prices.py": "from desk.spreads import spread\n" + PRICES.replace(SPREAD, ""),
        "desk/spreads.py": SPREAD,
    },
    "a method that a class above has": {
        "desk/prices.py": PRICES.replace("class Chain:", "class Strikes:").replace("    size: int = 100\n\n", "")
        + "\n\nclass Chain(Strikes):\n    size: int = 100\n"
    },
    "an option of a command, which nobody calls but its program": {
        "desk/prices.py": COMMAND.replace("def scan(fee", "def scan(limit, fee")
    },
    "a required parameter with a new name": prices("def spread(bid, ask):", "def spread(low, ask):"),
}


@pytest.mark.parametrize("what", KEPT)
def test_a_library_that_still_offers_all_it_did_passes(what: str, tmp_path: Path) -> None:
    base = {**PACKAGE, "desk/prices.py": COMMAND} if "command" in what else PACKAGE
    assert failing(found(tmp_path / "p", base, KEPT[what])) == []


def test_a_parameter_that_somebody_gave_by_its_name_keeps_it(tmp_path: Path) -> None:
    edits = prices("def spread(bid, ask):", "def spread(low, ask):")
    said = {**PACKAGE, "tests/test_spread.py": "from desk.prices import spread\n\nspread(bid=1.0, ask=1.2)\n"}
    assert failing(found(tmp_path / "p", said, edits))


def test_an_application_may_rename_what_only_itself_uses(tmp_path: Path) -> None:
    findings = found(tmp_path / "p", APPLICATION, prices("def spread", "def width"))
    assert failing(findings) == []
    assert [one.message for one in findings] == ["spread is gone; it seems to be width now."]


def test_a_name_that_the_package_does_not_hand_out_may_move_and_not_vanish(tmp_path: Path) -> None:
    assert failing(found(tmp_path / "a", HANDS_OUT, prices("def spread", "def width"))) == []
    assert failing(found(tmp_path / "b", HANDS_OUT, prices(SPREAD, "")))
    assert failing(found(tmp_path / "c", HANDS_OUT, prices("def premium", "def middle")))
    assert failing(found(tmp_path / "d", HANDS_OUT, prices("def spread(bid, ask):", "def spread(bid, ask, fee):")))


def test_what_an_application_tests_does_not_vanish_without_a_successor(tmp_path: Path) -> None:
    tested = {**APPLICATION, "tests/test_prices.py": "from desk.prices import premium, spread\n\nspread(1.0, 1.2)\n"}
    gone: Texts = {**prices(SPREAD, ""), "tests/test_prices.py": "from desk.prices import premium\n"}
    assert failing(found(tmp_path / "a", tested, gone)) == ["spread is gone; nothing took its place."]
    assert failing(found(tmp_path / "b", APPLICATION, prices(SPREAD, ""))) == []
    deleted: Texts = {"desk/prices.py": None, "desk/report.py": None, "tests/test_prices.py": None}
    assert failing(found(tmp_path / "c", tested, deleted))
    moved: Texts = {"desk/prices.py": None, "desk/figures.py": PRICES, "desk/report.py": None}
    assert failing(found(tmp_path / "d", tested, moved)) == []


def test_what_the_documents_show_how_to_use_stays_in_an_application_too(tmp_path: Path) -> None:
    assert failing(found(tmp_path / "p", DOCUMENTED, prices("def spread", "def width")))


def test_an_option_that_somebody_used_is_missed_and_one_that_nobody_used_is_not(tmp_path: Path) -> None:
    without = prices("weight=0.5, *, rounded=True", "*, rounded=True")
    text = PRICES.replace("weight=0.5, *, rounded=True", "*, rounded=True")
    followed = {**without, "desk/report.py": USER.replace(", weight=0.4", "")}
    assert failing(found(tmp_path / "a", APPLICATION, followed)) == ["premium has no parameter weight any more."]
    unused = {**APPLICATION, "desk/report.py": USER.replace(", weight=0.4", "")}
    assert failing(found(tmp_path / "b", unused, {"desk/prices.py": text})) == []


def test_a_call_in_the_repository_that_cannot_work_any_more_is_found_where_it_stands(tmp_path: Path) -> None:
    findings = found(tmp_path / "p", APPLICATION, prices("weight=0.5, *, rounded=True", "*, share=0.5"))
    assert [(one.file, one.line) for one in findings if one.fails] == [("desk/report.py", 3)]
    assert "gives it weight" in failing(findings)[0]


def test_what_said_that_it_would_go_may_go(tmp_path: Path) -> None:
    old = PRICES.replace("    return (ask", "    warnings.warn('use width', DeprecationWarning)\n    return (ask")
    old_library = {**PACKAGE, "desk/prices.py": f"import warnings\n{old}"}
    assert failing(found(tmp_path / "p", old_library, {"desk/prices.py": PRICES.replace(SPREAD, "")})) == []


ARGPARSE = """import argparse

parser = argparse.ArgumentParser()
parser.add_argument("symbol")
parser.add_argument("-v", "--verbose", action="store_true")
commands = parser.add_subparsers()
scan = commands.add_parser("scan")
scan.add_argument("--limit", type=int, default=5)
roll = commands.add_parser("roll")
roll.add_argument("--limit", type=int, default=5)
roll.add_argument("--side", choices=["put", "call"])
"""
CLICK = """import click


@click.group()
def main():
    pass


@main.command()
@click.option("--limit", default=5)
def scan(limit):
    pass


@main.command("roll-over")
@click.option("--side", type=click.Choice(["put", "call"]))
def roll(side):
    pass
"""
TYPER = """import typer

app = typer.Typer()


@app.command()
def scan(symbol: str, limit: int = 5, dry_run: bool = typer.Option(False, "--dry", "-n")):
    pass


@app.command()
def roll(side: str = "put"):
    pass
"""
GONE = [
    (ARGPARSE, 'parser.add_argument("-v", "--verbose", action="store_true")\n', "", "the option --verbose is gone"),
    (ARGPARSE, 'scan.add_argument("--limit", type=int, default=5)\n', "", "the option --limit of scan is gone"),
    (ARGPARSE, '["put", "call"]', '["put"]', "the --side of roll does not take call any more"),
    (ARGPARSE, 'scan.add_argument("--limit", type=int, default=5)', 'scan.add_argument("--limit", required=True)',
     "the option --limit of scan has to be given now"),
    (ARGPARSE, '"symbol")', '"symbol")\nparser.add_argument("expiry")', "the argument expiry has to be given now"),
    (CLICK, '@click.option("--limit", default=5)\n', "", "the option --limit of scan is gone"),
    (CLICK, '"roll-over"', '"roll"', "the command roll-over is gone"),
    (TYPER, ", limit: int = 5", "", "the option --limit of scan is gone"),
    (TYPER, '"--dry", "-n"', '"--dry"', "the option -n of scan is gone"),
    (TYPER, "def roll", "def turn", "the command roll is gone"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "old", "new", "told"), GONE)
def test_what_users_typed_and_cannot_any_more_is_named(program: str, old: str, new: str, told: str) -> None:
    assert program.count(old) == 1
    assert told in list(lost_words(command_line(program), command_line(program.replace(old, new))))


SAME = [
    (ARGPARSE, "scan", "scanning", ("scan = ", "scan.")),
    (CLICK, "def roll(side)", "def anything(side)", ()),
    (TYPER, "limit: int = 5", "limit: int = 7, more: int = 1", ()),
    (ARGPARSE, '"symbol"', '"ticker"', ()),
]


@pytest.mark.parametrize(("program", "old", "new", "only"), SAME)
def test_a_command_line_that_takes_what_it_took_passes(program: str, old: str, new: str, only: tuple[str, ...]) -> None:
    now = program
    for words in only or (old,):
        now = now.replace(words, words.replace(old, new))
    assert now != program
    assert list(lost_words(command_line(program), command_line(now))) == []


def test_the_only_command_of_a_program_may_have_any_name() -> None:
    one = 'import click\n\n\n@click.command()\n@click.option("--dry")\ndef main(dry):\n    pass\n'
    assert list(lost_words(command_line(one), command_line(one.replace("main", "run")))) == []
    assert list(lost_words(command_line(one), CommandLine())) != []


def test_an_option_may_move_to_another_file_of_the_change(tmp_path: Path) -> None:
    line = 'parser.add_argument("-v", "--verbose", action="store_true")\n'
    moved = {"cli.py": ARGPARSE.replace(line, ""), "more.py": f"def add(parser):\n    {line}"}
    assert failing(found(tmp_path / "a", {"cli.py": ARGPARSE}, moved)) == []
    assert failing(found(tmp_path / "b", {"cli.py": ARGPARSE}, {"cli.py": ARGPARSE.replace(line, "")}))


def test_a_command_that_is_not_installed_any_more_is_found(tmp_path: Path) -> None:
    scripts = '[project]\nname = "desk"\n[project.scripts]\ndesk = "desk.cli:main"\ndesk-old = "desk.cli:old"\n'
    edits = {"pyproject.toml": scripts.replace('desk-old = "desk.cli:old"\n', "")}
    findings = found(tmp_path / "p", {"pyproject.toml": scripts}, edits)
    assert failing(findings) == ["The command desk-old is not installed any more."]


def test_tests_and_scripts_are_nobodys_interface(tmp_path: Path) -> None:
    base = {**PACKAGE, "tests/test_prices.py": PRICES, "scripts/one.py": PRICES}
    edits = {"tests/test_prices.py": "", "scripts/one.py": None}
    assert found(tmp_path / "p", base, edits) == []
