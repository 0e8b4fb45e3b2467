"""The roll desk: bought back at the ask, sold at the bid, and the assignment beside it."""

from datetime import date, timedelta
from typing import Any

import pytest
import typer
from small_market import TODAY, Row, SmallMarket
from typer.testing import CliRunner

from apps.cli.roll import roll
from graph.errors import BadInput
from tools.rolls import roll_choices
from trading.portfolio import Leg
from trading.roll_desk import Sold
from trading.rolls import rolls

NAN = float("nan")
SOON, LATER = TODAY + timedelta(days=30), TODAY + timedelta(days=60)
PUTS = (
    Row(95.0, 1.20, 1.30),
    Row(90.0, 1.25, 1.35, days=60),
    Row(92.5, 1.75, 1.85, days=60),
    Row(95.0, 2.30, 2.45, days=60),
    Row(97.5, 3.20, 3.35, days=60),
    Row(100.0, 4.60, 4.80, days=60),
    Row(85.0, 0.60, 0.70, days=60),
)
CALLS = (
    Row(105.0, 1.10, 1.20, is_call=True),
    Row(100.0, 3.10, 3.20, days=60, is_call=True),
    Row(105.0, 1.95, 2.05, days=60, is_call=True),
    Row(107.5, 1.40, 1.50, days=60, is_call=True),
    Row(110.0, 1.00, 1.10, days=60, is_call=True),
)
PUT = Sold("KO", "put", 95.0, SOON, premium=0.80)
CALL = Sold("KO", "call", 105.0, SOON, premium=0.90, basis=102.0)


def market(*rows: Row, **about: Any) -> SmallMarket:
    return SmallMarket().add("KO", *(rows or (*PUTS, *CALLS)), **about)


def choices(sold: Sold, of: SmallMarket | None = None, **how: Any) -> dict[str, dict[str, Any]]:
    return {row["choice"]: row for row in rolls(of or market(), sold, **how)["choices"]}


def test_a_roll_out_pays_the_ask_and_gets_the_bid() -> None:
    """2.30 - 1.30 = 1.00; 95 - 0.80 - 1.00 = 93.20; 1.00 / 95 * 365 / 30 = 12.81 %."""
    out = choices(PUT)["out"]
    assert out["net_credit"] == pytest.approx(1.00)
    assert out["net_credit_usd"] == pytest.approx(100.0)
    assert out["break_even"] == pytest.approx(93.20)
    assert (out["strike"], out["expiry"], out["extra_days"]) == (95.0, LATER.isoformat(), 30)
    assert out["annual_yield"] == pytest.approx(0.128070, abs=1e-6)


def test_a_put_is_rolled_down_as_far_as_it_still_brings_a_credit() -> None:
    """90 brings 1.25 for 1.30 paid, a debit; 92.50 brings 1.75, a credit of 0.45."""
    down = choices(PUT)["down"]
    assert (down["strike"], down["net_credit"]) == (92.5, pytest.approx(0.45))
    assert down["break_even"] == pytest.approx(92.5 - 0.80 - 0.45)


def test_without_any_credit_below_it_is_the_nearest_strike_and_a_debit() -> None:
    down = choices(PUT, market(PUTS[0], Row(90.0, 1.25, 1.35, days=60), Row(85.0, 0.60, 0.70, days=60)))["down"]
    assert (down["strike"], down["net_credit"]) == (90.0, pytest.approx(-0.05))
    assert down["annual_yield"] < 0


def test_a_credit_beyond_strikes_that_pay_none_is_a_quote_left_behind() -> None:
    """Recorded chains hold bids from before a split: 20.95 for a call 37 times the share price."""
    split = market(*PUTS, *CALLS, Row(5_400.0, 20.95, 21.50, days=60, is_call=True))
    assert choices(CALL, split)["up"]["strike"] == 107.5


def test_a_put_is_rolled_up_to_the_nearest_strike() -> None:
    up = choices(PUT)["up"]
    assert (up["strike"], up["net_credit"]) == (97.5, pytest.approx(1.90))


