"""What is assumed, what is rejected and why, and the count that must hold."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_market import (
    FAIR_PUT,
    NAN,
    RICH,
    SOON,
    Row,
    SmallMarket,
    before_the_open_of_2025,
    counts_hold,
    found,
)

from trading.assumptions import assume
from trading.criteria import Criteria
from trading.risk import RiskLimits
from trading.wheel import scan

KO = SmallMarket().add("KO", FAIR_PUT, sector="Consumer Staples", atm_ivs=np.linspace(0.4, 0.2, 100))
REJECTIONS: list[tuple[str, SmallMarket, dict[str, Any], RiskLimits]] = [
    ("excluded", KO, {"exclude_symbols": ["KO"]}, RICH),
    ("sector", KO, {"sectors": ["Energy"]}, RICH),
    ("sector", KO, {"exclude_sectors": ["Consumer Staples"]}, RICH),
    ("no share price", SmallMarket().add("KO", FAIR_PUT, spot=NAN), {}, RICH),
    ("price", KO, {"max_price": 99.99}, RICH),
    ("price", KO, {"min_price": 100.01}, RICH),
    ("no live quotes", SmallMarket().add("KO", Row(bid=NAN, ask=NAN)), {}, RICH),
    ("unknown iv rank", SmallMarket().add("KO", FAIR_PUT), {"min_iv_rank": 50}, RICH),
    ("iv rank", KO, {"min_iv_rank": 50}, RICH),
    ("wrong type", KO, {"option_type": "call"}, RICH),
    ("expired", SmallMarket().add("KO", Row(days=-1)), {}, RICH),
    ("expiry", KO, {"expiry": "2026-12-18"}, RICH),
    ("expiry", KO, {"min_dte": 31}, RICH),
    ("expiry", KO, {"max_dte": 29}, RICH),
    ("in the money", SmallMarket().add("KO", Row(strike=101.0)), {}, RICH),
    ("capital", KO, {"max_capital": 9499}, RICH),
    ("position cap", KO, {}, RiskLimits(account_usd=47_499)),
    ("no bid", SmallMarket().add("KO", FAIR_PUT, Row(bid=NAN)), {}, RICH),
    ("no ask", SmallMarket().add("KO", FAIR_PUT, Row(ask=NAN)), {}, RICH),
    ("crossed quote", SmallMarket().add("KO", Row(bid=1.4, ask=1.3)), {}, RICH),
    ("premium", KO, {"min_premium": 1.27}, RICH),
    ("no open interest", SmallMarket().add("KO", Row(open_interest=NAN)), {}, RICH),
    ("low open interest", SmallMarket().add("KO", Row(open_interest=99)), {}, RICH),
    ("no volume", SmallMarket().add("KO", Row(volume=NAN)), {"min_volume": 1}, RICH),
    ("low volume", KO, {"min_volume": 501}, RICH),
    ("wide spread", SmallMarket().add("KO", Row(bid=1.2, ask=1.4)), {}, RICH),
    ("yield", KO, {"min_annual_yield": 0.17}, RICH),
    ("earnings", SmallMarket().add("KO", FAIR_PUT, earnings=SOON), {"avoid_earnings": True}, RICH),
    ("earnings", SmallMarket().add("KO", FAIR_PUT, earnings=SOON), {}, replace(RICH, earnings="avoid")),
    ("no implied volatility", SmallMarket().add("KO", Row(bid=98.0, ask=99.0)), {}, RICH),
    ("delta", KO, {"max_delta": 0.24}, RICH),
    ("delta", KO, {"min_delta": 0.25}, RICH),
    ("same symbol", SmallMarket().add("KO", *[FAIR_PUT] * 4), {}, RICH),
    ("sector cap", KO, {}, replace(RICH, max_sector_pct=9_400 / 1e9 * 100)),
    ("beyond limit", SmallMarket().add("KO", FAIR_PUT, FAIR_PUT), {"limit": 1}, RICH),
]


@pytest.mark.parametrize(("reason", "market", "slots", "limits"), REJECTIONS)
def test_each_rejection_has_its_own_reason(
    reason: str, market: SmallMarket, slots: dict[str, Any], limits: RiskLimits
) -> None:
    result = scan(market, Criteria.from_slots(slots), limits)
    assert result["rejected"] == {reason: 1}
    assert counts_hold(result)


@pytest.mark.parametrize(
    ("slots", "limits"),
    [
        ({"min_price": 100, "max_price": 100, "min_dte": 30, "max_dte": 30}, RICH),
        ({"min_premium": 1.26, "max_capital": 9500, "min_open_interest": 1000, "min_volume": 500}, RICH),
        ({"expiry": "2026-12-02", "sectors": ["Consumer Staples"]}, RiskLimits(account_usd=95_000)),
    ],
)
def test_a_bound_that_is_just_met_is_kept(slots: dict[str, Any], limits: RiskLimits) -> None:
    assert len(found(KO, limits, **slots)) == 1


rows = st.builds(
    Row,
    strike=st.sampled_from([50.0, 80.0, 90.0, 95.0, 99.0, 100.0, 105.0, 150.0]),
    bid=st.sampled_from([NAN, 0.0, 0.05, 1.0, 1.3, 40.0]),
    ask=st.sampled_from([NAN, 0.0, 0.1, 1.05, 1.36, 41.0]),
    days=st.integers(-3, 90),
    is_call=st.booleans(),
    open_interest=st.sampled_from([NAN, 0.0, 99.0, 5000.0]),
    volume=st.sampled_from([NAN, 0.0, 10.0]),
)
markets = st.lists(st.tuples(st.sampled_from([NAN, 0.0, 60.0, 100.0]), st.lists(rows, max_size=8)), max_size=5)
criteria = st.builds(
    Criteria,
    option_type=st.sampled_from([None, "put", "call"]),
    max_price=st.sampled_from([None, 70.0]),
    min_volume=st.sampled_from([None, 0, 5]),
    max_delta=st.sampled_from([None, 0.2, 0.9]),
    max_dte=st.sampled_from([None, 5, 45]),
    max_spread_pct=st.sampled_from([None, 2.0]),
    avoid_earnings=st.sampled_from([None, True]),
    limit=st.sampled_from([None, 1, 3]),
)


@settings(max_examples=150, deadline=None)
@given(markets, criteria, st.sampled_from([5e3, 1e5, 1e9]))
def test_every_contract_is_listed_or_rejected_once(
    stocks: list[tuple[float, list[Row]]], wanted: Criteria, account_usd: float
) -> None:
    market = SmallMarket()
    for place, (spot, contracts) in enumerate(stocks):
        market.add(f"S{place}", *contracts, spot=spot, earnings=SOON if place % 2 else None)
    result = scan(market, wanted, RiskLimits(account_usd=account_usd))
    assert result["considered"] == sum(len(contracts) for _, contracts in stocks)
    assert counts_hold(result)
    assert all(count > 0 for count in result["rejected"].values())
    assert json.dumps(result, allow_nan=False)
    assert all(offer["bid"] > 0 and offer["iv"] > 0 and offer["dte"] >= 0 for offer in result["opportunities"])


def test_a_chain_with_a_handful_of_bids_gives_a_warning_and_nothing_else() -> None:
    silent = [Row(strike=90.0 + place, bid=NAN, ask=NAN) for place in range(20)]
    result = scan(SmallMarket().add("KO", FAIR_PUT, *silent).add("PEP", FAIR_PUT), Criteria(), RICH)
    assert [offer["symbol"] for offer in result["opportunities"]] == ["PEP"]
    assert result["rejected"] == {"no live quotes": 21}
    (warning,) = result["warnings"]
    assert "KO (1 of 21 near the money)" in warning


def test_bodies_recorded_before_the_open_hold_not_one_trade() -> None:
    market = before_the_open_of_2025()
    for option_type in ("put", "call"):
        wide = {"min_delta": 0.0, "max_delta": 1.0, "min_dte": 0, "max_dte": 999, "max_spread_pct": 9.0}
        slots = {"option_type": option_type, "min_open_interest": 0, "limit": 999} | wide
        result = scan(market, Criteria.from_slots(slots), RICH)
        assert result["opportunities"] == []
        assert result["rejected"] == {"no live quotes": 1083}
        assert all(f"{symbol} (" in result["warnings"][0] for symbol in market.symbols())


@pytest.mark.parametrize(
    ("slots", "bounds"),
    [
        ({}, (7, 60, 0.10, 0.40)),
        ({"max_dte": 30, "max_delta": 0.25}, (7, 30, 0.10, 0.25)),
        ({"max_dte": 7, "max_delta": 0.10}, (None, 7, None, 0.10)),
        ({"min_dte": 365, "min_delta": 0.40}, (365, None, 0.40, None)),
        ({"min_dte": 30, "min_delta": 0.20}, (30, 60, 0.20, 0.40)),
        ({"expiry": "2026-12-18"}, (None, None, 0.10, 0.40)),
        ({"min_dte": 1, "max_dte": 900, "min_delta": 0.0, "max_delta": 1.0}, (1, 900, 0.0, 1.0)),
    ],
)
def test_what_was_not_said_is_assumed_and_what_was_said_is_kept(slots: dict[str, Any], bounds: Any) -> None:
    full, assumed = assume(Criteria.from_slots(slots))
    assert (full.min_dte, full.max_dte, full.min_delta, full.max_delta) == bounds
    assert not set(assumed) & set(slots)


def test_a_delta_beyond_the_money_asks_for_contracts_in_the_money() -> None:
    market = SmallMarket().add("KO", Row(strike=103.0, bid=4.9, ask=5.0))
    assert found(market) == []
    assert found(market, min_delta=0.55, max_delta=0.75)[0]["strike"] == 103.0


def test_an_empty_list_names_the_nearest_miss() -> None:
    result = scan(KO, Criteria(max_delta=0.24), RICH)
    assert result["opportunities"] == []
    assert result["nearest_miss"]["strike"] == 95.0
    assert result["nearest_miss"]["sentence"] == "delta: 0.246, and it has to be at most 0.24"
