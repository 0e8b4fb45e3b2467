"""Bounds on delta: European where it is clear, American near a bound."""

import numpy as np
from small_market import RICH, Row, SmallMarket, counts_hold, found

from trading.american import american_price
from trading.book import open_book, priced, with_exercise
from trading.criteria import Criteria
from trading.delta_rule import decisive_delta, near_a_bound
from trading.underlying import at_quote_time
from trading.wheel import scan

BOUNDS = [0.10, 0.40]
RATE = 0.05


def a_row(strike: float, vol: float, days: int) -> Row:
    """A put whose mid is worth what an American put is worth."""
    mid = float(american_price(False, 100, strike, days / 365, RATE, 0.0, vol))
    return Row(strike, mid * 0.99, mid * 1.01, days)


def a_ladder(days: int = 45) -> SmallMarket:
    """A put every 2 cents, out of the money."""
    return SmallMarket(rate=RATE).add("KO", *(a_row(strike, 0.20, days) for strike in np.arange(92, 100, 0.02)))


def test_near_a_bound_the_delta_that_decides_is_the_american_one() -> None:
    market = a_ladder()
    book = priced(open_book([at_quote_time(market.stock("KO"), market.chain("KO"))], "put"), RATE)
    american = np.abs(with_exercise(book, RATE).delta)
    decisive, near = decisive_delta(book, RATE, BOUNDS), near_a_bound(book, RATE, BOUNDS)
    assert 0 < near.sum() < len(book) / 4
    assert decisive[near].tolist() == american[near].tolist()
    for bound in BOUNDS:
        assert ((decisive > bound) == (american > bound)).all()
        assert ((np.abs(book.delta) > bound) != (american > bound)).any()


def test_elsewhere_the_verdict_is_the_same_without_the_american_one() -> None:
    draw = np.random.default_rng(5)
    rows = [a_row(draw.uniform(80, 100), draw.uniform(0.15, 0.8), days) for days in [9, 50, 180] * 50]
    market = SmallMarket(rate=RATE).add("KO", *rows)
    book = priced(open_book([at_quote_time(market.stock("KO"), market.chain("KO"))], "put"), RATE)
    american = np.abs(with_exercise(book, RATE).delta)
    for bound in np.linspace(0.05, 0.45, 30):
        clear = ~near_a_bound(book, RATE, [bound])
        assert ((np.abs(book.delta) > bound) == (american > bound))[clear].all()


def test_no_listed_delta_is_out_of_bounds_and_every_contract_is_counted() -> None:
    result = scan(a_ladder(), Criteria(symbols=("KO",), limit=1000), RICH)
    deltas = [-offer["delta"] for offer in result["opportunities"]]
    assert min(deltas) >= 0.10
    assert max(deltas) <= 0.40
    assert len(deltas) > 20
    assert counts_hold(result)


def test_a_contract_that_only_its_american_delta_lets_in_is_listed() -> None:
    market = a_ladder()
    book = priced(open_book([at_quote_time(market.stock("KO"), market.chain("KO"))], "put"), RATE)
    american = np.abs(with_exercise(book, RATE).delta)
    (row, *_) = np.flatnonzero((np.abs(book.delta) < 0.10) & (american > 0.10))
    strikes = [offer["strike"] for offer in found(market, symbols=["KO"], min_delta=0.10, limit=1000)]
    assert min(strikes) == book.strike[row]
