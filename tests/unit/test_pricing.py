"""European option maths: identities, bounds, published values, and the edges where libraries invent numbers."""

import csv
import doctest
import importlib
import math
import pkgutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import trading
from trading.implied import NoAnswer, implied_volatility
from trading.pricing import greeks, price, prob_otm

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "option_reference_vectors.csv"
EPS = float(np.finfo(float).eps)

spots = st.floats(1, 1000)
moneyness = st.floats(-1.5, 1.5)
times = st.floats(1 / 365, 3)
rates = st.floats(-0.05, 0.12)
yields = st.floats(0, 0.12)
vols = st.floats(0.03, 2.5)
kinds = st.booleans()


@st.composite
def contracts(draw):
    """is_call, spot, strike, years, rate, dividend yield, volatility."""
    spot = draw(spots)
    strike = spot * math.exp(draw(moneyness))
    return draw(kinds), spot, strike, draw(times), draw(rates), draw(yields), draw(vols)


def present_values(contract):
    _, spot, strike, years, rate, dividend_yield, _ = contract
    return spot * math.exp(-dividend_yield * years), strike * math.exp(-rate * years)


def european_rows():
    if not VECTORS.exists():
        return []
    with VECTORS.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["exercise"] == "european"]


def inputs_of(row):
    return (row["type"] == "call", *(float(row[name]) for name in ("S", "K", "T", "r", "q", "sigma")))


def test_every_worked_number_in_the_trading_docstrings_is_right():
    names = [module.name for module in pkgutil.walk_packages(trading.__path__, "trading.")]
    results = {name: doctest.testmod(importlib.import_module(name)) for name in names}
    assert {name for name, result in results.items() if result.failed} == set()
    assert sum(result.attempted for result in results.values()) >= 7


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared reference vectors are not beside this checkout")
def test_published_european_prices_and_greeks_are_met_within_their_tolerance():
    rows = european_rows()
    assert len(rows) > 100
    misses = []
    for row in rows:
        contract = inputs_of(row)
        found = greeks(*contract)
        ours = {
            "price": price(*contract),
            "delta": found.delta,
            "gamma": found.gamma,
            "theta_per_year": found.theta * 365,
            "vega_per_unit": found.vega * 100,
            "rho_per_unit": found.rho * 100,
            "theta_per_day": found.theta,
        }
        allowed = float(row["tolerance"])
        misses += [
            (row["source"], name, float(value), row[name])
            for name, value in ours.items()
            if row[name] and abs(float(value) - float(row[name])) > allowed
        ]
    assert misses == []


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared reference vectors are not beside this checkout")
def test_published_european_prices_imply_the_published_volatility():
    rows = [row for row in european_rows() if row["price"] and float(row["vega_per_unit"] or 0) > 0.01]
    assert len(rows) > 50
    for row in rows:
        is_call, spot, strike, years, rate, dividend_yield, vol = inputs_of(row)
        found, reason = implied_volatility(is_call, float(row["price"]), spot, strike, years, rate, dividend_yield)
        rounding = 10 * float(row["tolerance"]) / float(row["vega_per_unit"])
        if reason == NoAnswer.NONE:
            assert float(found) == pytest.approx(vol, abs=max(rounding, 1e-6))
        else:
            assert reason == NoAnswer.BELOW_INTRINSIC
            assert rounding > 1e-5


@given(contracts())
def test_call_less_put_is_share_less_cash(contract):
    share, cash = present_values(contract)
    call, put = (float(price(kind, *contract[1:])) for kind in (True, False))
    assert call - put == pytest.approx(share - cash, abs=1e-12 * max(share, cash))


@given(contracts())
def test_a_price_lies_between_its_present_intrinsic_value_and_the_most_it_can_pay(contract):
    share, cash = present_values(contract)
    value = float(price(*contract))
    intrinsic = max(share - cash, 0) if contract[0] else max(cash - share, 0)
    assert intrinsic * (1 - 4 * EPS) - 4 * EPS * max(share, cash) <= value <= (share if contract[0] else cash)


@given(contracts(), st.floats(1.0001, 1.5))
def test_prices_move_the_right_way_in_strike_spot_and_volatility(contract, factor):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    slack = 8 * EPS * max(present_values(contract)) * factor
    here = float(price(*contract))
    higher_strike = float(price(is_call, spot, strike * factor, years, rate, dividend_yield, vol))
    higher_spot = float(price(is_call, spot * factor, strike, years, rate, dividend_yield, vol))
    higher_vol = float(price(is_call, spot, strike, years, rate, dividend_yield, vol * factor))
    assert (higher_strike <= here + slack) if is_call else (higher_strike >= here - slack)
    assert (higher_spot >= here - slack) if is_call else (higher_spot <= here + slack)
    assert higher_vol >= here - slack


