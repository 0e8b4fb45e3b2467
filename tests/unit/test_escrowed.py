"""American figures on shares with cash dividends, against QuantLib's engines and against arithmetic."""

import math

import numpy as np
import pytest
import QuantLib as ql

from trading.american import american_greeks, american_price
from trading.contracts import Floats
from trading.dividends import LIFE_DAYS, LIFE_YEARS, CashDividend, american_price_with_dividends
from trading.escrowed import Escrowed, tree_root
from trading.escrowed_implied import american_implied, european_implied
from trading.pricing import figures, price
from trading.qdfp import process_of

COUNT = 60
NEVER = np.inf


def contracts(is_call: bool, seed: int = 7, usd: float = 0.0, ex_share: float = NEVER, rate: float = 0.05) -> Escrowed:
    """Some from ten days to two months, out of the money and a little in it; an ex-date `ex_share` of the way."""
    draw = np.random.default_rng(seed)
    years = draw.integers(10, 61, COUNT) / 365
    strike = 100 * np.exp(np.sqrt(years) * draw.uniform(-0.35, 0.35, COUNT))
    ex_years = np.round(years * 365 * ex_share) / 365 if np.isfinite(ex_share) else np.full(COUNT, NEVER)
    same = np.ones(COUNT)
    return Escrowed(np.full(COUNT, is_call), 100 * same, strike, years, rate * same, 0 * same, usd * same, ex_years)


def vols(seed: int = 8) -> Floats:
    return np.random.default_rng(seed).uniform(0.15, 0.6, COUNT)


def value(some: Escrowed, vol: Floats) -> Floats:
    """What the trees add to the European formula."""
    early, late = tree_root(some, vol), tree_root(some, vol, american=False)
    return figures(*some.as_european, vol).price + early.value - late.value


def by_quantlib(some: Escrowed, vol: Floats) -> Floats:
    rows = zip(some.is_call, some.spot, some.strike, some.years, some.rate, vol, some.ex_years, strict=True)
    usd = float(some.dividend_usd[0])
    return np.array([float(american_price_with_dividends(*row[:6], [CashDividend(row[6], usd)])) for row in rows])


def delta_of_quantlib(
    is_call: bool, spot: float, strike: float, years: float, rate: float, vol: float, ex: float
) -> float:
    """With a dividend of 80 cents, by its engine of finite differences."""
    stretch = years / LIFE_YEARS
    process = process_of(*(ql.SimpleQuote(value) for value in (spot, rate * stretch, 0.0, vol * math.sqrt(stretch))))
    start = process.riskFreeRate().referenceDate()
    dividends = ql.DividendVector([start + round(ex / years * LIFE_DAYS)], [0.80])
    scheme = (0, ql.FdmSchemeDesc.Douglas(), False, 0.0, ql.FdBlackScholesVanillaEngine.Escrowed)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(start, start + LIFE_DAYS))
    option.setPricingEngine(ql.FdBlackScholesVanillaEngine(process, dividends, 200, 800, *scheme))
    return float(option.delta())


def test_without_dividends_a_put_has_the_figures_of_quantlibs_fixed_point_engine() -> None:
    some, vol = contracts(is_call=False), vols()
    terms = (False, some.spot, some.strike, some.years, some.rate, 0.0)
    mids, exact = american_price(*terms, vol, precise=True), american_greeks(*terms, vol, precise=True)
    alive = mids > some.strike - some.spot + 0.01
    found = american_implied(some.take(alive), mids[alive])
    np.testing.assert_allclose(found.iv, vol[alive], rtol=3e-4)
    np.testing.assert_allclose(found.delta, exact.delta[alive], atol=1e-4)
    np.testing.assert_allclose(found.theta, exact.theta[alive], rtol=5e-3, atol=1e-5)
    exercised = price(*terms, vol)
    assert (mids - exercised).max() > 0.1


@pytest.mark.parametrize(("is_call", "cents"), [(False, 0.4), (True, 1.2)])
def test_with_a_dividend_the_value_is_that_of_finite_differences(is_call: bool, cents: float) -> None:
    some, vol = contracts(is_call, usd=0.80, ex_share=0.6), vols()
    exact = by_quantlib(some, vol)
    assert np.abs(value(some, vol) - exact).max() < cents / 100
    assert (exact - figures(*some.as_european, vol).price).max() > 0.1


