"""Cash dividends and early exercise before them, and what a sold option earns at expiry."""

import math

import numpy as np
import pytest

from trading.american import american_price
from trading.dividends import CashDividend, american_price_with_dividends, early_exercise_gain, early_exercise_pays
from trading.pricing import price
from trading.value import break_even, expected_profit


def test_a_call_before_a_dividend_has_the_value_of_roll_geske_and_whaley():
    dividends = [CashDividend(2 / 12, 0.50), CashDividend(5 / 12, 0.50)]
    assert float(american_price_with_dividends(True, 40, 40, 0.5, 0.09, 0.30, dividends)) == pytest.approx(
        3.717, abs=1e-3
    )
    once = [CashDividend(0.25, 4.0)]
    found = american_price_with_dividends([True, False], 80, 82, 0.3333, 0.06, 0.30, once)
    assert float(found[0]) == pytest.approx(4.3860, abs=1e-3)
    european = price(True, 80 - 4 * math.exp(-0.06 * 0.25), 82, 0.3333, 0.06, 0.0, 0.30)
    assert found[0] - european > 0.8


def test_dividends_after_expiry_or_already_paid_change_nothing():
    late = [CashDividend(0.6, 4.0), CashDividend(0.0, 3.0), CashDividend(-0.1, 2.0)]
    found = american_price_with_dividends(False, 80, [75, 82], 0.5, 0.06, 0.30, late)
    assert found.tolist() == american_price(False, 80, [75, 82], 0.5, 0.06, 0.0, 0.30).tolist()


def test_a_small_dividend_hardly_moves_the_price_and_a_larger_one_helps_the_put():
    put = (False, 80, 82, 0.5, 0.06, 0.30)
    plain = float(american_price(*put[:5], 0.0, put[5]))
    tiny, large = (float(american_price_with_dividends(*put, [CashDividend(0.2, usd)])) for usd in (1e-4, 2.0))
    assert tiny == pytest.approx(plain, abs=2e-3)
    assert large > plain + 0.5


def test_a_dividend_worth_more_than_the_share_has_no_price():
    assert math.isnan(float(american_price_with_dividends(True, 10, 10, 0.5, 0.05, 0.3, [CashDividend(0.1, 11.0)])))


def test_a_call_is_exercised_before_a_dividend_that_exceeds_the_time_value_left():
    strikes = np.array([40.0, 55.0, 60.0, 70.0])
    assert early_exercise_pays(60, strikes, 30 / 365, 0.04, 0.20, 0.60).tolist() == [True, True, False, False]
    assert not early_exercise_pays(60, strikes, 30 / 365, 0.04, 0.20, 0.0).any()
    gain = float(early_exercise_gain(60, 40, 30 / 365, 0.04, 0.20, 0.60))
    assert gain == pytest.approx(0.60 - 40 * (1 - math.exp(-0.04 * 30 / 365)), abs=1e-6)


def test_a_seller_breaks_even_on_average_at_the_fair_price_and_at_the_break_even_share_price():
    put = (100, 95, 0.25, 0.04, 0.01, 0.3)
    fair = price(False, *put)
    assert float(expected_profit(False, fair, *put)) == pytest.approx(0, abs=1e-12)
    assert float(expected_profit(False, fair + 0.1, *put)) == pytest.approx(0.1 * math.exp(0.01))
    assert float(expected_profit(False, fair, *put[:5], 0.4)) < 0
    assert break_even([False, True], [60, 60], 1.25).tolist() == [58.75, 61.25]
