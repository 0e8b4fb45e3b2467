"""What a person may set about risk: each limit has its variable, and a value that cannot be used is one sentence."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
from small_market import FAIR_PUT, SmallMarket

from graph.errors import BadInput
from graph.settings import Settings, load_settings
from tools.positions import Held
from tools.risk import assess_trade
from tools.wheel import risk_limits
from trading.risk import RiskLimits

CHOSEN: dict[str, tuple[str, Any]] = {
    "account_usd": ("50000", 50_000),
    "max_position_pct": ("11", 11),
    "max_sector_pct": ("12", 12),
    "max_symbol_pct": ("13", 13),
    "max_collateral_pct": ("14", 14),
    "max_delta_pct": ("150", 150),
    "max_vega_pct": ("0.25", 0.25),
    "max_stress_loss_pct": ("15", 15),
    "min_open_interest": ("250", 250),
    "max_spread_pct": ("5", 0.05),
    "earnings": ("avoid", "avoid"),
    "early_assignment": ("avoid", "avoid"),
}
"""For each limit what a person writes, and what the limit becomes: the spread of a contract is kept as a fraction."""


@pytest.mark.parametrize("name", [limit.name for limit in fields(RiskLimits)])
def test_each_limit_is_a_setting_and_no_other_follows_it(name: str) -> None:
    written, meant = CHOSEN[name]
    assert asdict(risk_limits(load_settings({f"MAGNUS_{name.upper()}": written}))) == asdict(RiskLimits()) | {
        name: meant
    }


def test_who_sets_nothing_has_the_limits_of_the_risk_room() -> None:
    assert risk_limits(load_settings({})) == RiskLimits()


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("MAX_SYMBOL_PCT", "0", "input should be greater than 0"),
        ("MAX_SYMBOL_PCT", "a quarter", "input should be a valid number"),
        ("MAX_COLLATERAL_PCT", "101", "input should be less than or equal to 100"),
        ("MAX_DELTA_PCT", "1001", "input should be less than or equal to 1000"),
        ("MAX_VEGA_PCT", "-1", "input should be greater than 0"),
        ("MAX_STRESS_LOSS_PCT", "nan", "input should be a finite number"),
        ("MIN_OPEN_INTEREST", "99.5", "input should be a valid integer"),
        ("MIN_OPEN_INTEREST", "-1", "input should be greater than or equal to 0"),
        ("MAX_SPREAD_PCT", "201", "input should be less than or equal to 200"),
        ("EARLY_ASSIGNMENT", "never", "input should be 'warn' or 'avoid'"),
        ("ACCOUNT_USD", "inf", "input should be a finite number"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_in_one_sentence(variable: str, value: str, why: str) -> None:
    with pytest.raises(BadInput) as told:
        load_settings({f"MAGNUS_{variable}": value})
    sentence = str(told.value)
    assert sentence.startswith(f"MAGNUS_{variable} cannot be used: {why}")
    assert (sentence.count(". "), sentence[-1]) == (0, ".")


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        ({"max_symbol_pct": 9}, "symbol cap"),
        ({"max_collateral_pct": 9}, "total collateral"),
        ({"max_delta_pct": 1}, "book delta"),
        ({"max_vega_pct": 0.001}, "book vega"),
        ({"max_stress_loss_pct": 0.5}, "stress loss"),
        ({"min_open_interest": 100_000}, "open interest"),
        ({"max_spread_pct": 1}, "spread"),
    ],
)
def test_a_trade_that_was_fine_breaks_the_limit_that_was_set(chosen: dict[str, Any], rule: str) -> None:
    market = SmallMarket().add("KO", FAIR_PUT)
    day = market.chain("KO").expiry.astype("datetime64[D]")[0]
    contract = {"symbol": "KO", "option_type": "put", "strike": 95.0, "expiry": str(day)}

    def broken(**settings: Any) -> list[str]:
        given = Settings(data_dir=Path("nowhere"), **settings)
        return [row["rule"] for row in assess_trade(market, Held((), 100_000.0), given, contract)["violations"]]

    assert broken() == []
    assert broken(**chosen) == [rule]