@pytest.mark.parametrize(("is_call", "within"), [(False, 1e-4), (True, 2e-3)])
def test_with_a_dividend_the_delta_is_that_of_finite_differences(is_call: bool, within: float) -> None:
    some, vol = contracts(is_call, usd=0.80, ex_share=0.3).take(slice(20)), vols()[:20]
    mids = value(some, vol)
    found = american_implied(some, mids)
    columns = (some.is_call, some.spot, some.strike, some.years, some.rate, vol, some.ex_years)
    exact = np.array([delta_of_quantlib(*row) for row in zip(*columns, strict=True)])
    told = np.isfinite(found.delta)
    assert told.sum() > 15
    np.testing.assert_allclose(found.delta[told], exact[told], atol=within)
    assert np.abs(exact - european_implied(some, mids).delta)[told].max() > 5 * within


def test_a_volatility_comes_back_from_the_price_it_makes() -> None:
    for is_call in (False, True):
        some, vol = contracts(is_call, usd=0.80, ex_share=0.3), vols()
        mids = value(some, vol)
        alive = mids > np.where(is_call, some.spot - some.strike, some.strike - some.spot) + 0.05
        np.testing.assert_allclose(american_implied(some.take(alive), mids[alive]).iv, vol[alive], rtol=2e-3)


def test_a_call_without_a_dividend_before_expiry_is_european_to_the_last_digit() -> None:
    some = contracts(is_call=True, usd=0.80, ex_share=1.5)
    mids = figures(*some.as_european, vols()).price
    american, european = american_implied(some, mids), european_implied(some, mids)
    assert american.iv.tolist() == european.iv.tolist()
    assert american.delta.tolist() == european.delta.tolist()


def test_early_exercise_lowers_a_puts_volatility_and_raises_the_size_of_its_delta() -> None:
    some, vol = contracts(is_call=False), vols()
    mids = american_price(False, some.spot, some.strike, some.years, some.rate, 0.0, vol)
    american, european = american_implied(some, mids), european_implied(some, mids)
    known = np.isfinite(american.iv)
    assert (american.iv <= european.iv + 1e-9)[known].all()
    assert (american.delta <= european.delta + 1e-4)[known].all()
    assert (european.delta - american.delta)[known].max() > 0.01


def test_a_price_that_exercising_brings_at_once_implies_nothing() -> None:
    same = np.ones(3)
    put = Escrowed(np.zeros(3, bool), 90 * same, 100 * same, 0.1 * same, 0.05 * same, 0 * same, 0 * same, NEVER * same)
    found = american_implied(put, np.array([9.0, 10.0, 10.5]))
    assert np.isfinite(found.iv).tolist() == np.isfinite(found.delta).tolist() == [False, False, True]


def test_dividends_are_counted_up_to_expiry_and_every_quarter() -> None:
    same = np.ones(3)
    years = np.array([0.10, 0.36, 0.75])
    some = Escrowed(np.zeros(3, bool), 100 * same, 100 * same, years, 0 * same, 0 * same, 0.5 * same, 0.11 * same)
    assert some.escrow().tolist() == [0.0, 1.0, 1.5]


def test_theta_is_what_a_day_takes_at_an_unchanged_share_price() -> None:
    day = 1 / 365
    some = contracts(is_call=False, usd=0.80, ex_share=0.6, rate=0.0)
    mids = figures(*some.as_european, vols()).price
    columns = (some.is_call, some.spot, some.strike, some.years - day / 100, some.rate, some.dividend_yield)
    later = Escrowed(*columns, some.dividend_usd, some.ex_years - day / 100)
    found = european_implied(some, mids)
    lost = (figures(*later.as_european, found.iv).price - mids) * 100
    np.testing.assert_allclose(found.theta, lost, rtol=1e-2)


def test_nothing_asked_is_nothing_answered() -> None:
    none = np.empty(0)
    empty = Escrowed(np.empty(0, bool), none, none, none, none, none, none, none)
    assert len(american_implied(empty, none).iv) == 0
