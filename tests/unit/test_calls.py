"""Calls on held lots: none below cost unless asked, and when a dividend takes the shares early."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from command import Magnus
from small_market import RICH, TODAY, Row, SmallMarket, counts_hold

from trading.calls import FreeLot, covered_calls, free_lots
from trading.contracts import Stock
from trading.criteria import Criteria
from trading.early_exercise import early_call_exercise
from trading.lot import Event
from trading.lots import replay

EXPIRY = TODAY + timedelta(days=30)
CALLS = (
    Row(103.0, 1.70, 1.78, is_call=True),
    Row(105.0, 1.10, 1.16, is_call=True),
    Row(108.0, 0.50, 0.54, is_call=True),
)
MARKET = SmallMarket().add("KO", Row(), *CALLS)


def scanned(*lots: FreeLot, of: SmallMarket = MARKET, below_cost: bool = False, **slots: Any) -> dict[str, Any]:
    return covered_calls(of, lots, Criteria.from_slots(slots), RICH, below_cost=below_cost)


def by_strike(found: dict[str, Any]) -> dict[float, dict[str, Any]]:
    return {row["strike"]: row for row in found["opportunities"]}


def test_no_call_is_listed_below_what_the_lot_cost() -> None:
    found = scanned(FreeLot("KO", 105.0, 103.0))
    assert sorted(by_strike(found)) == [105.0, 108.0]
    assert found["rejected"] == {"wrong type": 1, "below cost basis": 1}
    assert counts_hold(found)


def test_the_cost_is_what_was_paid_and_not_what_is_left_after_premiums() -> None:
    assert sorted(by_strike(scanned(FreeLot("KO", 105.0, 90.0)))) == [105.0, 108.0]


def test_a_call_below_cost_is_listed_when_asked_and_says_so() -> None:
    found = by_strike(scanned(FreeLot("KO", 105.0, 103.0), below_cost=True))
    assert {strike: row["held"]["is_below_cost"] for strike, row in found.items()} == {
        103.0: True,
        105.0: False,
        108.0: False,
    }
    assert found[103.0]["held"]["gain_if_called_usd"] == pytest.approx(-30.0)


def test_what_being_called_away_earns_is_strike_and_premium_over_cost() -> None:
    held = by_strike(scanned(FreeLot("KO", 100.0, 98.5)))[105.0]["held"]
    assert held == {
        "lots": 1,
        "free_lots": 1,
        "basis": 100.0,
        "adjusted_basis": 98.5,
        "break_even": 97.4,
        "is_below_cost": False,
        "gain_if_called_usd": 610.0,
    }


def test_a_call_fits_the_lots_that_cost_no_more_than_its_strike() -> None:
    found = by_strike(scanned(FreeLot("KO", 107.0, 106.0), FreeLot("KO", 101.0, 100.0)))
    assert {strike: row["held"]["lots"] for strike, row in found.items()} == {103.0: 1, 105.0: 1, 108.0: 2}
    assert found[108.0]["held"]["gain_if_called_usd"] == pytest.approx(100 * (1.50 + 7.50))
    assert found[108.0]["held"]["break_even"] == pytest.approx(103.0 - 0.50)


def test_only_symbols_that_are_held_are_looked_at() -> None:
    market = SmallMarket().add("KO", *CALLS).add("PEP", *CALLS)
    found = scanned(FreeLot("KO", 100.0, 100.0), of=market)
    assert {row["symbol"] for row in found["opportunities"]} == {"KO"}
    assert found["considered"] == 3


def test_a_lot_that_no_call_is_left_for_is_named() -> None:
    found = scanned(FreeLot("KO", 120.0, 118.0))
    assert found["opportunities"] == []
    assert "No call on KO at or above its cost of 120.00 passed." in found["warnings"]
    assert found["rejected"]["below cost basis"] == 3


@pytest.mark.parametrize(
    ("slots", "sentence"),
    [
        ({"option_type": "put"}, "Puts are not sold on shares"),
        ({"symbols": ["PEP"]}, "No lot of 100 shares of PEP is held without a call on it"),
    ],
)
def test_what_makes_no_covered_call_is_said_in_one_sentence(slots: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        scanned(FreeLot("KO", 100.0, 98.5), **slots)


def test_a_lot_is_free_once_it_is_assigned_and_until_a_call_is_sold_on_it() -> None:
    sold = Event("sell_put", TODAY, Decimal("1.30"), strike=Decimal(95), expiry=EXPIRY)
    taken = [sold, Event("assign", EXPIRY)]
    call = Event("sell_call", EXPIRY, Decimal("1.00"), strike=Decimal(100), expiry=EXPIRY + timedelta(days=30))
    lots = [replay("KO", taken), replay("PEP", [sold]), replay("T", [*taken, call])]
    assert free_lots(lots) == [FreeLot("KO", 95.0, 93.7)]


def stock(ex_dividend: date | None, dividend_yield: float = 0.04) -> Stock:
    return Stock("KO", "Coca-Cola", 60.0, dividend_yield=dividend_yield, ex_dividend=ex_dividend)


def test_a_call_that_goes_ex_on_its_last_day_is_taken_wherever_it_is_in_the_money() -> None:
    """With no time left the call is worth its intrinsic value, so the dividend of 0.60 is gained in full."""
    risk = early_call_exercise(stock(EXPIRY), TODAY, 60.0, 50.0, EXPIRY, 0.04, 0.20)
    assert risk is not None
    assert (risk.dividend, risk.time_value, risk.gain) == pytest.approx((0.60, 0.0, 0.60))
    assert risk.pays_above == pytest.approx(50.0)
    assert risk.probability > 0.999


def test_a_dividend_below_the_interest_on_the_strike_takes_no_call_at_any_price() -> None:
    """A year of 10 % on a strike of 50 is 4.76; the dividend is 0.60."""
    risk = early_call_exercise(
        stock(TODAY + timedelta(days=5)), TODAY, 60.0, 50.0, TODAY + timedelta(days=370), 0.10, 0.20
    )
    assert risk is not None
    assert (risk.pays_above, risk.probability, risk.is_likely) == (None, 0.0, False)


def test_the_chance_is_one_half_where_the_share_stands_at_the_price_from_which_it_pays() -> None:
    ex_date = TODAY + timedelta(days=11)
    there = early_call_exercise(stock(ex_date), TODAY, 60.0, 59.0, EXPIRY, 0.0, 0.20)
    assert there is not None and there.pays_above is not None
    at_it = early_call_exercise(
        stock(ex_date, 0.04 * 60 / there.pays_above), TODAY, there.pays_above, 59.0, EXPIRY, 0.0, 0.20
    )
    assert at_it is not None
    assert at_it.gain == pytest.approx(0.0, abs=1e-6)
    assert at_it.probability == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("ex_dividend", [None, TODAY, EXPIRY + timedelta(days=1)])
def test_without_an_ex_date_before_expiry_there_is_no_risk_to_tell(ex_dividend: date | None) -> None:
    assert early_call_exercise(stock(ex_dividend), TODAY, 60.0, 50.0, EXPIRY, 0.04, 0.20) is None


def test_a_scan_of_held_lots_tells_the_risk_of_each_call() -> None:
    paying = SmallMarket().add("KO", *CALLS, dividend_yield=0.04, ex_dividend=TODAY + timedelta(days=20))
    found = by_strike(scanned(FreeLot("KO", 100.0, 100.0), of=paying))
    chances = [found[strike]["early_assignment"]["probability"] for strike in (103.0, 105.0, 108.0)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.05
    assert found[103.0]["early_assignment"]["dividend"] == pytest.approx(1.00)
    assert "ex-date of 2026-11-22" in " ".join(found[103.0]["reasons"])


def test_the_calls_on_shares_on_record_are_scanned_and_never_below_what_they_cost(magnus: Magnus) -> None:
    refused = magnus("scan", "--held", "--data", "sample")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "No lot of 100 shares is held without a call on it" in refused.stderr
    assert magnus("positions", "add", "KO", "--shares", "200", "--price", "71.50").returncode == 0
    found = json.loads(magnus("scan", "--held", "--data", "sample", "--json").stdout)
    assert {(row["symbol"], row["type"], row["held"]["lots"]) for row in found["opportunities"]} == {("KO", "call", 2)}
    assert min(row["strike"] for row in found["opportunities"]) == 72.0
    assert found["rejected"]["below cost basis"] > 0
    cheaper = json.loads(magnus("scan", "--held", "--below-cost", "--data", "sample", "--json").stdout)
    assert min(row["strike"] for row in cheaper["opportunities"]) < 71.50
