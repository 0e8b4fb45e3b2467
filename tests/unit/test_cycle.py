"""The whole cycle: exact where a formula knows the answer, no edge where there is none, and the tail beside it."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import typer
from small_market import TODAY, Row, SmallMarket
from typer.testing import CliRunner

from apps.cli.cycle import cycle as cycle_command
from graph.errors import BadInput
from tools.cycle import cycle_value
from trading.cycle import Cycle, simulate
from trading.cycle_report import fall, value_cycle
from trading.pricing import price, prob_otm
from trading.value import expected_profit

FAIR = float(price(False, 100, 95, 30 / 365, 0.05, 0.02, 0.30))
FREE = Cycle(100, 95, 30, FAIR, FAIR, 0.30, 0.05, 0.02, fee_usd=0.0)
"""A put at its fair value, with no spread and no fees."""
DEAR = replace(FREE, bid=0.97 * FAIR, fee_usd=0.65)


def test_a_put_without_calls_after_it_earns_what_its_formula_says() -> None:
    """Assigned shares are sold at once, so the gain over T-bills is the put's own expected profit."""
    found = simulate(replace(FREE, most_calls=0, bid=FAIR + 0.10), drift=0.05, vol_annual=0.25, paths=400_000)
    formula = float(expected_profit(False, FAIR + 0.10, 100, 95, 30 / 365, 0.05, 0.02, 0.25))
    assert (found.wheel - found.t_bills).mean() == pytest.approx(formula, abs=0.01)
    kept = float(prob_otm(False, 100, 95, 30 / 365, 0.05, 0.02, 0.25))
    assert 1 - found.is_assigned.mean() == pytest.approx(kept, abs=0.003)


def test_without_an_edge_and_without_costs_no_way_beats_another() -> None:
    found = value_cycle(FREE, paths=200_000)
    assert abs(found["over_t_bills_usd"]) < 3.5 * found["over_t_bills_error_usd"] < 20
    discounted = simulate(FREE, 0.05, 0.30, 200_000)
    shares = (discounted.buy_and_hold - discounted.t_bills) * np.exp(-0.05 * discounted.years)
    assert shares.mean() == pytest.approx(0.0, abs=0.12)


def test_without_an_edge_the_costs_are_what_is_lost() -> None:
    """The same paths with and without costs: 3 % of 1.26 and 0.65 for the put alone, and as much for each call."""
    free, dear = value_cycle(FREE, paths=20_000), value_cycle(DEAR, paths=20_000)
    lost = free["over_t_bills_usd"] - dear["over_t_bills_usd"]
    assert lost == pytest.approx(dear["costs_usd"], rel=0.05)
    assert dear["costs_usd"] > 100 * 0.03 * FAIR + 0.65
    assert free["costs_usd"] == 0.0


def test_an_option_sold_dearer_than_the_share_moves_earns_more_than_t_bills() -> None:
    found = value_cycle(DEAR, vol_annual=0.20, paths=20_000)
    assert found["over_t_bills_usd"] > 5 * found["over_t_bills_error_usd"]


@pytest.mark.parametrize("strike", [1.0, 50.0])
def test_a_put_that_is_never_assigned_earns_its_premium_and_interest(strike: float) -> None:
    """(strike + 0.40) * e^(0.05 * 73/365) - strike, over 73 days, and no call is ever sold."""
    found = simulate(Cycle(100, strike, 73, 0.40, 0.40, 0.10, 0.05, fee_usd=0.0), 0.05, 0.10, 2_000)
    assert found.wheel == pytest.approx((strike + 0.40) * math.exp(0.01) - strike)
    assert (found.years.max(), found.calls.max(), found.is_assigned.max()) == (pytest.approx(0.2), 0, 0)


def test_shares_that_do_not_move_are_called_away_at_the_end_of_their_first_call_or_never() -> None:
    """No volatility to speak of and a share that grows 20 % a year passes every strike; one that shrinks, none."""
    deep = Cycle(94, 95, 30, 1.5, 1.5, 0.05, 0.0, fee_usd=0.0)
    rising, falling = simulate(deep, 0.20, 0.001, 200), simulate(deep, -0.60, 0.001, 200)
    assert rising.is_assigned.mean() == 0.0
    assert (falling.is_assigned.mean(), falling.is_left.mean()) == (1.0, 1.0)
    assert falling.years == pytest.approx((30 + 12 * 30) / 365)


