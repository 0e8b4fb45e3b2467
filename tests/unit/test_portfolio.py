"""What a portfolio is exposed to: Greeks, beta, allocation, one day at risk, assignment."""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from small_market import FAIR_PUT, NAN, TODAY, Row, SmallMarket

from trading.american import american_greeks, american_price
from trading.appraisal import appraise
from trading.assignment import all_assigned, early_assignment
from trading.exposure import beta_weighted, book_greeks, by_sector, by_symbol, concentration, leg_greeks
from trading.implied import implied_volatility
from trading.lot import Event
from trading.lots import replay
from trading.portfolio import Holding, Leg, Portfolio, legs_of
from trading.report import report
from trading.risk import RiskLimits
from trading.value_at_risk import value_at_risk

EXPIRY = TODAY + timedelta(days=30)
LIMITS = RiskLimits(account_usd=100_000)
MID = (FAIR_PUT.bid + FAIR_PUT.ask) / 2
PUT = Leg("KO", "put", -2, 1.30, 95.0, EXPIRY)
SHARES = Leg("KO", "shares", 1, 90.0, adjusted=89.0)
CALL = Row(105.0, 1.10, 1.16, is_call=True)
SWINGS = 100 * np.cumprod(1 + 0.01 * np.where(np.arange(121) % 2, 1.0, -1.0))
SPY = 500 * np.cumprod(1 + 0.005 * np.sin(np.arange(121)))


def market(**about: Any) -> SmallMarket:
    return SmallMarket().add("KO", FAIR_PUT, CALL, sector="Consumer Staples", **about)


def held(*legs: Leg, of: SmallMarket | None = None) -> tuple[Holding, ...]:
    return appraise(of or market(), legs)


def test_greeks_are_per_contract_times_a_hundred_times_the_signed_quantity() -> None:
    (put,) = held(PUT)
    one = american_greeks(False, 100, 95, 30 / 365, 0.05, 0.0, put.vol)
    book = book_greeks([put])
    assert float(american_price(False, 100, 95, 30 / 365, 0.05, 0.0, put.vol)) == pytest.approx(MID, abs=1e-5)
    assert float(leg_greeks([put])["delta"][0]) == pytest.approx(-200 * float(one.delta), rel=1e-5)
    assert book.delta_usd == pytest.approx(-200 * float(one.delta) * 100, rel=1e-5)
    assert book.gamma_usd == pytest.approx(-200 * float(one.gamma) * 100, rel=1e-5)
    assert book.theta_usd == pytest.approx(-200 * float(one.theta), rel=1e-5)
    assert book.vega_usd == pytest.approx(-200 * float(one.vega), rel=1e-5)
    assert (book.delta_usd > 0, book.theta_usd > 0, book.vega_usd < 0) == (True, True, True)


def test_shares_have_a_delta_of_one_and_nothing_else() -> None:
    book = book_greeks(held(SHARES))
    assert book.to_json() == {
        "delta_usd": 10_000.0,
        "gamma_usd": 0.0,
        "theta_usd": 0.0,
        "vega_usd": 0.0,
        "rho_usd": 0.0,
    }


def test_a_leg_that_nobody_can_value_makes_the_sums_unknown_and_is_named() -> None:
    stranger = Leg("XYZ", "put", -1, 1.0, 50.0, EXPIRY)
    portfolio = Portfolio(held(PUT, stranger), 100_000)
    assert math.isnan(book_greeks(portfolio.holdings).delta_usd)
    assert [holding.leg.symbol for holding in portfolio.unpriced] == ["XYZ"]
    assert portfolio.collateral_usd == 24_000
    found = report(portfolio, LIMITS, None)
    assert found["warnings"] == [
        "-1 XYZ 50 put 2026-12-02 is left out of Greeks and stress: the sample market has no price of XYZ."
    ]
    assert found["greeks"]["delta_usd"] == pytest.approx(book_greeks(held(PUT)).delta_usd, abs=0.01)
    stress = next(verdict for verdict in found["verdicts"] if verdict["rule"] == "stress loss")
    assert (stress["figure"], stress["holds"]) == (None, False)


