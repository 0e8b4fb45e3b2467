"""The fourth gate: what waits for a person, what a reviewer claims, and types where the project checks them."""

from pathlib import Path
from typing import Any

from boxes import needs_bubblewrap
from checkouts import Checkout
from reviewed_shop import BASE, judge, rules

from tools.checks.change import change_of
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.code.sandbox import Sandbox

pytestmark = needs_bubblewrap


def test_a_dependency_that_nobody_audited_waits(tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", {"pyproject.toml": BASE["pyproject.toml"].replace('"rich"', '"rich", "httpx>=1"')})
    assert verdict.state == "waiting"
    assert "httpx >=1" in verdict.checked.waits_for and "rich" not in verdict.checked.waits_for


LONG = {f"shop/part{number}.py": f'"""Part."""\n\nA{number} = {number}\n' for number in range(11)}


def claim(**said: Any) -> dict[str, Any]:
    told = {"file": "shop/part3.py", "line": 3, "quote": "A3 = 3", "severity": "high", "message": "Off by one."}
    return {**told, **said}


def test_a_major_change_waits_until_somebody_reviewed_it(tmp_path: Path) -> None:
    assert judge(tmp_path / "before", dict(LONG)).state == "waiting"
    assert judge(tmp_path / "after", dict(LONG), ()).state == "passed"


def test_a_claim_of_a_reviewer_counts_where_it_quotes_a_line_of_the_change(tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", dict(LONG), (claim(), claim(message="Too small.", severity="low")))
    assert (verdict.state, verdict.checked.score) == ("failed", 84)
    assert rules(verdict) == {"review-high", "review-low"}


def test_a_claim_that_does_not_hold_is_dropped(tmp_path: Path) -> None:
    untrue = (
        claim(line=2),
        claim(quote="A4 = 4"),
        claim(quote=""),
        claim(file="shop/cart.py", line=1, quote="Carts"),
        claim(severity="fatal"),
        claim(message=" "),
        {"file": "shop/part3.py"},
    )
    verdict = judge(tmp_path / "p", dict(LONG), untrue)
    assert (verdict.state, verdict.checked.score) == ("passed", 100)
    assert verdict.checked.counts["review_dropped"] == len(untrue)


def test_new_type_errors_cost_where_the_project_uses_a_checker(tmp_path: Path) -> None:
    typed = 'SIZE: int = "old"\n'
    folder = tmp_path / "p"
    folder.mkdir()
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    checkout.write("mypy.ini", "[mypy]\nstrict = true\n")
    checkout.write("sizes.py", typed)
    checkout.commit()
    checkout.write("mypy.ini", "[mypy]\nignore_errors = true\n")
    checkout.write("sizes.py", 'NAME = "new"\n' + typed + "COUNT: int = NAME\nWORD: str = 3\n")
    checkout.commit()
    with open_stand(change_of(folder), Sandbox()) as stand:
        verdict = run_gate("review", stand)
    places = {(one.line, one.rule) for one in verdict.checked.findings}
    assert (verdict.state, places) == ("failed", {(3, "type-error"), (4, "type-error")})


def test_a_change_of_nothing_is_free_to_skip(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    for message in ("first", "second"):
        checkout.git("commit", "--quiet", "--allow-empty", "--message", message)
    with open_stand(change_of(folder), Sandbox()) as stand:
        assert run_gate("review", stand).state == "skipped"