@given(contracts(), st.floats(1.001, 1.3))
def test_a_butterfly_never_costs_less_than_nothing(contract, factor):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    middle = strike * (1 + factor) / 2
    wings = price(is_call, spot, np.array([strike, middle, strike * factor]), years, rate, dividend_yield, vol)
    assert wings[0] - 2 * wings[1] + wings[2] >= -32 * EPS * max(spot, strike * factor) * math.exp(0.15)


@given(contracts())
def test_greeks_are_the_slopes_of_the_price(contract):
    is_call, spot, strike, years, *_, vol = contract
    assume(vol * math.sqrt(years) > 0.01)

    def slope(argument, width):
        def at(shift):
            moved = list(contract)
            moved[argument] += shift
            return float(price(*moved))

        return (at(-2 * width) - 8 * at(-width) + 8 * at(width) - at(2 * width)) / (12 * width)

    deviation = vol * math.sqrt(years)
    found = greeks(*contract)
    scale = max(spot, strike)
    assert float(found.delta) == pytest.approx(slope(1, 1e-3 * deviation * spot), abs=1e-6 * scale / spot)
    assert float(found.vega) == pytest.approx(slope(6, 1e-3 * vol) / 100, abs=1e-6 * scale)
    assert float(found.theta) == pytest.approx(-slope(3, 1e-3 * years) / 365, abs=1e-6 * scale / years)
    assert float(found.rho) == pytest.approx(slope(4, 1e-3 * deviation) / 100, abs=1e-6 * scale)
    width = 1e-3 * deviation * spot
    up, down = (float(greeks(is_call, spot + d, *contract[2:]).delta) for d in (width, -width))
    assert float(found.gamma) == pytest.approx((up - down) / (2 * width), abs=1e-4 / (spot * deviation))


@given(contracts())
def test_the_chance_of_expiring_worthless_is_the_price_slope_in_strike(contract):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    width = 1e-3 * vol * math.sqrt(years) * strike
    down, up = price(is_call, spot, np.array([strike - width, strike + width]), years, rate, dividend_yield, vol)
    in_the_money = abs(up - down) / (2 * width) * math.exp(rate * years)
    assert 1 - float(prob_otm(*contract)) == pytest.approx(in_the_money, abs=1e-5)
    other = float(prob_otm(not is_call, *contract[1:]))
    assert float(prob_otm(*contract)) + other == pytest.approx(1, abs=1e-14)


@settings(max_examples=300)
@given(contracts())
def test_implied_volatility_returns_the_volatility_wherever_vega_allows(contract):
    is_call, spot, strike, years, rate, dividend_yield, vol = contract
    value = float(price(*contract))
    vega = float(greeks(*contract).vega) * 100
    found, reason = implied_volatility(is_call, value, spot, strike, years, rate, dividend_yield)
    doubt = 4 * EPS * max(present_values(contract)) / vega if vega > 0 else math.inf
    if reason == NoAnswer.NONE:
        assert abs(float(found) - vol) <= max(1e-12 * vol, doubt)
    else:
        assert math.isnan(float(found))
        assert doubt > 1e-9


def test_implied_volatility_holds_to_1e_9_over_a_dense_grid():
    spot, vol = 100.0, np.array([0.02, 0.1, 0.35, 1.0, 3.0])[:, None, None]
    years = np.array([1 / 365, 0.02, 0.25, 1.0, 5.0])[:, None]
    strike = np.linspace(30, 300, 271)
    for is_call in (True, False):
        value = price(is_call, spot, strike, years, 0.04, 0.01, vol)
        found, _ = implied_volatility(is_call, value, spot, strike, years, 0.04, 0.01)
        vega = greeks(is_call, spot, strike, years, 0.04, 0.01, vol).vega * 100
        answerable = vega * 1e-9 > 4 * EPS * np.maximum(spot, strike)
        assert answerable.mean() > 0.5
        assert np.abs(found - vol)[answerable].max() < 1e-9


FAR = [(x, quantile) for x in (1e-9, 1e-6, 1e-3, 1.0, 5.0) for quantile in (-30.0, -12.0, -3.0, -0.5)]


