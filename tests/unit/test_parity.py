"""Put-call parity finds the share price behind quotes, also among bad ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.special import ndtr

from trading.contracts import Chain, Floats
from trading.parity import implied_spot, pair

MOMENT = datetime(2026, 11, 18, 21, tzinfo=UTC)
STRIKES = np.arange(80.0, 121.0, 2.5)


def black_scholes(spot: float, strike: Floats, years: float, rate: float, is_call: bool) -> Floats:
    deviation = 0.3 * np.sqrt(years)
    d1 = (np.log(spot / strike) + rate * years) / deviation + deviation / 2
    side = 1 if is_call else -1
    return side * (spot * ndtr(side * d1) - strike * np.exp(-rate * years) * ndtr(side * (d1 - deviation)))


def fair_chain(
    spot: float = 101.3, rate: float = 0.05, days: tuple[int, ...] = (9, 30, 58), half: float = 0.05
) -> Chain:
    """European quotes around the right price, calls and puts of each strike."""
    listings = [(day, is_call) for day in days for is_call in (True, False)]
    prices = [black_scholes(spot, STRIKES, day / 365, rate, is_call) for day, is_call in listings]
    fair, count = np.concatenate(prices) + 1.0, len(STRIKES)  # the same dollar on a call and on its put cancels
    unknown = np.full(len(fair), np.nan)
    return Chain(
        "XYZ",
        MOMENT,
        np.nan,
        is_call=np.repeat([is_call for _, is_call in listings], count),
        strike=np.tile(STRIKES, len(listings)),
        expiry=np.repeat([np.datetime64((MOMENT + timedelta(day)).date()) for day, _ in listings], count),
        bid=fair - half,
        ask=fair + half,
        last=unknown,
        volume=unknown,
        open_interest=unknown,
    )


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.12])
def test_the_share_price_behind_fair_quotes_is_found_to_the_cent(rate: float) -> None:
    answer = implied_spot(fair_chain(rate=rate), rate)
    assert answer.usd == pytest.approx(101.3, abs=0.005)
    assert answer.give_or_take_usd == pytest.approx(0.1)
    assert (answer.pairs, answer.reason) == (24, None)


def test_one_expiry_full_of_wrong_quotes_does_not_move_the_answer() -> None:
    chain = fair_chain()
    wrong = (chain.expiry == chain.expiry[0]) & chain.is_call
    chain = replace(chain, bid=chain.bid + 30 * wrong, ask=chain.ask + 30 * wrong)
    assert implied_spot(chain, 0.05).usd == pytest.approx(101.3, abs=0.005)


def test_a_wide_quote_counts_less_than_a_tight_one() -> None:
    chain = fair_chain(days=(30,))
    wide = chain.is_call & (np.arange(len(chain)) % 2 == 0)
    chain = replace(chain, ask=chain.ask + 4 * wide)
    assert implied_spot(chain, 0.05).usd == pytest.approx(101.3, abs=0.05)


def test_the_far_expiries_with_their_dividends_are_left_out() -> None:
    chain = fair_chain(days=(9, 30, 58, 400, 800))
    late = chain.is_call & (chain.expiry > np.datetime64("2027-06-01"))
    dearer = replace(chain, bid=chain.bid + 9 * late, ask=chain.ask + 9 * late)
    assert implied_spot(dearer, 0.05) == implied_spot(chain, 0.05)


def test_quotes_with_one_side_missing_or_crossed_are_not_used() -> None:
    chain = fair_chain()
    assert len(pair(chain, 0.05).spot) == 51
    chain.bid[0], chain.ask[1], chain.bid[2] = np.nan, np.nan, chain.ask[2] + 1
    pairs = pair(chain, 0.05)
    assert len(pairs.spot) == 48
    assert chain.strike[pairs.call].tolist() == chain.strike[pairs.put].tolist()
    assert chain.is_call[pairs.call].all() and not chain.is_call[pairs.put].any()


@pytest.mark.parametrize("only", [True, False])
def test_without_a_call_and_a_put_there_is_no_answer_but_a_reason(only: bool) -> None:
    chain = fair_chain()
    answer = implied_spot(replace(chain, bid=np.where(chain.is_call == only, chain.bid, np.nan)), 0.05)
    assert np.isnan(answer.usd) and np.isnan(answer.give_or_take_usd)
    assert answer.reason == "no call and put of one strike and expiry both have a bid and an ask"


def test_a_share_price_below_zero_is_no_answer() -> None:
    chain = fair_chain()
    dear_puts = np.where(chain.is_call, 0, 500)
    answer = implied_spot(replace(chain, bid=chain.bid + dear_puts, ask=chain.ask + dear_puts), 0.05)
    assert np.isnan(answer.usd) and answer.reason == "the quotes imply a share price below zero"


def test_locked_quotes_are_as_good_as_any() -> None:
    assert implied_spot(fair_chain(half=0.0), 0.05).usd == pytest.approx(101.3, abs=0.005)
