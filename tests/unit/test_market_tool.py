"""The market data agent: what it says, where that comes from, and what it does not know."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from small_market import FAIR_PUT, NAN, NOON, TODAY, Row, SmallMarket, amzn_of_2023, before_the_open_of_2025

from graph.errors import BadInput
from tools.chains import option_chain
from tools.market import events, iv_ranks, price_history, quotes
from tools.screening import screen
from trading.listing import ExpiryWish, choose_expiry
from trading.sample import sample_market

RISING = np.linspace(0.20, 0.60, 252)
CALL = Row(105.0, 1.0, 1.1, is_call=True)


def market(**about: Any) -> SmallMarket:
    return SmallMarket().add("KO", FAIR_PUT, CALL, **about)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


def test_every_row_says_its_source_and_its_own_time() -> None:
    earlier = datetime(2026, 10, 20, 17, tzinfo=UTC)
    both = market().add("PEP", FAIR_PUT, as_of=earlier)
    found = quotes(both, ["KO", "pep"])
    assert [(row["symbol"], row["source"], row["as_of"]) for row in found["quotes"]] == [
        ("KO", "sample", NOON.isoformat()),
        ("PEP", "sample", earlier.isoformat()),
    ]
    assert found["warnings"] == ["The quotes of PEP are from 2026-10-20, 13 days older than the newest."]
    assert quotes(both, ["PEP"])["as_of"] == earlier.isoformat()


def test_what_the_source_does_not_know_is_none_and_never_zero() -> None:
    (row,) = quotes(SmallMarket().add("KO", Row(95.0, NAN, NAN)), ["KO"])["quotes"]
    unknown = ("change", "iv", "iv_from", "iv_rank", "iv_percentile", "realised_vol", "earnings", "dividend_yield")
    assert {name: row[name] for name in unknown} == dict.fromkeys(unknown)
    assert row["iv_days"] == 0


def test_no_answer_holds_a_number_that_is_none() -> None:
    bare = SmallMarket().add("KO", Row(95.0, NAN, 1.0, last=NAN), closes=np.array([NAN, 99.0, NAN]))
    answers = (quotes(bare, ["KO"]), iv_ranks(bare, ["KO"]), price_history(bare, ["KO"]), option_chain(bare, "KO"))
    assert all(np.isfinite(numbers(list(answers))))


def test_volatility_is_that_of_the_history_and_else_of_the_chain() -> None:
    (known,) = quotes(market(atm_ivs=RISING), ["KO"])["quotes"]
    assert (known["iv"], known["iv_from"], known["iv_rank"], known["iv_days"]) == (0.6, "history", 100.0, 252)
    quoted = SmallMarket().add("KO", FAIR_PUT)
    (worked_out,) = quotes(quoted, ["KO"])["quotes"]
    assert worked_out["iv_from"] == "chain"
    assert worked_out["iv"] == pytest.approx(0.29903, abs=3e-5)


def test_rank_and_percentile_differ_and_name_their_sample() -> None:
    spiky = np.append(np.append(np.full(200, 0.20), [1.0]), 0.30)
    (row,) = iv_ranks(market(atm_ivs=spiky), ["KO"])["iv_ranks"]
    assert row["rank"] == pytest.approx(12.5)
    assert row["percentile"] == pytest.approx(200 / 201 * 100, abs=1e-4)
    assert row["days"] == 202


def test_too_short_a_sample_has_neither_rank_nor_percentile() -> None:
    (row,) = iv_ranks(market(atm_ivs=RISING[:59]), ["KO"])["iv_ranks"]
    assert (row["rank"], row["percentile"], row["days"]) == (None, None, 59)
    assert row["iv"] == pytest.approx(RISING[58])


def test_realised_volatility_is_never_given_as_implied() -> None:
    closes = 100 * np.cumprod(1 + 0.02 * np.tile([1, -1], 60))
    silent = SmallMarket().add("KO", Row(95.0, NAN, NAN), closes=closes)
    (past,) = price_history(silent, ["KO"])["history"]
    assert past["realised_vol"] == pytest.approx(0.02 * np.sqrt(252), rel=0.02)
    assert quotes(silent, ["KO"])["quotes"][0]["iv"] is None
    assert iv_ranks(silent, ["KO"])["iv_ranks"][0]["iv"] is None


def test_a_history_is_as_long_as_what_was_asked_for() -> None:
    closes = np.arange(50.0, 151.0)
    (week,) = price_history(market(closes=closes), ["KO"], 5)["history"]
    assert (week["closes"], week["first"], week["last"]) == (6, 145.0, 150.0)
    assert week["change"] == pytest.approx(150 / 145 - 1, abs=1e-6)
    assert week["drawdown"] == 0
    assert week["realised_vol"] is None


def test_a_history_that_is_too_short_or_missing_is_told() -> None:
    short = price_history(market(closes=np.arange(50.0, 60.0)), ["KO"], 100)
    assert short["warnings"] == ["Of KO only 10 closes are known, which is less than 100 days of moves."]
    assert price_history(market(), ["KO"])["warnings"] == ["No past prices of KO are known from sample quotes."]


def test_a_date_that_is_over_is_not_the_next_one() -> None:
    over = market(earnings=date(2026, 10, 1), ex_dividend=date(2026, 9, 1))
    (row,) = events(over, ["KO"])["events"]
    assert (row["earnings"], row["ex_dividend"], row["days_to_earnings"]) == (None, None, None)
    assert "the earnings of 2026-10-01 are over" in row["notes"][0]
    (coming,) = events(market(earnings=date(2026, 11, 12), is_etf=False), ["KO"])["events"]
    assert (coming["earnings"], coming["days_to_earnings"]) == ("2026-11-12", 10)


def test_a_fund_reports_no_earnings_and_says_so() -> None:
    (row,) = events(market(is_etf=True), ["KO"])["events"]
    assert row["notes"][0] == "a fund reports no earnings"


@pytest.mark.parametrize(
    ("symbols", "sentence"),
    [
        (["KOO"], "The sample market does not know KOO: did you mean KO?"),
        (["KO", "XYZ"], "The sample market does not know XYZ: it has 1 symbols, such as KO."),
        ([], "Name at least one stock, such as KO."),
    ],
)
def test_an_unknown_symbol_is_told_in_one_sentence(symbols: list[str], sentence: str) -> None:
    for ability in (quotes, iv_ranks, price_history, events):
        with pytest.raises(BadInput) as told:
            ability(market(), symbols)
        assert str(told.value) == sentence


def test_a_chain_shows_bid_ask_volatility_and_delta_of_one_expiry() -> None:
    found = option_chain(SmallMarket().add("KO", FAIR_PUT, CALL, Row(days=60)), "ko")
    put, call = found["chain"]
    assert (found["expiry"], found["dte"], len(found["expiries"])) == ("2026-12-02", 30, 2)
    assert (put["type"], put["bid"], call["type"]) == ("put", 1.26, "call")
    assert put["iv"] == pytest.approx(0.29903, abs=3e-5)
    assert -1 < put["delta"] < 0 < call["delta"] < 1


def test_a_missing_bid_is_missing_in_the_chain_and_counted() -> None:
    found = option_chain(SmallMarket().add("KO", Row(95.0, NAN, 1.2), FAIR_PUT), "KO")
    assert found["chain"][0]["bid"] is None
    assert found["chain"][0]["mid"] is None
    assert "1 have both a bid and an ask" in found["warnings"][0]


def test_a_chain_is_cut_to_the_strikes_next_to_the_price() -> None:
    rows = [Row(strike) for strike in (80.0, 90.0, 99.0, 101.0, 120.0)]
    found = option_chain(SmallMarket().add("KO", *rows), "KO", strikes=2)
    assert [row["strike"] for row in found["chain"]] == [99.0, 101.0]
    assert found["left_out"] == 3


@pytest.mark.parametrize(
    ("wish", "strike", "part"),
    [
        (ExpiryWish(day=date(2026, 12, 3)), None, "expire on 2026-12-03; the nearest are 2026-12-02"),
        (ExpiryWish(month=(2027, 3)), None, "expire in March 2027; the nearest are 2026-12-02"),
        (ExpiryWish(), 61.0, "KO has no 61 option of 2026-12-02; the nearest strikes are 95, 105"),
    ],
)
def test_what_is_not_listed_is_told_with_what_is(wish: ExpiryWish, strike: float | None, part: str) -> None:
    with pytest.raises(BadInput) as told:
        option_chain(market(), "KO", wish, strike=strike)
    assert part in str(told.value)


def test_a_month_means_its_monthly_contract() -> None:
    weekly_too = [date(2026, 12, 4), date(2026, 12, 18), date(2026, 12, 24), date(2027, 6, 17)]
    assert choose_expiry(weekly_too, TODAY, ExpiryWish(month=(2026, 12))) == date(2026, 12, 18)
    assert choose_expiry(weekly_too, TODAY, ExpiryWish(month=(2027, 6))) == date(2027, 6, 17)
    assert choose_expiry(weekly_too, TODAY, ExpiryWish(month=(2027, 7))) is None


def test_an_expiry_in_the_past_is_never_chosen() -> None:
    assert choose_expiry([date(2026, 10, 30)], TODAY, ExpiryWish(days=0)) is None


def test_a_screen_counts_every_stock_once() -> None:
    sample = sample_market()
    for criteria in ({}, {"max_price": 20, "min_iv_rank": 50}, {"reports_within": 7}, {"max_move": -0.05}):
        found = screen(sample, criteria)
        assert found["considered"] == len(sample.symbols())
        assert found["considered"] == len(found["stocks"]) + sum(found["rejected"].values())


def test_a_screen_keeps_what_meets_every_criterion() -> None:
    found = screen(sample_market(), {"max_price": 20, "min_iv_rank": 50, "limit": 100})["stocks"]
    assert found
    assert all(row["spot"] <= 20 and row["iv_rank"] >= 50 for row in found)


def test_a_screen_by_dates_looks_at_the_days_between() -> None:
    found = screen(sample_market(), {"reports_from": 3, "reports_within": 9, "limit": 200})["stocks"]
    assert {row["days_to_earnings"] for row in found} <= set(range(3, 10))
    assert [row["earnings"] for row in found] == sorted(row["earnings"] for row in found)


def test_a_stock_passes_by_a_contract_that_can_be_traded() -> None:
    rich = SmallMarket().add("KO", Row(95.0, 5.0, 5.1)).add("PEP", Row(95.0, NAN, 5.1)).add("MO", Row(95.0, 0.1, 0.11))
    found = screen(rich, {"min_annual_yield": 0.3})
    assert [(row["symbol"], row["contracts"]) for row in found["stocks"]] == [("KO", 1)]
    assert found["rejected"] == {"no such contract": 2}


@pytest.mark.parametrize(
    ("criteria", "part"),
    [
        ({"reports_within": 1.5}, "whole number of days"),
        ({"min_move": "much"}, "has to be a number"),
        ({"max_price": -1}, "cannot be negative"),
        ({"colour": "red"}, "no criterion called colour"),
        ({"symbols": ["KOO"]}, "did you mean"),
    ],
)
def test_a_criterion_that_makes_no_sense_is_told(criteria: dict[str, Any], part: str) -> None:
    with pytest.raises(BadInput, match=part):
        screen(sample_market(), criteria)


def test_a_recorded_chain_answers_too() -> None:
    recorded = amzn_of_2023()
    (row,) = quotes(recorded, ["AMZN"])["quotes"]
    assert (row["source"], row["iv_from"], row["iv_rank"]) == ("stored", "chain", None)
    assert 0.2 < row["iv"] < 0.6
    assert option_chain(recorded, "AMZN", strikes=3)["chain"]


def test_quotes_before_the_open_give_no_volatility_out_of_nothing() -> None:
    morning = before_the_open_of_2025()
    assert {row["iv"] for row in quotes(morning, morning.symbols())["quotes"]} == {None}
    assert "have both a bid and an ask" in option_chain(morning, "AAPL")["warnings"][0]
