"""American option maths: reference values, bounds, early exercise, and prices that imply nothing."""

import csv
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trading.american import american_greeks, american_price
from trading.american_implied import american_implied_volatility
from trading.implied import NoAnswer
from trading.pricing import greeks, price

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "option_reference_vectors.csv"
SCHEME_ERROR = 8e-6
"""Of the larger of spot and strike, with a little room over what the docstring promises."""

bounded = settings(max_examples=60, deadline=None)


@st.composite
def contracts(draw):
    """is_call, spot, strike, years, rate, dividend yield, volatility, within the schemes that are not slow."""
    spot = draw(st.floats(5, 500))
    strike = spot * math.exp(draw(st.floats(-0.7, 0.7)))
    years, vol = draw(st.floats(1 / 365, 2)), draw(st.floats(0.05, 1.5))
    return draw(st.booleans()), spot, strike, years, draw(st.floats(-0.03, 0.12)), draw(st.floats(0, 0.12)), vol


def slack(contract):
    return SCHEME_ERROR * max(contract[1], contract[2])


def binomial(contract, steps=2001):
    """Cox, Ross and Rubinstein, averaged over two step counts because odd and even ones err to either side."""
    return (_tree(*contract, steps) + _tree(*contract, steps + 1)) / 2


def _tree(is_call, spot, strike, years, rate, dividend_yield, vol, steps):
    step = years / steps
    up, discount = math.exp(vol * math.sqrt(step)), math.exp(-rate * step)
    chance = (math.exp((rate - dividend_yield) * step) - 1 / up) / (up - 1 / up)
    sign = 1 if is_call else -1
    shares = spot * up ** np.arange(-steps, steps + 1, 2.0)
    values = np.maximum(sign * (shares - strike), 0)
    while len(values) > 1:
        shares = shares[:-1] * up
        values = discount * (chance * values[1:] + (1 - chance) * values[:-1])
        values = np.maximum(values, sign * (shares - strike))
    return float(values[0])


def american_rows():
    with VECTORS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["exact_american_qdfp"]]
    columns = [np.array([float(row[name]) for row in rows]) for name in ("S", "K", "T", "r", "q", "sigma")]
    exact = np.array([float(row["exact_american_qdfp"]) for row in rows])
    return [np.array([row["type"] == "call" for row in rows]), *columns], exact


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared reference vectors are not beside this checkout")
@pytest.mark.parametrize(("precise", "allowed"), [(False, 1e-3), (True, 1e-9)])
def test_published_contracts_have_their_exact_american_price(precise, allowed):
    columns, exact = american_rows()
    assert len(exact) > 50
    assert np.abs(american_price(*columns, precise=precise) - exact).max() < allowed


@pytest.mark.parametrize(
    "contract",
    [
        (False, 100.0, 100.0, 0.25, 0.05, 0.0, 0.3),
        (False, 80.0, 100.0, 0.5, 0.08, 0.02, 0.4),
        (True, 100.0, 90.0, 1.0, 0.03, 0.07, 0.25),
        (False, 100.0, 105.0, 1.0, -0.01, -0.06, 0.2),
        (True, 40.0, 45.0, 0.1, 0.12, 0.12, 0.9),
    ],
)
def test_a_binomial_tree_comes_to_the_same_price(contract):
    assert float(american_price(*contract)) == pytest.approx(binomial(contract), abs=2e-3)


@bounded
@given(contracts())
def test_the_right_to_exercise_early_is_worth_something_and_never_more_than_the_option_can_pay(contract):
    is_call, spot, strike, years, rate, dividend_yield, _ = contract
    value = float(american_price(*contract))
    rounding = 1e-14 * (spot + strike)
    assert value >= float(price(*contract)) - rounding
    assert value >= (spot - strike if is_call else strike - spot) - rounding
    most = max(spot, spot * math.exp(-dividend_yield * years)) if is_call else strike * max(1, math.exp(-rate * years))
    assert value <= most * (1 + 1e-12)


@bounded
@given(contracts(), st.floats(1.01, 1.5))
def test_prices_move_the_right_way_in_strike_spot_and_volatility(contract, factor):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    here, allowed = float(american_price(*contract)), 2 * factor * slack(contract)
    higher_strike = float(american_price(is_call, spot, strike * factor, years, rate, dividend_yield, vol))
    higher_spot = float(american_price(is_call, spot * factor, strike, years, rate, dividend_yield, vol))
    higher_vol = float(american_price(is_call, spot, strike, years, rate, dividend_yield, vol * factor))
    longer = float(american_price(is_call, spot, strike, years * factor, rate, dividend_yield, vol))
    assert (higher_strike <= here + allowed) if is_call else (higher_strike >= here - allowed)
    assert (higher_spot >= here - allowed) if is_call else (higher_spot <= here + allowed)
    assert higher_vol >= here - allowed
    assert longer >= here - allowed


@bounded
@given(contracts())
def test_a_put_is_a_call_with_share_and_cash_exchanged(contract):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    mirrored = (not is_call, strike, spot, years, dividend_yield, rate, vol)
    assert float(american_price(*contract)) == pytest.approx(float(american_price(*mirrored)), rel=1e-9)