def test_a_contract_without_a_quote_borrows_the_volatility_of_the_nearest_one() -> None:
    silent = SmallMarket().add("KO", FAIR_PUT, Row(96.0, NAN, NAN))
    (put,) = held(replace(PUT, strike=96.0), of=silent)
    assert put.vol == held(PUT)[0].vol > 0
    assert (put.vol_from, put.problem) == ("the 95 put of 2026-12-02", None)
    mute = SmallMarket().add("KO", Row(95.0, NAN, NAN))
    (put,) = held(PUT, of=mute)
    assert put.problem == "nothing in its chain gives -2 KO 95 put 2026-12-02 a volatility"


def test_a_put_deep_in_the_money_moves_like_the_shares_it_will_become() -> None:
    """One cent above what exercising brings it has a small volatility; below that nobody would wait to exercise."""
    deep = SmallMarket().add("KO", Row(120.0, 19.98, 20.04), FAIR_PUT)
    (put,) = held(replace(PUT, strike=120.0), of=deep)
    assert (put.vol_from, put.problem) == ("its mid", None)
    assert 0 < put.vol < float(implied_volatility(False, 20.01, 100, 120, 30 / 365, 0.05, 0.0)[0])
    assert float(leg_greeks([put])["delta"][0]) == pytest.approx(200, rel=0.02)
    (gone,) = held(replace(PUT, strike=120.0), of=SmallMarket().add("KO", Row(120.0, 19.7, 20.2), FAIR_PUT))
    greeks = leg_greeks([gone])
    assert float(greeks["delta"][0]) == 200
    assert float(greeks["vega_usd"][0]) == 0


def test_dividends_until_expiry_count_and_later_ones_do_not() -> None:
    """A quarter of 4 % of 100 dollars on 11 November is 1 dollar, by 2 December the forward is that much lower."""
    paying = market(dividend_yield=0.04, ex_dividend=date(2026, 11, 11))
    (put,) = held(PUT, of=paying)
    forward = 100 * math.exp((0.05 - put.carry) * put.years)
    assert forward == pytest.approx((100 - math.exp(-0.05 * 9 / 365)) * math.exp(0.05 * put.years), abs=1e-9)
    (later,) = held(PUT, of=market(dividend_yield=0.04, ex_dividend=date(2026, 12, 11)))
    (unknown,) = held(PUT, of=market(dividend_yield=0.04))
    assert (later.carry, unknown.carry) == (0.0, 0.04)


def test_equal_lots_are_one_leg_at_their_average() -> None:
    sold = [Event("sell_put", TODAY, Decimal(price), strike=Decimal(95), expiry=EXPIRY) for price in ("1.20", "1.40")]
    assigned = replay("KO", [sold[0], Event("assign", EXPIRY)])
    legs = legs_of([replay("KO", [event]) for event in sold] + [assigned])
    assert [(leg.kind, leg.quantity, leg.price, leg.adjusted) for leg in legs] == [
        ("shares", 1, 95.0, 93.8),
        ("put", -2, pytest.approx(1.30), None),
    ]


def test_collateral_is_a_part_of_the_cash_and_is_not_taken_off_twice() -> None:
    portfolio = Portfolio(held(PUT, SHARES), 20_000)
    assert portfolio.collateral_usd == 19_000
    assert portfolio.buying_power_usd == 1_000
    assert portfolio.equity_usd == pytest.approx(20_000 + 10_000 - 200 * portfolio.holdings[0].value)
    assert all_assigned(portfolio) == {
        "puts": 2,
        "cash_needed_usd": 19_000,
        "cash_usd": 20_000,
        "cash_left_usd": 1_000,
        "shortfall_usd": 0,
    }
    assert all_assigned(replace(portfolio, cash_usd=15_000))["shortfall_usd"] == 4_000


def test_allocation_is_what_each_name_would_hold_with_its_puts_assigned() -> None:
    both = market().add("XLE", FAIR_PUT)
    holdings = held(PUT, SHARES, Leg("XLE", "put", -1, 1.3, 95.0, EXPIRY), of=both)
    assert by_symbol(holdings) == {"KO": 29_000, "XLE": 9_500}
    assert by_sector(holdings) == {"Consumer Staples": 29_000, "no sector": 9_500}
    assert concentration(by_symbol(holdings)) == pytest.approx((290**2 + 95**2) / 385**2)
    assert concentration(dict.fromkeys("abcd", 1.0)) == 0.25


def test_one_day_at_risk_is_a_day_and_no_year() -> None:
    steady = SmallMarket().add("KO", FAIR_PUT, closes=SWINGS)
    risk = value_at_risk(held(SHARES, of=steady))
    assert risk.returns == 120
    assert risk.parametric_usd == {"95": pytest.approx(164.49, abs=0.01), "99": pytest.approx(232.63, abs=0.01)}
    assert risk.historical_usd == {"95": pytest.approx(100.0), "99": pytest.approx(100.0)}


