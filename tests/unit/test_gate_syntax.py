"""The first gate on changes of a small shop: what cannot be read or imported is found, the rest let through."""

from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout

from tools.checks.change import change_of
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.checks.verdict import Verdict
from tools.code.sandbox import Sandbox

pytestmark = needs_bubblewrap

CART = '''"""Carts."""

from shop.money import rounded

LIMIT = 3


def total(prices):
    """The sum."""
    return rounded(sum(prices))


def count(prices):
    """How many."""
    return len(prices)
'''
MONEY = '''"""Money."""


def rounded(amount):
    """Two digits."""
    return round(amount, 2)
'''
REPORT = '''"""Reports."""

import shop.money
from shop import cart
from shop.cart import total


def lines(prices):
    """Lines."""
    return [total(prices), cart.count(prices), shop.money.rounded(1)]
'''
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n'
BASE = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/money.py": MONEY,
    "shop/report.py": REPORT,
    "shop/optional.py": "import package_that_only_some_have\n",
    "scripts/seed.py": "import sys\n\nfrom shop.cart import count\n\nprint(count([1]))\nsys.exit(1)\n",
    "pyproject.toml": PROJECT,
    "settings.yml": "a: 1\n",
}
Places = set[tuple[str, str]]


def judge(folder: Path, **files: str | None) -> Verdict:
    """The verdict on a commit that writes these files, given with __ for a slash; None deletes one."""
    folder.mkdir()
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    for name, text in BASE.items():
        checkout.write(name, text)
    checkout.commit()
    for name, text in files.items():
        path = name.replace("__", "/").replace("_dot_", ".")
        if text is None:
            (folder / path).unlink()
        else:
            checkout.write(path, text)
    checkout.commit()
    with open_stand(change_of(folder), Sandbox()) as stand:
        return run_gate("syntax", stand)


def failing(verdict: Verdict) -> Places:
    """Where and by which rule it fails."""
    return {(one.file, one.rule) for one in verdict.checked.findings if one.fails}


