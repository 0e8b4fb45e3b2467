"""The verdict on a trade: every rule with its number and its limit, beside what is held already."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from small_market import FAIR_PUT, TODAY, Row, SmallMarket

from trading.appraisal import appraise
from trading.judgement import validate_trade
from trading.portfolio import Holding, Leg, Portfolio
from trading.risk import RiskLimits

EXPIRY = TODAY + timedelta(days=30)
LIMITS = RiskLimits(account_usd=100_000)
PUT = Leg("KO", "put", -2, 1.30, 95.0, EXPIRY)
SHARES = Leg("KO", "shares", 1, 90.0, adjusted=89.0)
CALL = Row(105.0, 1.10, 1.16, is_call=True)


def market(**about: Any) -> SmallMarket:
    return SmallMarket().add("KO", FAIR_PUT, CALL, sector="Consumer Staples", **about)


def held(*legs: Leg, of: SmallMarket | None = None) -> tuple[Holding, ...]:
    return appraise(of or market(), legs)


def verdict_on(
    leg: Leg, *legs: Leg, cash: float = 100_000, of: SmallMarket | None = None, limits: RiskLimits = LIMITS
) -> dict[str, Any]:
    (trade,) = held(leg, of=of)
    return validate_trade(trade, Portfolio(held(*legs, of=of), cash), limits)


def rules_broken(judgement: dict[str, Any]) -> list[str]:
    return [violation["rule"] for violation in judgement["violations"]]


def test_collateral_of_puts_already_sold_and_of_the_trade_is_held_against_the_cash_once() -> None:
    within = verdict_on(PUT, PUT, cash=38_000, limits=replace(LIMITS, max_symbol_pct=100, max_position_pct=100))
    assert within["valid"]
    assert rules_broken(verdict_on(PUT, PUT, cash=37_999)) == ["position cap", "symbol cap", "buying power"]


def test_a_trade_within_every_limit_is_valid_and_says_what_it_looked_at() -> None:
    judgement = verdict_on(PUT)
    assert (judgement["valid"], judgement["violations"]) == (True, [])
    assert {verdict["rule"]: verdict["holds"] for verdict in judgement["verdicts"]} == dict.fromkeys(
        [
            "position cap",
            "symbol cap",
            "sector cap",
            "total collateral",
            "buying power",
            "book delta",
            "book vega",
            "stress loss",
            "open interest",
            "spread",
        ],
        True,
    )
    assert judgement["metrics"]["premium_usd"] == pytest.approx(252.0)
    assert judgement["metrics"]["after"]["collateral_usd"] == 19_000
    assert judgement["metrics"]["after"]["cash_usd"] == 100_000


@pytest.mark.parametrize(
    ("tightened", "rule", "figure", "limit"),
    [
        ({"max_position_pct": 18}, "position cap", 19_000, 18_000),
        ({"max_symbol_pct": 18}, "symbol cap", 19_000, 18_000),
        ({"max_sector_pct": 18}, "sector cap", 19_000, 18_000),
        ({"max_collateral_pct": 18}, "total collateral", 19_000, 18_000),
        ({"max_delta_pct": 1}, "book delta", 4_920, 1_000),
        ({"max_vega_pct": 0.01}, "book vega", 18.06, 10),
        ({"max_stress_loss_pct": 4}, "stress loss", 4_738, 4_000),
        ({"min_open_interest": 1_001}, "open interest", 1_000, 1_001),
        ({"max_spread_pct": 0.01}, "spread", 0.0789, 0.01),
    ],
)
def test_each_limit_stops_a_trade_and_names_rule_number_and_limit(
    tightened: dict[str, float], rule: str, figure: float, limit: float
) -> None:
    judgement = verdict_on(PUT, limits=replace(LIMITS, **tightened))
    (violation,) = judgement["violations"]
    assert not judgement["valid"]
    assert violation["rule"] == rule
    assert violation["figure"] == pytest.approx(figure, rel=0.01)
    assert violation["limit"] == pytest.approx(limit)
    assert rule in violation["sentence"] and f"{limit:,.6g}" in violation["sentence"]


def test_a_missing_sector_fills_a_sector_of_its_own() -> None:
    nameless = SmallMarket().add("A", FAIR_PUT).add("B", FAIR_PUT)
    limits = replace(LIMITS, max_sector_pct=15)
    judgement = verdict_on(replace(PUT, symbol="A", quantity=-1), of=nameless, limits=limits)
    assert judgement["valid"]
    second = verdict_on(
        replace(PUT, symbol="A", quantity=-1), replace(PUT, symbol="B", quantity=-1), of=nameless, limits=limits
    )
    assert rules_broken(second) == ["sector cap"]
    assert "no sector" in second["violations"][0]["sentence"]


def test_a_call_needs_shares_and_binds_no_cash() -> None:
    call = Leg("KO", "call", -1, 0.0, 105.0, EXPIRY)
    assert rules_broken(verdict_on(call)) == ["shares to cover"]
    assert verdict_on(call, SHARES, cash=0)["valid"]
    assert rules_broken(verdict_on(call, SHARES, replace(call, quantity=-1))) == ["shares to cover"]


def test_a_call_below_what_the_shares_cost_is_minded() -> None:
    dear = replace(SHARES, price=110.0, adjusted=107.5)
    (warning,) = [
        text for text in verdict_on(Leg("KO", "call", -1, 0.0, 105.0, EXPIRY), dear)["warnings"] if "cost" in text
    ]
    assert (
        warning
        == "The strike of 105 is below what the shares cost, 110.00 (107.50 after premiums): called away, they lose."
    )


def test_a_limit_of_the_book_that_a_trade_makes_no_worse_does_not_stop_it() -> None:
    call = Leg("KO", "call", -1, 0.0, 105.0, EXPIRY)
    judgement = verdict_on(call, SHARES, limits=replace(LIMITS, max_stress_loss_pct=2, max_delta_pct=5))
    assert judgement["valid"]
    assert [text.partition(":")[0] for text in judgement["warnings"][:2]] == ["book delta", "stress loss"]


@pytest.mark.parametrize(("meaning", "valid"), [("warn", True), ("avoid", False)])
def test_earnings_before_expiry_are_minded_or_avoided(meaning: Any, valid: bool) -> None:
    reporting = market(earnings=TODAY + timedelta(days=9))
    judgement = verdict_on(PUT, of=reporting, limits=replace(LIMITS, earnings=meaning))
    assert judgement["valid"] is valid
    said = judgement["warnings"] if valid else [violation["sentence"] for violation in judgement["violations"]]
    assert said == ["days to earnings: 9, and it has to be at least 31 (they come on 2026-11-11)."]


def test_a_leg_without_a_value_keeps_a_trade_from_being_called_safe() -> None:
    judgement = verdict_on(PUT, Leg("XYZ", "put", -1, 1.0, 50.0, EXPIRY))
    assert rules_broken(judgement) == ["book delta", "book vega", "stress loss"]
    assert [violation["figure"] for violation in judgement["violations"]] == [None, None, None]
    assert judgement["warnings"][-1] == "-1 XYZ 50 put 2026-12-02 is left out: the sample market has no price of XYZ."
