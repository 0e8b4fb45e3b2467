"""Which strikes the sample market lists, spaced as exchanges space them."""

import math

import numpy as np

from trading.contracts import Floats
from trading.sample.universe import Listing

INTERVALS = ((10.0, 0.5, 0.5), (25.0, 1.0, 0.5), (100.0, 2.5, 1.0), (200.0, 5.0, 2.5), (500.0, 10.0, 5.0))
"""Up to this share price: dollars between strikes, and between those near the money of a liquid name."""
LARGEST_INTERVALS = (20.0, 10.0)
NEAR = 0.12
FINE_FROM_LIQUIDITY = 4
FINE_WITHIN_YEARS = 0.2
DEVIATIONS, WIDEST = 3.2, 0.60
NARROWEST_WEEKLY, NARROWEST_MONTHLY = 0.12, 0.30


def strikes_of(listing: Listing, years: float, is_monthly: bool) -> Floats:
    """Strikes in dollars, lowest first: 3.2 standard deviations to both sides, within 12 % to 60 % of the price."""
    coarse, fine = next((pair for limit, *pair in INTERVALS if listing.price < limit), LARGEST_INTERVALS)
    least = NARROWEST_MONTHLY if is_monthly else NARROWEST_WEEKLY
    width = min(max(DEVIATIONS * listing.vol * math.sqrt(years), least), WIDEST)
    strikes = _multiples(coarse, listing.price, width)
    if listing.liquidity < FINE_FROM_LIQUIDITY or years > FINE_WITHIN_YEARS:
        return strikes
    near = _multiples(fine, listing.price, min(NEAR, width))
    return np.concatenate([strikes[strikes < near[0]], near, strikes[strikes > near[-1]]])


def _multiples(interval: float, price: float, width: float) -> Floats:
    first = max(1, math.floor(price * (1 - width) / interval))
    last = math.ceil(price * (1 + width) / interval)
    return np.asarray(np.arange(first, last + 1) * interval, dtype=np.float64)
