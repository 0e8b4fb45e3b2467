"""How many contracts fit: as many as every rule allows, and none where one is too many."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_market import FAIR_PUT, NAN, TODAY, Row, SmallMarket

from trading.appraisal import appraise
from trading.judgement import validate_trade
from trading.portfolio import Holding, Leg, Portfolio
from trading.risk import RiskLimits
from trading.sizing import size_position

EXPIRY = TODAY + timedelta(days=30)
MARKET = SmallMarket().add("KO", FAIR_PUT, Row(105.0, 1.10, 1.16, is_call=True), sector="Consumer Staples")
PUT, CALL = (Leg("KO", kind, -1, 0.0, strike, EXPIRY) for kind, strike in (("put", 95.0), ("call", 105.0)))
LIMITS = RiskLimits(account_usd=100_000)
RICH = Portfolio((), 1e9)


def trade(leg: Leg = PUT, market: SmallMarket = MARKET) -> Holding:
    return appraise(market, [leg])[0]


def test_zero_contracts_is_a_legal_answer_when_one_would_pass_the_cap() -> None:
    sized = size_position(trade(), RICH, replace(LIMITS, account_usd=47_499))
    assert (sized["contracts"], sized["collateral_usd"], sized["judgement"]) == (0, 0, None)
    assert sized["stopped_by"] == ["position cap: 9,500, and it has to be at most 9,499.8."]


def test_as_many_fit_as_the_tightest_rule_allows_and_it_is_named() -> None:
    sized = size_position(trade(), RICH, LIMITS)
    assert (sized["contracts"], sized["collateral_usd"], sized["premium_usd"]) == (2, 19_000, 252.0)
    assert sized["stopped_by"][0].startswith("position cap: 28,500")
    assert sized["judgement"]["valid"]


def test_cash_that_other_puts_bind_is_not_there_again() -> None:
    loose = replace(LIMITS, max_position_pct=100, max_symbol_pct=100, max_sector_pct=100, max_collateral_pct=100)
    assert size_position(trade(), Portfolio((), 47_500), loose)["contracts"] == 5
    bound = Portfolio(appraise(MARKET, [replace(PUT, quantity=-3)]), 47_500)
    sized = size_position(trade(), bound, loose)
    assert sized["contracts"] == 2
    assert any("buying power" in sentence for sentence in sized["stopped_by"])


def test_calls_fit_as_far_as_shares_without_one_reach() -> None:
    shares = Leg("KO", "shares", 3, 90.0, adjusted=90.0)
    portfolio = Portfolio(appraise(MARKET, [shares, CALL]), 0.0)
    assert size_position(trade(CALL), portfolio, LIMITS)["contracts"] == 2
    assert size_position(trade(CALL), Portfolio((), 1e6), LIMITS)["contracts"] == 0


def test_a_stated_amount_of_capital_bounds_the_size() -> None:
    assert size_position(trade(), RICH, LIMITS, 9_500.0)["contracts"] == 1
    none = size_position(trade(), RICH, LIMITS, 9_499.0)
    assert (none["contracts"], none["stopped_by"]) == (0, ["capital: 9,500, and it has to be at most 9,499."])


def test_what_nobody_bids_for_cannot_be_sold() -> None:
    silent = SmallMarket().add("KO", Row(95.0, NAN, 1.30))
    sized = size_position(trade(PUT, silent), RICH, LIMITS)
    assert sized["contracts"] == 0
    assert "nobody bids for it, so it cannot be sold now." in sized["stopped_by"]


@pytest.mark.parametrize("leg", [PUT, CALL])
@given(
    account=st.floats(5_000, 3_000_000),
    stress=st.floats(0.5, 50),
    delta=st.floats(1, 200),
    vega=st.floats(0.005, 1),
    lots=st.integers(0, 40),
)
def test_what_fits_is_valid_and_one_more_is_not(
    leg: Leg, account: float, stress: float, delta: float, vega: float, lots: int
) -> None:
    limits = replace(LIMITS, account_usd=account, max_stress_loss_pct=stress, max_delta_pct=delta, max_vega_pct=vega)
    shares = [Leg("KO", "shares", lots, 90.0, adjusted=90.0)] if lots else []
    portfolio = Portfolio(appraise(MARKET, shares), account)
    fits = size_position(trade(leg), portfolio, limits)["contracts"]
    assert not validate_trade(trade(leg).of(fits + 1), portfolio, limits)["valid"]
    assert fits == 0 or validate_trade(trade(leg).of(fits), portfolio, limits)["valid"]
