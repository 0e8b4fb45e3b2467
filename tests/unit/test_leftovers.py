"""Quotes of another day are found, and quotes that only look odd are left alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from tools.feeds.leftovers import impossible_at_spot, off_parity, outdated
from trading.contracts import Chain, Floats

MOMENT = datetime(2026, 11, 18, 21, tzinfo=UTC)
EXPIRY = np.datetime64("2026-12-18")
TODAY, AUGUST, NEVER = (np.datetime64(day, "s") for day in ("2026-11-18", "2026-08-03", "NaT"))
STRIKES = np.array([80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0])


def chain_of(is_call: NDArray[np.bool_], strike: Floats, mid: Floats, half: float = 0.05) -> Chain:
    """One expiry of XYZ at 100 dollars, quoted half a spread around the mids."""
    unknown, expiry = np.full(len(mid), np.nan), np.full(len(mid), EXPIRY)
    return Chain("XYZ", MOMENT, 100.0, is_call, strike, expiry, mid - half, mid + half, unknown, unknown, unknown)


def one_sided(is_call: bool) -> Chain:
    """The calls or the puts alone, at intrinsic value plus what fades with the distance from the money."""
    intrinsic = np.maximum(100 - STRIKES if is_call else STRIKES - 100, 0)
    return chain_of(np.full(7, is_call), STRIKES, intrinsic + 3 * np.exp(-np.abs(STRIKES - 100) / 10))


def both_sided() -> Chain:
    calls, puts = one_sided(True), one_sided(False)
    mid = np.concatenate([calls.bid, puts.bid]) + 0.05
    return chain_of(np.concatenate([calls.is_call, puts.is_call]), np.tile(STRIKES, 2), mid)


def requoted(chain: Chain, place: int, mid: float) -> Chain:
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[place], ask[place] = mid - 0.05, mid + 0.05
    return replace(chain, bid=bid, ask=ask)


def traded(chain: Chain, old: int | None = None, when: np.datetime64 = AUGUST) -> NDArray[np.datetime64]:
    times = np.full(len(chain), TODAY)
    if old is not None:
        times[old] = when
    return times


def found(mask: NDArray[np.bool_]) -> list[int]:
    return np.flatnonzero(mask).tolist()


def test_fair_quotes_are_left_alone() -> None:
    for chain in (one_sided(True), one_sided(False), both_sided()):
        assert found(impossible_at_spot(chain)) == []
        assert found(outdated(chain, traded(chain))) == []
        assert found(off_parity(chain, traded(chain), 0.04)) == []


def test_a_call_never_pays_more_than_the_share_nor_a_put_more_than_its_strike() -> None:
    assert found(impossible_at_spot(requoted(one_sided(True), 6, 101.5))) == [6]
    assert found(impossible_at_spot(requoted(one_sided(True), 6, 100.5))) == []
    assert found(impossible_at_spot(requoted(one_sided(False), 0, 81.5))) == [0]


def test_nobody_asks_less_than_exercising_pays_at_once() -> None:
    assert found(impossible_at_spot(requoted(one_sided(True), 0, 18.5))) == [0]
    assert found(impossible_at_spot(requoted(one_sided(False), 6, 18.5))) == [6]
    assert found(impossible_at_spot(requoted(one_sided(True), 0, 19.5))) == []


def test_a_missing_quote_is_no_leftover() -> None:
    chain = both_sided()
    nobody = np.full(len(chain), np.nan)
    unquoted = replace(chain, bid=nobody, ask=nobody)
    assert found(impossible_at_spot(unquoted)) == []
    assert found(outdated(unquoted, traded(chain))) == []
    assert found(off_parity(unquoted, traded(chain), 0.04)) == []


def test_the_older_of_two_quotes_that_cannot_both_be_true_is_outdated() -> None:
    for is_call, place in ((True, 5), (False, 1)):
        chain = requoted(one_sided(is_call), place, 7.0)
        assert found(outdated(chain, traded(chain, place))) == [place]
        assert found(outdated(chain, traded(chain, place, NEVER))) == [place]


def test_a_quote_that_is_too_cheap_is_outdated_just_the_same() -> None:
    chain = requoted(one_sided(False), 5, 1.0)
    assert found(outdated(chain, traded(chain, 5))) == [5]


def test_an_old_trade_alone_is_nothing_against_a_quote() -> None:
    chain = one_sided(False)
    assert found(outdated(chain, traded(chain, 1))) == []


def test_many_old_quotes_do_not_outvote_a_fresh_one() -> None:
    chain = one_sided(False)
    crash = replace(chain, bid=chain.bid + 30, ask=chain.ask + 30)
    chain = requoted(crash, 6, 20.4)
    times = np.full(7, AUGUST)
    times[6] = TODAY
    assert found(outdated(chain, times)) == [0, 1, 2, 3, 4, 5]


def test_expiries_are_not_held_against_each_other() -> None:
    near = one_sided(False)
    later = replace(near, expiry=near.expiry + np.timedelta64(365, "D"), bid=near.bid + 9, ask=near.ask + 9)
    columns = ("is_call", "strike", "expiry", "bid", "ask", "last", "volume", "open_interest")
    both = replace(near, **{name: np.concatenate([getattr(near, name), getattr(later, name)]) for name in columns})
    assert found(outdated(both, traded(both, 1))) == []


def test_a_put_far_from_what_its_call_implies_is_meant_when_it_traded_first() -> None:
    chain = requoted(both_sided(), 13, 26.0)
    assert found(off_parity(chain, traded(chain, 13), 0.04)) == [13]
    assert found(off_parity(chain, traded(chain, 13, NEVER), 0.04)) == [13]
    assert found(off_parity(chain, traded(chain), 0.04)) == [], "of two equally old ones nobody knows which"


def test_a_share_that_is_dear_to_borrow_keeps_its_puts() -> None:
    chain = both_sided()
    dear = np.where(chain.is_call, 0, 8)
    chain = replace(chain, bid=chain.bid + dear, ask=chain.ask + dear)
    assert found(off_parity(chain, traded(chain, 9), 0.04)) == []


def test_few_pairs_say_nothing_about_each_other() -> None:
    chain = requoted(both_sided(), 13, 26.0)
    few = replace(chain, bid=np.where(np.isin(chain.strike, [95, 100, 120]), chain.bid, np.nan))
    assert found(off_parity(few, traded(few, 13), 0.04)) == []