@pytest.mark.parametrize(("log_strike", "quantile"), [*FAR, (20.0, -30.0), (20.0, -5.0), (60.0, -12.0), (60.0, -7.0)])
def test_implied_volatility_is_right_far_outside_any_market(log_strike, quantile):
    strike = math.exp(log_strike)
    deviation = -math.log(strike) / quantile
    value = float(price(True, 1.0, strike, 1.0, 0.0, 0.0, deviation))
    found, reason = implied_volatility(True, value, 1.0, strike, 1.0, 0.0, 0.0)
    assert reason == NoAnswer.NONE
    assert float(found) == pytest.approx(deviation, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"option_price": 5.0}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": 120 * math.exp(-0.02) - 100}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": -1.0}, NoAnswer.BELOW_INTRINSIC),
        ({"option_price": 0.0}, NoAnswer.NO_PRICE),
        ({"option_price": math.nan}, NoAnswer.NO_PRICE),
        ({"option_price": 120.0}, NoAnswer.ABOVE_MAXIMUM),
        ({"option_price": 120 * math.exp(-0.02)}, NoAnswer.ABOVE_MAXIMUM),
        ({"option_price": math.inf}, NoAnswer.ABOVE_MAXIMUM),
        ({"is_call": True, "option_price": 100.0}, NoAnswer.ABOVE_MAXIMUM),
        ({"years": 0.0}, NoAnswer.EXPIRED),
        ({"years": -0.1}, NoAnswer.EXPIRED),
        ({"spot": 0.0}, NoAnswer.BAD_INPUT),
        ({"strike": -120.0, "spot": -100.0}, NoAnswer.BAD_INPUT),
        ({"spot": math.nan}, NoAnswer.BAD_INPUT),
        ({"years": math.nan}, NoAnswer.BAD_INPUT),
        ({"rate": math.inf}, NoAnswer.BAD_INPUT),
        ({"dividend_yield": math.nan, "option_price": 0.0}, NoAnswer.BAD_INPUT),
    ],
)
def test_a_price_that_implies_nothing_gets_a_reason_and_no_number(change, reason):
    put = {"is_call": False, "option_price": 25.0, "spot": 100.0, "strike": 120.0, "years": 0.5, "rate": 0.04}
    found, code = implied_volatility(**{**put, "dividend_yield": 0.0, **change})
    assert NoAnswer(int(code)) is reason
    assert math.isnan(float(found))


def test_a_price_that_no_double_could_resolve_is_out_of_range():
    found, code = implied_volatility(True, 1e-250, 1.0, 1.0, 1.0, 0.0, 0.0)
    assert NoAnswer(int(code)) is NoAnswer.OUT_OF_RANGE
    assert math.isnan(float(found))


def test_one_bad_contract_leaves_its_neighbours_alone():
    alone, _ = implied_volatility(False, 4.0, 100, 100, 0.25, 0.04, 0.0)
    found, codes = implied_volatility(False, [4.0, 0.0, 4.0], 100, [100, 100, -1], [0.25, 0.25, 0.25], 0.04, 0.0)
    assert found[0] == alone
    assert list(codes) == [NoAnswer.NONE, NoAnswer.NO_PRICE, NoAnswer.BAD_INPUT]


def test_an_expiring_option_is_worth_its_intrinsic_value_and_its_greeks_are_limits():
    spot, strike = 100.0, np.array([90.0, 100.0, 110.0])
    found = greeks(True, spot, strike, 0.0, 0.04, 0.0, 0.3)
    assert price(True, spot, strike, 0.0, 0.04, 0.0, 0.3).tolist() == [10, 0, 0]
    assert price(False, spot, strike, 0.0, 0.04, 0.0, 0.3).tolist() == [0, 0, 10]
    assert prob_otm(False, spot, strike, 0.0, 0.04, 0.0, 0.3)[[0, 2]].tolist() == [1, 0]
    assert found.delta[[0, 2]].tolist() == [1, 0]
    assert found.gamma[[0, 2]].tolist() == [0, 0]
    assert found.vega[[0, 2]].tolist() == [0, 0]
    assert math.isnan(found.delta[1])


def test_without_volatility_a_price_is_its_present_intrinsic_value():
    value = price([True, False], 100, [90, 120], 1.0, 0.05, 0.02, 0.0)
    share, discount = 100 * math.exp(-0.02), math.exp(-0.05)
    assert value == pytest.approx([share - 90 * discount, 120 * discount - share])


@pytest.mark.parametrize("bad", [{"spot": -1.0}, {"strike": -1.0}, {"years": -1.0}, {"vol_annual": -0.2}])
def test_an_impossible_input_prices_as_nan(bad):
    put = {"is_call": False, "spot": 100.0, "strike": 95.0, "years": 0.5, "rate": 0.04, "dividend_yield": 0.0}
    asked = {**put, "vol_annual": 0.2, **bad}
    assert math.isnan(float(price(**asked)))
    assert math.isnan(float(prob_otm(**asked)))
    assert np.isnan(greeks(**asked).delta)


def test_results_have_the_broadcast_shape_also_across_blocks():
    strike = np.linspace(50, 150, 20001)
    value = price([[True], [False]], 100, strike, 0.5, 0.04, 0.0, 0.3)
    assert value.shape == (2, 20001)
    assert value[1, 12345] == price(False, 100, strike[12345], 0.5, 0.04, 0.0, 0.3)
    assert price(True, 100, np.empty(0), 0.5, 0.04, 0.0, 0.3).shape == (0,)