def test_a_call_is_rolled_up_as_far_as_it_still_brings_a_credit_and_its_yield_is_on_the_share() -> None:
    """1.40 - 1.20 = 0.20 on a share of 100 for 30 days; 107.50 + 0.90 + 0.20 = 108.60."""
    up = choices(CALL)["up"]
    assert (up["strike"], up["net_credit"], up["break_even"]) == (107.5, pytest.approx(0.20), pytest.approx(108.60))
    assert up["annual_yield"] == pytest.approx(0.20 / 100 * 365 / 30)


def test_a_call_is_rolled_down_to_what_the_shares_cost_and_no_further_unless_asked() -> None:
    found = rolls(market(), CALL)
    assert "down" not in {row["choice"] for row in found["choices"]}
    assert f"No roll down to {LATER}: it would be below the cost of 102.00." in found["missing"]
    assert choices(CALL, below_cost=True)["down"]["strike"] == 100.0


def test_taking_the_assignment_of_a_put_costs_the_strike_and_keeps_the_premium() -> None:
    """Shares at 94.20 after the premium, worth 100 now; the call at 100 pays 3.10 for 60 days: 3.10 / 95 * 365 / 60."""
    taken = choices(Sold("KO", "put", 95.0, SOON, contracts=3, premium=0.80))["assignment"]
    assert (taken["shares"], taken["cash_usd"], taken["break_even"]) == (300, -28_500.0, pytest.approx(94.20))
    assert taken["gain_at_spot_usd"] == pytest.approx(1_740.0)
    assert taken["net_credit_usd"] == 0.0
    assert (taken["delta"], taken["bid"]) == (None, None)


def test_what_can_be_sold_after_an_assignment_is_quoted_about_a_month_out() -> None:
    """The call at 105 with 30 days: 1.10 / 95 * 365 / 30 = 14.09 % on what the shares cost."""
    then = choices(PUT)["assignment"]["then"]
    assert (then["type"], then["strike"], then["dte"], then["bid"]) == ("call", 105.0, 30, 1.10)
    assert then["annual_yield"] == pytest.approx(0.140877, abs=1e-6)


def test_what_is_intrinsic_today_earns_nothing_after_an_assignment() -> None:
    """The call at 90 pays 11.50 with the share at 100: 1.50 of time value, 1.50 / 90 * 365 / 30 = 20.28 %."""
    there = market(Row(90.0, 0.40, 0.50), Row(90.0, 11.50, 11.80, is_call=True))
    then = choices(Sold("KO", "put", 90.0, SOON, premium=0.80), there)["assignment"]["then"]
    assert (then["bid"], then["time_value"]) == (11.50, pytest.approx(1.50))
    assert then["annual_yield"] == pytest.approx(0.202778, abs=1e-6)


def test_being_called_away_earns_strike_and_premium_over_what_the_shares_cost() -> None:
    taken = choices(CALL)["assignment"]
    assert (taken["shares"], taken["cash_usd"], taken["gain_at_spot_usd"]) == (-100, 10_500.0, pytest.approx(390.0))
    assert (taken["then"]["type"], taken["then"]["strike"]) == ("put", 95.0)


def test_dollars_count_all_contracts() -> None:
    many = choices(Sold("KO", "put", 95.0, SOON, contracts=5, premium=0.80))["out"]
    assert (many["net_credit_usd"], many["capital"], many["net_credit"]) == (500.0, 47_500.0, pytest.approx(1.00))


def test_without_the_premium_there_is_no_break_even_and_a_sentence_says_why() -> None:
    found = rolls(market(), Sold("KO", "put", 95.0, SOON))
    assert {row["break_even"] for row in found["choices"]} == {None}
    assert found["position"]["gain_closed_usd"] is None
    assert "Without the premium received there is no break-even: give it with --premium." in found["warnings"]


def test_closing_now_earns_the_premium_less_the_ask() -> None:
    assert rolls(market(), PUT)["position"]["gain_closed_usd"] == pytest.approx(-50.0)


def test_where_nobody_offers_the_old_contract_only_the_assignment_is_left() -> None:
    found = rolls(market(Row(95.0, 1.20, NAN), *PUTS[1:]), PUT)
    assert [row["choice"] for row in found["choices"]] == ["assignment"]
    assert found["missing"] == [f"The 95 put of {SOON} has no ask, so nobody can say what buying it back would cost."]


