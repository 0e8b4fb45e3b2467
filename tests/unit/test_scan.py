"""From a market and criteria to a list: every figure, every date, and the order."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from small_market import (
    FAIR_PUT,
    NAN,
    NOON,
    RICH,
    SOON,
    TODAY,
    Row,
    SmallMarket,
    amzn_of_2023,
    counts_hold,
    found,
)

from trading.criteria import Criteria
from trading.risk import RiskLimits
from trading.underlying import iv_rank
from trading.wheel import scan

KEYS = [
    "symbol",
    "type",
    "strike",
    "expiry",
    "dte",
    "spot",
    "bid",
    "ask",
    "mid",
    "iv",
    "iv_rank",
    "delta",
    "theta",
    "prob_otm",
    "premium",
    "capital",
    "annual_yield",
    "break_even",
    "open_interest",
    "volume",
    "spread_pct",
    "earnings_before_expiry",
    "ex_dividend_before_expiry",
    "score",
    "reasons",
]


def test_every_figure_of_a_put_is_the_one_computed_by_hand() -> None:
    years_of_ivs = np.linspace(0.20, 0.40, 100)
    years_of_ivs[-1] = 0.25
    market = SmallMarket().add("KO", FAIR_PUT, atm_ivs=years_of_ivs, earnings=TODAY + timedelta(days=10))
    (put,) = found(market)
    exact = {name: put[name] for name in ("symbol", "type", "strike", "expiry", "dte", "spot", "bid", "ask", "volume")}
    assert exact == {
        "symbol": "KO",
        "type": "put",
        "strike": 95.0,
        "expiry": "2026-12-02",
        "dte": 30,
        "spot": 100.0,
        "bid": 1.26,
        "ask": 1.3635437865522186,
        "volume": 500,
    }
    assert put["premium"] == 1.26
    assert put["capital"] == 9500.0
    assert put["break_even"] == pytest.approx(93.74)
    assert put["annual_yield"] == pytest.approx(126 / 9500 * 365 / 30)
    assert put["mid"] == pytest.approx(1.3117718932761093)
    assert put["spread_pct"] == pytest.approx(0.1035437865522186 / 1.3117718932761093)
    assert put["iv"] == pytest.approx(0.29902553, abs=3e-5)
    assert put["delta"] == pytest.approx(-0.24745810, abs=3e-5)
    assert put["theta"] == pytest.approx(-0.04192467, abs=3e-5)
    assert put["prob_otm"] == pytest.approx(0.72687867, abs=3e-5)
    assert put["iv_rank"] == pytest.approx((0.25 - 0.20) / (years_of_ivs.max() - 0.20) * 100)
    assert put["earnings_before_expiry"] is True
    assert put["ex_dividend_before_expiry"] is None


def test_the_answer_is_plain_json_with_the_keys_of_the_contract() -> None:
    market = SmallMarket().add("KO", replace(FAIR_PUT, volume=NAN))
    result = scan(market, Criteria(max_price=200), RICH)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    (put,) = result["opportunities"]
    assert set(KEYS) <= set(put)
    assert (put["volume"], put["iv_rank"], put["earnings_before_expiry"]) == (None, None, None)
    assert (result["as_of"], result["source"]) == ("2026-11-02T17:00:00+00:00", "sample")
    assert result["criteria"] == {"max_price": 200.0}
    assert 2 <= len(put["reasons"]) <= 4
    assert "$126 on $9,500" in put["reasons"][0]


def test_the_premium_is_the_bid_whatever_the_last_trade_was() -> None:
    (put,) = found(SmallMarket().add("KO", replace(FAIR_PUT, last=9.0)))
    assert put["premium"] == put["bid"] == 1.26


def test_the_probability_is_no_ratio_of_strike_and_spot() -> None:
    (put,) = found(SmallMarket().add("KO", FAIR_PUT))
    assert abs(put["prob_otm"] - (1 - 95 / 100)) > 0.5


def test_past_prices_do_not_pass_for_implied_volatility() -> None:
    wild = np.exp(np.cumsum(np.tile([0.2, -0.2], 126)))
    (put,) = found(SmallMarket().add("KO", FAIR_PUT, closes=100 * wild))
    assert put["iv"] == pytest.approx(0.299, abs=1e-3)


def test_a_call_on_owned_shares_binds_the_shares_and_no_cap_on_cash() -> None:
    call = Row(105.0, 1.40, 1.48, is_call=True)
    (offer,) = found(SmallMarket().add("KO", call), RiskLimits(account_usd=1000), option_type="call")
    assert offer["capital"] == 10_000.0
    assert offer["break_even"] == pytest.approx(98.60)
    assert offer["annual_yield"] == pytest.approx(140 / 10_000 * 365 / 30)
    assert offer["delta"] > 0


def test_days_count_from_the_date_in_new_york() -> None:
    evening = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
    (put,) = found(SmallMarket(as_of=evening).add("KO", FAIR_PUT, as_of=evening))
    assert put["dte"] == 30


def test_on_its_last_day_a_contract_counts_one_day_of_yield_and_lives_until_the_close() -> None:
    last_day = Row(99.5, 0.30, 0.31, days=0)
    (put,) = found(SmallMarket().add("KO", last_day), max_dte=0)
    assert put["annual_yield"] == pytest.approx(30 / 9950 * 365)
    assert put["iv"] > 0
    after = datetime(2026, 11, 2, 21, 0, tzinfo=UTC)
    closed = scan(SmallMarket(as_of=after).add("KO", last_day, as_of=after), Criteria(max_dte=0), RICH)
    assert closed["rejected"] == {"expired": 1}


def test_a_recorded_live_chain_is_scanned_with_every_contract_accounted_for() -> None:
    result = scan(amzn_of_2023(), Criteria(symbols=("AMZN",)), RICH)
    assert result["considered"] == 2312
    assert counts_hold(result)
    assert len(result["opportunities"]) == 10
    assert all(0.10 <= -offer["delta"] <= 0.40 and 7 <= offer["dte"] <= 60 for offer in result["opportunities"])
    assert all(0.2 < offer["iv"] < 0.5 for offer in result["opportunities"])


@pytest.mark.parametrize(
    ("about", "before"),
    [
        ({"earnings": date(2026, 12, 2)}, True),
        ({"earnings": TODAY}, True),
        ({"earnings": date(2026, 12, 3)}, False),
        ({"earnings": date(2026, 11, 1)}, None),
        ({}, None),
        ({"is_etf": True}, False),
    ],
)
def test_earnings_are_before_expiry_or_not_or_unknown(about: dict[str, Any], before: bool | None) -> None:
    (put,) = found(SmallMarket().add("KO", FAIR_PUT, **about))
    assert put["earnings_before_expiry"] is before


@pytest.mark.parametrize(
    ("ex_dividend", "before"),
    [(date(2026, 12, 2), True), (date(2026, 12, 3), False), (TODAY, None), (None, None)],
)
def test_an_ex_date_of_the_past_says_nothing_about_the_next(ex_dividend: date | None, before: bool | None) -> None:
    (put,) = found(SmallMarket().add("KO", FAIR_PUT, ex_dividend=ex_dividend))
    assert put["ex_dividend_before_expiry"] is before


def test_unknown_earnings_stay_on_the_list_with_a_warning() -> None:
    result = scan(SmallMarket().add("KO", FAIR_PUT), Criteria(avoid_earnings=True), RICH)
    assert [offer["symbol"] for offer in result["opportunities"]] == ["KO"]
    assert any("No earnings date is known for KO" in warning for warning in result["warnings"])


def test_earnings_ahead_are_said_in_the_reasons_and_the_warnings() -> None:
    result = scan(SmallMarket().add("KO", FAIR_PUT, earnings=SOON), Criteria(), RICH)
    assert "earnings on 2026-11-10" in result["opportunities"][0]["reasons"][-1]
    assert result["warnings"] == ["Earnings come before expiry for KO."]


def test_quotes_that_are_older_than_the_market_say_so() -> None:
    market = SmallMarket(as_of=NOON + timedelta(days=5)).add("KO", FAIR_PUT)
    (warning,) = scan(market, Criteria(), RICH)["warnings"]
    assert warning == "The quotes of KO are from 2026-11-02, 5 days older than the newest."


@pytest.mark.parametrize(
    ("history", "rank"),
    [
        (np.linspace(0.2, 0.4, 60), 100.0),
        (np.linspace(0.4, 0.2, 60), 0.0),
        (np.append(np.linspace(0.2, 0.4, 100), [0.25, NAN]), 25.0),
        (np.append([5.0], np.linspace(0.2, 0.4, 252)), 100.0),
        (np.linspace(0.2, 0.4, 59), None),
        (np.full(100, 0.3), None),
        (np.empty(0), None),
    ],
)
def test_iv_rank_places_today_in_the_last_year(history: np.ndarray, rank: float | None) -> None:
    assert iv_rank(history) == (None if rank is None else pytest.approx(rank))


def test_a_delta_that_is_asked_for_is_the_delta_one_gets() -> None:
    chain = amzn_of_2023()
    for low, high in ((0.10, 0.15), (0.20, 0.25), (0.30, 0.35)):
        deltas = [-offer["delta"] for offer in found(chain, min_delta=low, max_delta=high)]
        assert deltas
        assert all(low <= delta <= high for delta in deltas)


def a_put(strike: float, premium: float, open_interest: float = 1000.0) -> Row:
    return Row(strike, premium, premium * 1.02, open_interest=open_interest)


def test_symbols_take_turns_and_none_comes_a_fourth_time() -> None:
    ladder = [a_put(90.0 + step, 0.8 + 0.15 * step) for step in range(6)]
    market = SmallMarket().add("KO", *ladder).add("PEP", ladder[0])
    first = [offer["symbol"] for offer in found(market, limit=2)]
    assert sorted(first) == ["KO", "PEP"]
    assert [offer["symbol"] for offer in found(market, limit=10)].count("KO") == 3
    assert [offer["symbol"] for offer in found(market, limit=10, symbols=["KO"])].count("KO") == 6


def test_the_list_is_sorted_by_score_and_ties_by_name_expiry_and_strike() -> None:
    market = SmallMarket()
    for symbol in ("PEP", "KO", "AMD"):
        market.add(symbol, replace(FAIR_PUT, days=30), replace(FAIR_PUT, days=30))
    offers = found(market)
    assert [offer["symbol"] for offer in offers] == ["AMD", "AMD", "KO", "KO", "PEP", "PEP"]
    scores = [offer["score"] for offer in found(amzn_of_2023(), symbols=["AMZN"], limit=30)]
    assert scores == sorted(scores, reverse=True)


def broken(name: str) -> Callable[[str], Any]:
    def ask(symbol: str) -> Any:
        raise ConnectionError(f"no {name} for {symbol}")

    return ask


def test_an_error_of_the_market_is_no_empty_list() -> None:
    market = SmallMarket().add("KO", FAIR_PUT)
    market.chain = broken("chain")  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        scan(market, Criteria(), RICH)