def test_historical_risk_reprices_the_options_of_each_day() -> None:
    crash = np.append(SWINGS, SWINGS[-1] * 0.5)
    fallen = SmallMarket().add("KO", FAIR_PUT, closes=np.append(crash, np.full(20, crash[-1])))
    (put,) = held(PUT, of=fallen)
    worst = float(np.quantile([-200 * (45.0 - put.value)] + [0.0] * 139, 0.01))
    risk = value_at_risk([put])
    assert risk.historical_usd["99"] > -worst
    assert risk.historical_usd["99"] != pytest.approx(risk.parametric_usd["99"], rel=0.01)


def test_without_history_there_is_no_risk_figure_but_a_reason() -> None:
    risk = value_at_risk(held(SHARES))
    assert (risk.parametric_usd, risk.historical_usd) == ({}, {})
    assert risk.to_json()["reason"] == "fewer than 60 daily returns are known of KO"
    assert value_at_risk([]).reason == "nothing is held"


def test_delta_is_weighted_by_the_slope_on_spy() -> None:
    closes = 100 * np.cumprod(1 + 1.5 * np.append(0.0, SPY[1:] / SPY[:-1] - 1))
    two = SmallMarket().add("KO", FAIR_PUT, closes=closes).add("SPY", FAIR_PUT, spot=500.0, closes=SPY)
    weighted = beta_weighted(held(SHARES, of=two), two.stock("SPY"))
    assert weighted["betas"] == {"KO": pytest.approx(1.5)}
    assert weighted["delta_shares"] == pytest.approx(10_000 * 1.5 / 500)
    assert weighted["usd_per_percent"] == pytest.approx(150.0)


def test_beta_is_missing_with_a_reason_where_closes_are() -> None:
    spy = SmallMarket().add("SPY", FAIR_PUT, closes=SPY).stock("SPY")
    assert beta_weighted(held(SHARES), spy)["reason"] == "too few daily closes are known of KO"
    assert beta_weighted(held(SHARES), None)["reason"] == "no daily closes of SPY are known"
    assert beta_weighted(held(SHARES), spy)["delta_shares"] is None


def test_a_call_is_exercised_for_a_dividend_that_passes_its_time_value() -> None:
    def rows(bid: float, ex: date, dividend_yield: float = 0.08) -> list[dict[str, Any]]:
        paying = SmallMarket().add(
            "KO", Row(90.0, bid, bid + 0.1, is_call=True), ex_dividend=ex, dividend_yield=dividend_yield
        )
        return early_assignment(held(Leg("KO", "call", -1, 1.0, 90.0, EXPIRY), of=paying))

    (row,) = rows(10.5, TODAY + timedelta(days=10))
    assert (row["on"], row["is_likely"]) == ("2026-11-11", True)
    assert (row["gain_per_share"], row["time_value_per_share"]) == (2.0, 0.55)
    assert [row["is_likely"] for row in rows(12.5, TODAY + timedelta(days=10))] == [False]
    assert rows(10.5, EXPIRY + timedelta(days=1)) == []
    assert rows(10.5, TODAY + timedelta(days=10), 0.0) == []


def test_a_put_deep_in_the_money_may_be_exercised_any_day() -> None:
    deep = SmallMarket().add("KO", Row(130.0, 29.9, 30.2))
    (row,) = early_assignment(held(Leg("KO", "put", -1, 1.0, 130.0, EXPIRY), of=deep))
    assert (row["on"], row["is_likely"], row["time_value_per_share"]) == (str(TODAY), True, 0.05)
    assert early_assignment(held(PUT)) == []


def test_a_report_is_plain_and_complete_also_when_nothing_is_held() -> None:
    empty = report(Portfolio((), 5_000), LIMITS, None)
    assert (empty["positions"], empty["stress"], empty["equity_usd"], empty["valid"]) == ([], None, 5_000, True)
    assert empty["value_at_risk"]["reason"] == "nothing is held"
    expired = report(Portfolio(held(replace(PUT, expiry=date(2026, 10, 16))), 30_000), LIMITS, None)
    assert expired["positions"][0]["value"] == 0.0
    assert "has expired: say how it ended with magnus positions close." in expired["warnings"][0]