@bounded
@given(contracts())
def test_a_call_without_dividends_is_european_in_price_greeks_and_implied_volatility(contract):
    _, spot, strike, years, rate, _, vol = contract
    call = (True, spot, strike, years, abs(rate), 0.0, vol)
    value = float(price(*call))
    assert float(american_price(*call)) == value
    assert float(american_greeks(*call).gamma) == float(greeks(*call).gamma)
    found, reason = american_implied_volatility(True, value, *call[1:6])
    if reason == NoAnswer.NONE and float(greeks(*call).vega) > 1e-4:
        assert float(found) == pytest.approx(vol, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(contracts())
def test_implied_volatility_returns_to_the_price_and_where_vega_allows_to_the_volatility(contract):
    value = float(american_price(*contract))
    found, reason = american_implied_volatility(contract[0], value, *contract[1:6])
    if reason == NoAnswer.NONE:
        assert float(american_price(*contract[:6], found)) == pytest.approx(value, abs=1e-7 * max(contract[1:3]))
        vega = float(american_greeks(*contract).vega) * 100
        if vega > 0.02 * contract[1]:
            assert float(found) == pytest.approx(contract[6], abs=1e-6)
    else:
        assert math.isnan(float(found))
        floor = float(american_price(*contract[:6], 0.0))
        assert value - floor < 1e-12 * max(contract[1:3])


def test_every_solvable_price_over_a_dense_grid_implies_a_volatility():
    strike, vol = np.linspace(60, 160, 41), np.array([0.1, 0.3, 0.8])[:, None]
    for years in (2 / 365, 0.1, 0.8):
        value = american_price(False, 100, strike, years, 0.045, 0.01, vol)
        found, reason = american_implied_volatility(False, value, 100, strike, years, 0.045, 0.01)
        solvable = value - np.maximum(strike - 100, 0) > 1e-3
        assert (reason[solvable] == NoAnswer.NONE).all()
        assert np.abs(american_price(False, 100, strike, years, 0.045, 0.01, found) - value)[solvable].max() < 1e-6


@bounded
@given(contracts())
def test_greeks_are_the_slopes_of_the_price(contract):
    _, spot, strike, years, *_, vol = contract
    found = american_greeks(*contract)
    deviation = vol * math.sqrt(years)
    assume(abs(contract[4]) > 0.005)

    def slope(argument, width):
        moved = [
            [*contract[:argument], contract[argument] + shift, *contract[argument + 1 :]] for shift in (width, -width)
        ]
        up, down = (float(american_price(*each)) for each in moved)
        return (up - down) / (2 * width)

    kink, scale = 40 * SCHEME_ERROR, max(spot, strike)
    assert float(found.delta) == pytest.approx(slope(1, 0.02 * deviation * spot), abs=0.01 + kink / deviation)
    assert float(found.vega) * 100 == pytest.approx(slope(6, 0.02 * vol), abs=(0.01 + kink / vol) * scale)
    assert -float(found.theta) * 365 == pytest.approx(slope(3, 0.02 * years), abs=(0.01 + kink) * scale / years)
    assert float(found.rho) * 100 == pytest.approx(slope(4, 1e-3), abs=(0.01 + 0.02 * years) * scale)
    assert -1e-3 / (spot * deviation) <= float(found.gamma)


def test_greeks_of_a_put_that_is_not_exercised_soon_are_near_the_european_ones():
    put = (False, 100, 90, 0.1, 0.02, 0.0, 0.3)
    ours, european = american_greeks(*put), greeks(*put)
    for name in ("delta", "gamma", "theta", "vega"):
        assert float(getattr(ours, name)) == pytest.approx(float(getattr(european, name)), rel=0.02)


def test_a_put_to_be_exercised_now_is_worth_its_intrinsic_value_and_moves_like_the_share():
    put = (False, 100, [130, 150], 0.5, 0.05, 0.0, 0.20)
    found = american_greeks(*put)
    assert american_price(*put).tolist() == pytest.approx([30, 50], abs=1e-4)
    assert found.delta.tolist() == pytest.approx([-1, -1], abs=1e-6)
    for each in (found.gamma, found.theta, found.vega, found.rho):
        assert each.tolist() == pytest.approx([0, 0], abs=1e-6)


def test_a_share_next_to_nothing_leaves_a_put_with_a_delta_of_minus_one():
    found = american_greeks(False, [1e-12, 100], [95, 1e12], 0.1, 0.04, 0.01, 0.3)
    assert found.delta.tolist() == [-1, -1]
    assert [*found.gamma, *found.theta] == [0] * 4


def test_a_deep_put_is_worth_more_than_its_european_twin_whose_value_is_below_intrinsic():
    american, european = (float(each(False, 80, 100, 0.5, 0.04, 0.0, 0.3)) for each in (american_price, price))
    assert european < 20.5 < american
    assert american - european > 0.35


PUT = {"is_call": False, "option_price": 21.0, "spot": 100.0, "strike": 120.0, "years": 0.5, "rate": 0.04}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"option_price": 20.0}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": 19.0}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": -1.0}, NoAnswer.BELOW_INTRINSIC),
        ({"is_call": True, "strike": 80.0, "option_price": 20.5}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": 0.0}, NoAnswer.NO_PRICE),
        ({"option_price": math.nan}, NoAnswer.NO_PRICE),
        ({"option_price": 120.0}, NoAnswer.ABOVE_MAXIMUM),
        ({"option_price": math.inf}, NoAnswer.ABOVE_MAXIMUM),
        ({"is_call": True, "option_price": 100.0, "dividend_yield": 0.03}, NoAnswer.ABOVE_MAXIMUM),
        ({"years": 0.0}, NoAnswer.EXPIRED),
        ({"years": -0.1}, NoAnswer.EXPIRED),
        ({"spot": 0.0}, NoAnswer.BAD_INPUT),
        ({"strike": -120.0}, NoAnswer.BAD_INPUT),
        ({"spot": math.nan}, NoAnswer.BAD_INPUT),
        ({"rate": math.inf}, NoAnswer.BAD_INPUT),
        ({"years": math.nan}, NoAnswer.BAD_INPUT),
    ],
)
def test_a_price_that_implies_nothing_gets_a_reason_and_no_number(change, reason):
    found, code = american_implied_volatility(**{**PUT, "dividend_yield": 0.0, **change})
    assert NoAnswer(int(code)) is reason
    assert math.isnan(float(found))


