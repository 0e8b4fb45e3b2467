"""The sample market of the tests, and what its quotes were made from."""

import numpy as np

from trading.contracts import Chain, Floats, Market
from trading.pricing import greeks
from trading.sample import expiries as calendar
from trading.sample import sample_market
from trading.sample.story import tell_story
from trading.sample.surface import Surface
from trading.sample.universe import read_universe

LISTINGS = read_universe()
MARKET: Market = sample_market()


def years_of(chain: Chain) -> Floats:
    return (chain.expiry - calendar.TODAY).astype(float) / 365


def surface_of(symbol: str) -> Surface:
    return tell_story(LISTINGS[symbol]).surface


def surface_vols(symbol: str, chain: Chain) -> Floats:
    listing, years = LISTINGS[symbol], years_of(chain)
    forward = chain.spot * np.exp((MARKET.rate - listing.dividend_yield) * years)
    return surface_of(symbol).vol(np.log(chain.strike / forward), years * 365)


def deltas_of(symbol: str, chain: Chain) -> Floats:
    listing = LISTINGS[symbol]
    inputs = (chain.spot, chain.strike, years_of(chain), MARKET.rate, listing.dividend_yield)
    return np.abs(greeks(chain.is_call, *inputs, surface_vols(symbol, chain)).delta)