def test_python_that_cannot_be_read_is_found_at_its_line(tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", shop__cart_dot_py=CART + "def broken(:\n")
    assert verdict.state == "failed"
    found = [one for one in verdict.checked.findings if one.fails]
    assert [(one.file, one.line, one.rule) for one in found] == [("shop/cart.py", 16, "parse")]


def test_a_statement_newer_than_the_oldest_python_of_the_project_is_found(tmp_path: Path) -> None:
    new = CART + "\n\ndef word(size):\n    match size:\n        case 1:\n            return 'one'\n"
    verdict = judge(tmp_path / "p", shop__cart_dot_py=new)
    assert failing(verdict) == {("shop/cart.py", "parse")}
    assert "3.9" in verdict.checked.findings[0].message


def test_undefined_names_are_found_whatever_a_comment_says(tmp_path: Path) -> None:
    new = CART + "\n\ndef mean(prices):\n    return totl(prices) / count(prices)  # noqa\n"
    assert failing(judge(tmp_path / "p", shop__cart_dot_py=new)) == {("shop/cart.py", "undefined")}


def test_every_kind_of_import_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    later = "def later():\n    {}\n    return 1\n"
    verdict = judge(
        tmp_path / "p",
        shop__a_dot_py="import superfastjson\n",
        shop__b_dot_py=later.format("import superfastjson"),
        shop__c_dot_py=later.format("from json import dumpz"),
        shop__d_dot_py=later.format("from shop.money import nothing"),
        shop__e_dot_py="from .mony import rounded\n",
        shop__f_dot_py=later.format("from ..money import rounded"),
        shop__g_dot_py="from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.nowhere import Thing\n",
        scripts__h_dot_py="from shop.cart import totals\n\nprint(totals([2]))\n",
    )
    names = ("shop/a.py", "shop/b.py", "shop/c.py", "shop/d.py", "shop/e.py", "shop/f.py", "shop/g.py", "scripts/h.py")
    assert failing(verdict) == {(name, "import") for name in names}


def test_files_that_did_not_change_and_lost_what_they_import_are_found(tmp_path: Path) -> None:
    new = CART.replace("def total", "def total_of").replace("def count", "def count_of")
    verdict = judge(tmp_path / "p", shop__cart_dot_py=new)
    places = {(one.file, one.line) for one in verdict.checked.findings if one.fails}
    assert places == {("shop/report.py", 5), ("shop/report.py", 10), ("scripts/seed.py", 3)}


def test_a_module_that_is_gone_is_missed_by_those_who_import_it(tmp_path: Path) -> None:
    moved = CART.replace("shop.money", "shop.cash")
    verdict = judge(tmp_path / "p", shop__money_dot_py=None, shop__cash_dot_py=MONEY, shop__cart_dot_py=moved)
    assert failing(verdict) == {("shop/report.py", "import")}


def test_a_move_that_everybody_follows_passes(tmp_path: Path) -> None:
    verdict = judge(
        tmp_path / "p",
        shop__money_dot_py=None,
        shop__cash_dot_py=MONEY,
        shop__cart_dot_py=CART.replace("shop.money", "shop.cash"),
        shop__report_dot_py=REPORT.replace("shop.money", "shop.cash"),
    )
    assert (verdict.state, failing(verdict)) == ("passed", set())
    assert verdict.checked.counts["modules_imported"] == 3


def test_imports_in_a_circle_are_found_from_either_side(tmp_path: Path) -> None:
    verdict = judge(
        tmp_path / "p",
        shop__money_dot_py=MONEY + "\n\nfrom shop.tax import RATE\n",
        shop__tax_dot_py="from shop.money import rounded\n\nRATE = rounded(2)\n",
    )
    assert {rule for _, rule in failing(verdict)} == {"circular-import"}


@pytest.mark.parametrize(
    "last", ["SHARE = 1 / 0", "import re\nWORD = re.compile('(')", "import os\nos._exit(0)", "import sys\nsys.exit(0)"]
)
def test_a_module_that_could_be_imported_and_no_longer_can_fails(last: str, tmp_path: Path) -> None:
    assert judge(tmp_path / "p", shop__cart_dot_py=f"{CART}\n{last}\n").state == "failed"


def test_what_no_box_can_give_is_told_and_does_not_fail(tmp_path: Path) -> None:
    verdict = judge(
        tmp_path / "p",
        shop__settings_dot_py='import os\n\nURL = os.environ["DATABASE_URL"]\n',
        shop__net_dot_py='import socket\n\nLINE = socket.create_connection(("10.0.0.1", 5432), 1)\n',
        shop__more_dot_py="import package_that_only_some_have\n",
        shop__money_dot_py=MONEY + '\n\nimport os\n\nDIGITS = os.environ["DIGITS"]\n',
    )
    assert verdict.state == "passed"
    told = {one.file for one in verdict.checked.findings}
    assert told == {"shop/settings.py", "shop/net.py", "shop/more.py", "shop/money.py"}


def test_ordinary_changes_of_every_kind_pass_together(tmp_path: Path) -> None:
    verdict = judge(
        tmp_path / "p",
        shop__fast_dot_py="try:\n    import ujson as json\nexcept ImportError:\n    import json\n\nREAD = json.loads\n",
        shop__try_dot_py="try:\n    from shop.absent import X\nexcept ImportError:\n    X = None\n",
        shop__api_dot_py="from shop import *\nfrom shop.cart import LIMIT, total as of\n\nWORTH = of([LIMIT])\n",
        scripts__more_dot_py="import time\nfrom shop.cart import total\n\nprint(total([2]))\ntime.sleep(999)\n",
        tests__given_dot_py="PRICES = [1, 2]\n",
        tests__test_more_dot_py="from given import PRICES\n\n\ndef test_prices():\n    assert PRICES\n",
        tests__data__broken_dot_py="def broken(:\n",
        pages__1_View_dot_py="import streamlit as st\n\nst.write(st.session_state['key'])\n",
        tsconfig_dot_json='{"a": 1, // said\n}',
        settings_dot_yml="a: !Ref x\n---\nb: [1]\n",
    )
    assert (verdict.state, failing(verdict)) == ("passed", set())


def test_data_files_that_nothing_can_read_are_found(tmp_path: Path) -> None:
    verdict = judge(
        tmp_path / "p",
        settings_dot_yml="a: [1\n",
        prices_dot_json='{"a": 1,}',
        pyproject_dot_toml=PROJECT + "a = \n",
        notes_dot_md="<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
    )
    places = {("settings.yml", "data"), ("prices.json", "data"), ("pyproject.toml", "data"), ("notes.md", "conflict")}
    assert failing(verdict) == places


def test_a_package_that_is_only_declared_yet_waits_for_a_person(tmp_path: Path) -> None:
    needs = PROJECT + 'dependencies = ["not-installed-anywhere"]\n'
    verdict = judge(tmp_path / "p", shop__new_dot_py="import not_installed_anywhere\n", pyproject_dot_toml=needs)
    assert verdict.state == "waiting"


def test_nothing_to_read_is_free_to_skip(tmp_path: Path) -> None:
    assert judge(tmp_path / "p", README_dot_md="# Shop\n").state == "skipped"


def test_a_project_whose_python_does_not_run_fails(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").write_text("#!/bin/false\n", encoding="utf-8")
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    checkout.write(".gitignore", ".venv\n")
    checkout.commit()
    checkout.write("a.py", "A = 1\n")
    checkout.commit()
    with open_stand(change_of(folder), Sandbox()) as stand:
        verdict = run_gate("syntax", stand)
    assert (verdict.state, failing(verdict)) == ("failed", {("", "tool")})