def test_a_roll_that_nobody_bids_for_is_missing_and_not_free() -> None:
    found = rolls(market(PUTS[0], Row(95.0, NAN, 2.45, days=60), PUTS[4]), PUT)
    assert [row["choice"] for row in found["choices"]] == ["up", "assignment"]
    assert found["missing"] == [
        f"No roll out to {LATER}: nobody bids.",
        f"No roll down to {LATER}: no strike below is listed.",
    ]


def test_rolls_go_to_the_expiries_nearest_to_a_week_a_month_and_two_months_later() -> None:
    rows = [Row(95.0, 2.0 + days / 100, 2.2 + days / 100, days=days) for days in (30, 35, 44, 58, 65, 92, 200)]
    found = rolls(market(*rows), PUT)
    assert [row["extra_days"] for row in found["choices"]] == [5, 28, 62, 0]


def test_earnings_on_the_way_are_named() -> None:
    reporting = market(earnings=TODAY + timedelta(days=45))
    found = rolls(reporting, PUT)
    assert choices(PUT, reporting)["out"]["earnings_before_expiry"] is True
    assert found["position"]["earnings_before_expiry"] is False
    assert f"Earnings on 2026-12-17 come before {LATER}." in found["warnings"]


def test_a_call_that_a_dividend_would_take_early_is_named() -> None:
    rich = market(
        CALLS[0],
        Row(105.0, 10.1, 10.3, days=60, is_call=True),
        spot=115.0,
        dividend_yield=0.16,
        ex_dividend=SOON - timedelta(days=5),
    )
    found = rolls(rich, CALL, below_cost=True)
    assert found["position"]["early_assignment"]["is_likely"] is True
    assert any("likely to be exercised early" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    ("contract", "sentence"),
    [
        ({"strike": 96.0}, "KO has no 96 put of 2026-12-02; the nearest strikes are 95."),
        ({"expiry": "2026-12-03"}, "KO has no puts that expire on 2026-12-03; the nearest are 2026-12-02, 2027-01-01."),
        ({"expiry": "soon"}, "expiry is soon, and it has to be a date such as 2026-12-18."),
        ({"strike": -5.0}, "strike is -5.0, and it has to be a number of dollars above 0."),
        ({"option_type": None}, "A contract needs option_type: for instance KO, put, 60 and 2026-12-18."),
        ({"symbol": "XYZ"}, "The sample market does not know XYZ"),
    ],
)
def test_a_contract_that_cannot_be_rolled_is_said_in_one_sentence(contract: dict[str, Any], sentence: str) -> None:
    asked = {"symbol": "ko", "option_type": "put", "strike": 95.0, "expiry": "2026-12-02", **contract}
    with pytest.raises(BadInput) as told:
        roll_choices(market(), asked)
    assert str(told.value).startswith(sentence)


def test_an_expired_contract_is_not_rolled() -> None:
    gone = market(Row(95.0, 1.20, 1.30, days=-3), *PUTS[1:])
    with pytest.raises(ValueError, match="has expired"):
        rolls(gone, Sold("KO", "put", 95.0, date(2026, 10, 30)))


def test_premium_number_and_cost_come_from_the_positions_unless_given() -> None:
    held = (
        Leg("KO", "shares", 2, 102.0, adjusted=101.0),
        Leg("KO", "call", -2, 0.90, 105.0, SOON),
        Leg("KO", "call", -1, 0.30, 110.0, SOON),
    )
    asked = {"symbol": "KO", "option_type": "call", "strike": 105.0, "expiry": SOON}
    position = roll_choices(market(), asked, held=held)["position"]
    assert (position["contracts"], position["premium"], position["basis"]) == (2, 0.90, 102.0)
    given = roll_choices(market(), asked, held=held, contracts=1, premium=0.50, basis=99.0)["position"]
    assert (given["contracts"], given["premium"], given["basis"]) == (1, 0.50, 99.0)


def test_the_table_fits_eighty_columns_and_says_sample() -> None:
    app = typer.Typer()
    app.command()(roll)
    words = "--symbol KO --type put --strike 70 --expiry 2026-11-20 --premium 0.80 --contracts 2 --data sample"
    shown = CliRunner().invoke(app, words.split())
    lines = shown.output.splitlines()
    assert (shown.exit_code, max(map(len, lines)) <= 80) == (0, True)
    assert lines[0].startswith("SAMPLE data")
    assert {line.split()[0] for line in lines} >= {"out", "down", "up", "Taking"}
