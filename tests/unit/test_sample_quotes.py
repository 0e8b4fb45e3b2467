"""The quotes of the sample market: whole ticks, missing bids, spreads, volatility that can be got back, activity."""

import numpy as np
from sample_facts import LISTINGS, MARKET, deltas_of, surface_vols, years_of

from trading.implied import NoAnswer, implied_volatility
from trading.sample import expiries as calendar


def test_chains_are_complete_and_their_quotes_make_sense():
    contracts = 0
    for symbol in MARKET.symbols():
        chain = MARKET.chain(symbol)
        contracts += len(chain)
        seen = set(zip(chain.is_call.tolist(), chain.strike.tolist(), chain.expiry.tolist(), strict=True))
        assert len(seen) == len(chain)
        assert chain.is_call.sum() * 2 == len(chain)
        assert chain.spot == MARKET.stock(symbol).spot
        quoted = ~np.isnan(chain.bid)
        assert (chain.bid[quoted] > 0).all()
        assert (chain.ask > np.where(quoted, chain.bid, 0)).all()
        assert np.nanmin(chain.last, initial=1.0) > 0
        for counts in (chain.volume, chain.open_interest):
            assert (counts >= 0).all()
            assert np.array_equal(counts, np.floor(counts))
    assert 40_000 <= contracts <= 95_000


def test_quotes_are_whole_ticks_of_their_class():
    for symbol, low, high in (("SPY", 1, 1), ("KO", 1, 5), ("VLY", 5, 10)):
        chain = MARKET.chain(symbol)
        for quotes in (chain.bid, chain.ask, chain.last):
            cents = np.round(quotes[~np.isnan(quotes)] * 100).astype(int)
            assert (cents[cents < 300] % low == 0).all()
            assert (cents[cents > 300] % high == 0).all()


def test_some_contracts_have_no_bid_and_most_of_those_are_far_out_of_the_money():
    missing, total, far = 0, 0, []
    for symbol in MARKET.symbols():
        chain = MARKET.chain(symbol)
        none = np.isnan(chain.bid)
        missing, total = missing + none.sum(), total + len(chain)
        far.append(deltas_of(symbol, chain)[none])
    assert 0.01 <= missing / total <= 0.15
    assert np.quantile(np.concatenate(far), 0.9) < 0.05


def test_spreads_widen_out_of_the_money_and_in_illiquid_names():
    by_delta, by_liquidity = {}, {}
    for symbol in MARKET.symbols():
        chain = MARKET.chain(symbol)
        share = (chain.ask - chain.bid) / (0.5 * (chain.ask + chain.bid))
        delta = deltas_of(symbol, chain)
        month = np.abs(years_of(chain) * 365 - 35) < 20
        for low, high in ((0.02, 0.1), (0.1, 0.25), (0.25, 0.4), (0.4, 0.6)):
            by_delta.setdefault(low, []).append(share[month & (delta >= low) & (delta < high)])
        by_liquidity.setdefault(LISTINGS[symbol].liquidity, []).append(share[month & (delta > 0.2) & (delta < 0.6)])
    in_delta = [np.nanmedian(np.concatenate(by_delta[low])) for low in sorted(by_delta)]
    in_liquidity = [np.nanmedian(np.concatenate(by_liquidity[level])) for level in sorted(by_liquidity)]
    assert in_delta == sorted(in_delta, reverse=True)
    assert in_delta[0] > 3 * in_delta[-1]
    assert in_liquidity == sorted(in_liquidity, reverse=True)
    assert in_liquidity[-1] < 0.04


def test_the_mid_of_a_liquid_contract_implies_the_volatility_it_was_made_from():
    misses = []
    for symbol in (s for s in MARKET.symbols() if LISTINGS[s].liquidity >= 4):
        chain, listing = MARKET.chain(symbol), LISTINGS[symbol]
        delta, years = deltas_of(symbol, chain), years_of(chain)
        wanted = (delta > 0.2) & (delta < 0.5) & (years > 20 / 365) & (years < 0.5)
        inputs = (chain.spot, chain.strike, years, MARKET.rate, listing.dividend_yield)
        found, reasons = implied_volatility(chain.is_call, 0.5 * (chain.bid + chain.ask), *inputs)
        assert (reasons[wanted] == NoAnswer.NONE).all()
        misses.append(np.abs(found - surface_vols(symbol, chain))[wanted])
    misses = np.concatenate(misses)
    assert len(misses) > 5000
    assert np.median(misses) < 0.005
    assert np.quantile(misses, 0.99) < 0.05


def test_no_mid_lies_below_intrinsic_value_by_more_than_half_the_spread():
    for symbol in MARKET.symbols():
        chain = MARKET.chain(symbol)
        exercise = np.where(chain.is_call, chain.spot - chain.strike, chain.strike - chain.spot)
        mid, spread = 0.5 * (chain.bid + chain.ask), chain.ask - chain.bid
        assert not (exercise - mid > 0.5 * spread + 1e-9).any()


def test_open_interest_gathers_near_the_money_in_monthlies_and_at_round_strikes():
    near, far, monthly, weekly, round_, odd = ([] for _ in range(6))
    for symbol in (s for s in MARKET.symbols() if LISTINGS[s].liquidity >= 4 and LISTINGS[s].price >= 50):
        chain = MARKET.chain(symbol)
        delta = deltas_of(symbol, chain)
        is_near = (delta > 0.2) & (delta < 0.5) & (years_of(chain) < 0.2)
        is_monthly = np.isin(chain.expiry, calendar.MONTHLIES)
        near.append(chain.open_interest[is_near])
        far.append(chain.open_interest[(delta < 0.03) | (delta > 0.97)])
        monthly.append(chain.open_interest[is_near & is_monthly])
        weekly.append(chain.open_interest[is_near & ~is_monthly])
        round_.append(chain.open_interest[is_near & (chain.strike % 10 == 0)])
        odd.append(chain.open_interest[is_near & (chain.strike % 5 != 0)])
    means = [np.concatenate(group).mean() for group in (near, far, monthly, weekly, round_, odd)]
    assert means[0] > 4 * means[1]
    assert means[2] > 2 * means[3]
    assert means[4] > 2 * means[5]
    interest = np.sort(np.concatenate(near))[::-1]
    assert interest[: len(interest) // 10].sum() > 0.4 * interest.sum()
