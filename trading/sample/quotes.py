"""The option chain of one sample stock: what a market maker would show, and what has traded."""

import numpy as np

from trading.contracts import Chain, Floats
from trading.pricing import price
from trading.sample.draws import draw
from trading.sample.expiries import AS_OF, DAYS_A_YEAR
from trading.sample.listed import Contracts, contracts_of
from trading.sample.story import Story
from trading.sample.universe import Listing

PENNIES_THROUGHOUT = ("SPY", "QQQ", "IWM")
PENNY_FROM_LIQUIDITY = 3
TICK_CHANGES_AT = 3.0
SPREAD = (8.0, 5.0, 2.8, 1.4, 1.0)
"""How much wider the market is than in the most liquid names, from liquidity 1 to 5."""
INTEREST = (60.0, 180.0, 650.0, 2400.0, 12000.0)
"""Open contracts at a round strike of a near monthly at the money, from liquidity 1 to 5."""
TURNOVER = 0.12
"""A day's volume as a share of open interest, before its own noise."""


def quote_chain(listing: Listing, story: Story, rate: float) -> Chain:
    """Every contract of one listing at the close."""
    contracts = contracts_of(listing)
    value = _values(listing, story, contracts, rate)
    (share,), noise = (numbers.reshape(-1, len(value)) for numbers in _draws(listing, len(value)))
    bid, ask = _market(listing, value, noise[0])
    volume, interest = _activity(listing, contracts, noise[1:3])
    last = _last(listing, bid, ask, volume, share, value * np.exp(0.15 * noise[3]))
    return Chain(
        symbol=listing.symbol,
        as_of=AS_OF,
        spot=listing.price,
        is_call=contracts.is_call,
        strike=contracts.strike,
        expiry=contracts.expiry,
        bid=bid,
        ask=ask,
        last=np.where((volume > 0) | (interest > 0), last, np.nan),
        volume=volume,
        open_interest=interest,
    )


def _draws(listing: Listing, contracts: int) -> tuple[Floats, Floats]:
    return draw(f"chain of {listing.symbol}", contracts, 4 * contracts)


def _values(listing: Listing, story: Story, contracts: Contracts, rate: float) -> Floats:
    """Dollars a share: the European price on the story's surface, and never under what exercise would bring."""
    spot, strike, years, is_call = listing.price, contracts.strike, contracts.years, contracts.is_call
    log_moneyness = np.log(strike / spot) - (rate - listing.dividend_yield) * years
    vol = story.surface.vol(log_moneyness, years * DAYS_A_YEAR)
    european = price(is_call, spot, strike, years, rate, listing.dividend_yield, vol)
    return np.asarray(np.maximum(european, np.where(is_call, spot - strike, strike - spot)))


def _ticks(listing: Listing, quote: Floats) -> Floats:
    """Smallest price steps: pennies under 3 dollars and nickels above in liquid names, nickels and dimes in others."""
    if listing.symbol in PENNIES_THROUGHOUT:
        return np.full(len(quote), 0.01)
    low, high = (0.01, 0.05) if listing.liquidity >= PENNY_FROM_LIQUIDITY else (0.05, 0.10)
    return np.where(quote < TICK_CHANGES_AT, low, high)


def _market(listing: Listing, value: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Bid (NaN where nobody pays a tick) and ask in dollars; the value lies between them."""
    half = 0.5 * listing.by_liquidity(SPREAD) * (0.012 + 0.018 * np.sqrt(value)) * np.exp(0.2 * noise)
    low, high = _ticks(listing, value - half), _ticks(listing, value + half)
    bid = np.floor(np.round((value - half) / low, 6)) * low
    ask = np.ceil(np.round((value + half) / high, 6)) * high
    return np.where(bid < 0.5 * low, np.nan, np.round(bid, 2)), np.round(ask, 2)


def _activity(listing: Listing, contracts: Contracts, noise: Floats) -> tuple[Floats, Floats]:
    """Volume and open interest in contracts: most of both near the money, in monthlies, at round strikes."""
    deviations = np.log(contracts.strike / listing.price) / (listing.vol * np.sqrt(contracts.years))
    out = np.where(contracts.is_call, deviations, -deviations)
    nearness = np.exp(-0.5 * (out / np.where(out > 0, 1.3, 0.8) - 0.3) ** 2)
    weight = nearness * _roundness(listing, contracts.strike) * np.where(contracts.is_monthly, 1.0, 0.3)
    interest = listing.by_liquidity(INTEREST) * weight * np.exp(0.9 * noise[0] - 1.2 * contracts.years)
    volume = TURNOVER * interest * np.exp(noise[1] - 2.0 * contracts.years)
    return np.floor(volume), np.floor(interest)


def _roundness(listing: Listing, strike: Floats) -> Floats:
    round_, half_round = (10.0, 5.0) if listing.price >= 50 else (5.0, 1.0)
    return np.where(strike % round_ == 0, 1.0, np.where(strike % half_round == 0, 0.45, 0.2))


def _last(listing: Listing, bid: Floats, ask: Floats, volume: Floats, share: Floats, older: Floats) -> Floats:
    """What traded today between bid and ask, or else an older price, in whole ticks and at least one."""
    lowest = np.where(np.isnan(bid), 0.0, bid)
    traded_at = np.where(volume > 0, lowest + (ask - lowest) * share, older)
    tick = _ticks(listing, traded_at)
    return np.round(np.maximum(np.round(traded_at / tick), 1) * tick, 2)