def test_a_put_between_its_discounted_and_its_full_strike_has_a_volatility_only_if_american():
    found, code = american_implied_volatility(False, 118.5, 100, 120, 0.5, 0.04, 0.0)
    assert code == NoAnswer.NONE
    assert float(american_price(False, 100, 120, 0.5, 0.04, 0.0, found)) == pytest.approx(118.5, abs=1e-3)


def test_with_a_negative_rate_a_put_may_cost_more_than_its_strike_and_still_have_a_volatility():
    value = price(False, 100, 120, 2.0, -0.05, 0.0, 2.5)
    assert 120 < value < 120 * math.exp(0.1)
    found, code = american_implied_volatility(False, [value, 120 * math.exp(0.1)], 100, 120, 2.0, -0.05, 0.0)
    assert code.tolist() == [NoAnswer.NONE, NoAnswer.ABOVE_MAXIMUM]
    assert found[0] == pytest.approx(2.5, abs=1e-8)


def test_a_time_value_of_a_cent_and_less_still_implies_a_volatility():
    strike, time_value = np.linspace(70, 160, 46), np.array([1e-6, 1e-4, 0.01])[:, None]
    for years in (1 / 365, 0.1, 1.0):
        value = np.maximum(strike - 100, 0) + time_value
        found, code = american_implied_volatility(False, value, 100, strike, years, 0.045, 0.0)
        assert (code == NoAnswer.NONE).all()
        assert american_price(False, 100, strike, years, 0.045, 0.0, found) == pytest.approx(value, abs=1e-3)


def test_without_time_or_volatility_a_price_is_the_best_certain_exercise():
    assert american_price(False, 100, [90, 100, 110], 0.0, 0.04, 0.0, 0.3).tolist() == [0, 0, 10]
    assert american_price([True, False], 100, [90, 120], 1.0, 0.05, 0.0, 0.0) == pytest.approx(
        [100 - 90 / math.exp(0.05), 20]
    )
    assert american_price([True, False], [0, 100], [100, 0], 1.0, 0.05, 0.02, 0.2).tolist() == [0, 0]


@pytest.mark.parametrize(
    "bad", [{"spot": -1.0}, {"strike": -1.0}, {"years": -1.0}, {"vol_annual": -0.2}, {"rate": math.nan}]
)
def test_an_impossible_input_prices_as_nan(bad):
    put = {"is_call": False, "spot": 100.0, "strike": 95.0, "years": 0.5, "rate": 0.04, "dividend_yield": 0.0}
    asked = {**put, "vol_annual": 0.2, **bad}
    assert math.isnan(float(american_price(**asked)))
    assert math.isnan(float(american_greeks(**asked).delta))


def test_results_have_the_broadcast_shape():
    strike = np.linspace(80, 120, 5)
    value = american_price([[True], [False]], 100, strike, 0.5, 0.04, 0.02, 0.3)
    assert value.shape == (2, 5)
    assert value[1, 3] == american_price(False, 100, strike[3], 0.5, 0.04, 0.02, 0.3)
    assert american_greeks([[True], [False]], 100, strike, 0.5, 0.04, 0.02, 0.3).vega.shape == (2, 5)
    assert american_price(True, 100, np.empty(0), 0.5, 0.04, 0.0, 0.3).shape == (0,)


def test_importing_the_american_rooms_does_not_load_quantlib():
    ask = (
        "import sys, trading.american, trading.american_implied, trading.dividends; sys.exit('QuantLib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", ask], check=False, cwd=Path(__file__).parents[2]).returncode == 0
