"""A small shop, and the verdict of the fourth gate on one commit of it."""

from pathlib import Path
from typing import Any

from checkouts import Checkout

from tools.checks.change import change_of
from tools.checks.findings import Finding
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.checks.verdict import Verdict
from tools.code.sandbox import Sandbox

CART = '''"""Carts."""

from pathlib import Path


def total(prices):
    """The sum."""
    return sum(prices)


def load(word):
    """A price."""
    try:
        return float(word)
    except Exception as error:
        raise ValueError(word) from error


def read(name):
    """A file."""
    return Path(name).read_text()


def count(prices):
    """How many."""
    return len(prices)
'''
BASE = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["rich"]\n',
    "Makefile": "test: install\n\tpytest\n",
}
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
PASSWORD = "Sup3r" + "Geheim!"
Files = dict[str, str | None]


def judge(folder: Path, files: Files, review: tuple[dict[str, Any], ...] | None = None) -> Verdict:
    """The verdict on a commit that writes these files; None deletes one."""
    folder.mkdir()
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    for name, text in BASE.items():
        checkout.write(name, text)
    checkout.commit()
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            checkout.write(name, text)
    checkout.commit()
    with open_stand(change_of(folder), Sandbox(), review=review) as stand:
        return run_gate("review", stand)


def function(body: str, head: str = "", given: str = "name") -> Files:
    """A new module of one function."""
    return {"shop/new.py": f'"""New."""\n\n{head}\n\ndef find(db, {given}):\n    """Find."""\n{body}'}


def rules(verdict: Verdict) -> set[str]:
    return {one.rule for one in verdict.checked.findings}


def failing(verdict: Verdict) -> list[Finding]:
    return [one for one in verdict.checked.findings if one.fails]