def test_no_call_is_sold_below_what_the_shares_cost() -> None:
    """Called away they bring 95 at least, so a cycle that ends in a call loses no more than nothing on the shares."""
    found = simulate(DEAR, 0.05, 0.30, 20_000)
    is_called = (found.is_assigned == 1) & (found.is_left == 0)
    assert is_called.sum() > 1_000
    assert found.wheel[is_called].min() > 0


def test_the_fall_of_a_fifth_is_counted_by_hand() -> None:
    """1.30 - (95 - 80) = -13.70 a share; shares for 9,500 lose 1,900; without interest T-bills earn nothing."""
    still = Cycle(100, 95, 30, 1.30, 1.33, 0.30, 0.0, fee_usd=0.65)
    assert fall(still) == {"wheel": pytest.approx(-1_370.65), "buy_and_hold": -1_900.0, "t_bills": 0.0}
    assert fall(still, move=0.10)["wheel"] == pytest.approx(129.35)


def test_the_same_seed_gives_the_same_answer_and_another_one_nearly_the_same() -> None:
    first, again = value_cycle(DEAR, paths=20_000), value_cycle(DEAR, paths=20_000)
    other = value_cycle(DEAR, paths=20_000, seed=8)
    assert first == again
    apart = abs(first["wheel"]["mean_usd"] - other["wheel"]["mean_usd"])
    assert 0 < apart < 4 * math.hypot(first["wheel"]["error_usd"], other["wheel"]["error_usd"])


def test_the_tail_lies_below_its_edge_and_the_wheel_loses_less_often_than_the_shares() -> None:
    found = value_cycle(DEAR, paths=20_000)
    for way in ("wheel", "buy_and_hold"):
        assert found[way]["worst_5_pct_usd"] < found[way]["p5_usd"] < found[way]["median_usd"]
    assert found["wheel"]["chance_of_loss"] < found["buy_and_hold"]["chance_of_loss"]
    assert found["t_bills"]["chance_of_loss"] == 0.0


def test_what_the_figures_rest_on_is_said_with_its_numbers() -> None:
    said = " ".join(value_cycle(DEAR, drift=0.08, vol_annual=0.25, paths=2_000)["assumptions"])
    for number in ("8.0%", "25.0%", "30.0%", "$0.65", "6.0%", "2,000 simulated paths", "seed 7"):
        assert number in said


MARKET = SmallMarket().add("KO", Row(95.0, 1.26, 1.3635437865522186), Row(90.0, float("nan"), 0.10))
PUT = {"symbol": "KO", "strike": 95.0, "expiry": (TODAY + timedelta(days=30)).isoformat()}


def test_a_listed_put_is_sold_at_its_bid_with_the_volatility_of_its_mid() -> None:
    found = cycle_value(MARKET, PUT)
    assert (found["source"], found["put"]["bid"], found["capital_usd"]) == ("sample", 1.26, 9_500.0)
    assert "the put implies 30.0%" in found["assumptions"][0]
    assert "drifts at 5.0% a year" in found["assumptions"][0]


@pytest.mark.parametrize(
    ("contract", "view", "sentence"),
    [
        ({"strike": 90.0}, {}, "The 90 put of 2026-12-02 has no bid, ask and volatility to go by."),
        ({"strike": 91.0}, {}, "KO has no 91 put of 2026-12-02; the nearest strikes are 90, 95."),
        ({"option_type": "call"}, {}, "The wheel begins with a put: ask about one."),
        ({}, {"drift": 7.0}, "drift is 7, and it has to be a fraction a year from -5 to 5."),
        ({}, {"vol_annual": -0.1}, "vol_annual is -0.1, and it has to be a fraction a year from 0 to 5."),
    ],
)
def test_what_cannot_be_valued_is_said_in_one_sentence(
    contract: dict[str, Any], view: dict[str, float], sentence: str
) -> None:
    with pytest.raises(BadInput) as told:
        cycle_value(MARKET, {**PUT, **contract}, **view)
    assert str(told.value) == sentence


def test_the_table_fits_eighty_columns_says_sample_and_what_it_rests_on() -> None:
    app = typer.Typer()
    app.command()(cycle_command)
    words = "--symbol KO --strike 66 --expiry 2026-12-18 --drift 7 --data sample"
    shown = CliRunner().invoke(app, words.split())
    lines = shown.output.splitlines()
    assert (shown.exit_code, max(map(len, lines)) <= 80) == (0, True)
    assert lines[0].startswith("SAMPLE data")
    assert {"wheel", "buy", "T-bills"} <= {line.split()[0] for line in lines}
    assert "drifts at 7.0% a year" in " ".join(lines)
