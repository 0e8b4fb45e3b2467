"""The stress grid: every leg priced anew, a still world gains nothing, and the worst corner is found."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_market import FAIR_PUT, TODAY, Row, SmallMarket

from trading.american import american_price
from trading.appraisal import appraise
from trading.portfolio import Holding, Leg
from trading.stress import SPOT_MOVES, VOL_MOVES, grid, profit, scenario, stress_report, worst_loss_usd

EXPIRY = TODAY + timedelta(days=30)
MARKET = SmallMarket().add("KO", FAIR_PUT, Row(105.0, 1.10, 1.16, is_call=True))
PUT = Leg("KO", "put", -2, 1.30, 95.0, EXPIRY)
SHARES = Leg("KO", "shares", 3, 90.0, adjusted=89.0)
CALL = Leg("KO", "call", -3, 1.1, 105.0, EXPIRY)
MID = (FAIR_PUT.bid + FAIR_PUT.ask) / 2


def held(*legs: Leg) -> tuple[Holding, ...]:
    return appraise(MARKET, legs)


def cell(report: dict[str, Any], spot: float, vol: float) -> float:
    return float(report["pnl_usd"][report["spot_moves"].index(spot)][report["vol_moves"].index(vol)])


def test_the_grid_runs_from_thirty_down_to_thirty_up_and_volatility_to_fifty_up() -> None:
    assert (min(SPOT_MOVES), max(SPOT_MOVES), min(VOL_MOVES), max(VOL_MOVES)) == (-0.30, 0.30, -0.30, 0.50)
    assert grid(held(PUT)).shape == (len(SPOT_MOVES), len(VOL_MOVES))


def test_each_cell_is_a_full_repricing() -> None:
    (put,) = held(PUT)
    found, terms = stress_report([put]), (30 / 365, 0.05, 0.0)
    for spot, vol in ((-0.10, 0.30), (0.05, -0.15), (-0.20, 0.0)):
        moved = float(american_price(False, 100 * (1 + spot), 95, *terms, put.vol * (1 + vol)))
        still = float(american_price(False, 100, 95, *terms, put.vol))
        assert cell(found, spot, vol) == pytest.approx(-200 * (moved - still), abs=0.02)
    assert still == pytest.approx(MID, abs=1e-4)


def test_a_world_that_stands_still_gains_nothing() -> None:
    assert cell(stress_report(held(PUT, SHARES, CALL)), 0.0, 0.0) == 0.0


@given(st.floats(-0.9, 2.0))
def test_shares_gain_what_the_price_does_at_any_volatility(move: float) -> None:
    gains = profit(held(SHARES), np.array([[move]]), np.array([[0.5]]))
    assert float(gains[0, 0]) == pytest.approx(300 * 100 * move, abs=1e-6)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_sold_put_loses_at_most_its_strike_and_gains_at_most_its_premium(spot: float, vol: float) -> None:
    (put,) = held(PUT)
    gain = float(profit([put], np.array([[spot]]), np.array([[vol]]))[0, 0])
    assert -200 * (95 - put.value) - 1e-6 <= gain <= 200 * put.value + 1e-3


def test_the_worst_cell_is_named_with_its_moves() -> None:
    found = stress_report(held(PUT))
    assert found["worst"]["spot_move"] == -0.30
    assert found["worst"]["pnl_usd"] == min(min(row) for row in found["pnl_usd"])
    assert worst_loss_usd(held(PUT)) == pytest.approx(-found["worst"]["pnl_usd"], abs=0.01)
    assert worst_loss_usd([]) == 0.0


def test_an_unknown_leg_makes_the_worst_loss_unknown_and_not_zero() -> None:
    assert np.isnan(worst_loss_usd(held(PUT, Leg("XYZ", "put", -1, 1.0, 50.0, EXPIRY))))


def test_a_call_on_shares_takes_the_upside_and_softens_the_fall() -> None:
    covered, bare = stress_report(held(SHARES, CALL)), stress_report(held(SHARES))
    assert cell(covered, 0.30, 0.0) < cell(bare, 0.30, 0.0)
    assert cell(covered, -0.30, 0.0) > cell(bare, -0.30, 0.0)


def test_a_scenario_names_each_leg_the_worst_first() -> None:
    found = scenario(held(PUT, SHARES, CALL), -0.10, 0.0)
    assert [leg["position"].split()[1:3] for leg in found["positions"]] == [
        ["KO", "shares"],
        ["KO", "95"],
        ["KO", "105"],
    ]
    assert found["pnl_usd"] == pytest.approx(sum(leg["pnl_usd"] for leg in found["positions"]), abs=0.02)
    assert found["positions"][0]["pnl_usd"] == -3_000.0
