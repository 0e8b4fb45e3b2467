"""The volatility that the contracts around the share price imply today."""

from datetime import date

import numpy as np

from trading.listing import ExpiryWish, choose_expiry, contracts_on, expiries_of, nearest_strikes
from trading.underlying import Underlying, quoting


def at_the_money_iv(underlying: Underlying, rate: float, days: int) -> tuple[float | None, date | None]:
    """A fraction a year, and the expiry it is from: the listed one nearest to `days` calendar days.

    It is the mean of what the put and the call of the strike next to the share price imply, of those that imply
    anything; None where neither does, or where the chain's quotes are not live: a leftover bid implies nothing.
    """
    ahead = [day for day in expiries_of(underlying.chain) if day > underlying.today]
    expiry = choose_expiry(ahead, underlying.today, ExpiryWish(days=days))
    if expiry is None or not underlying.spot > 0 or not quoting(underlying.chain).is_live:
        return None, expiry
    rows = nearest_strikes(contracts_on(underlying, rate, expiry), underlying.spot, 1)
    implied = [row["iv"] for row in rows if row["iv"] is not None]
    return (float(np.mean(implied)) if implied else None), expiry
