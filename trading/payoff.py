"""What a position is worth to the person once its options have expired."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from trading.contracts import Floats
from trading.portfolio import Leg


def payoff_at_expiry(legs: Sequence[Leg], share_price: ArrayLike) -> Floats:
    """Dollars the legs of one company have gained when every option has expired at these share prices.

    Against what each was sold or bought at; options of different expiries count as if all ended at that price, and an
    option is worth what exercising it brings. A put at 60 sold for 0.80 keeps its 80 dollars above 60 and breaks even
    at 59.20:

    >>> from datetime import date
    >>> put = Leg("KO", "put", -1, 0.80, 60.0, date(2026, 12, 18))
    >>> payoff_at_expiry([put], [50, 59.2, 60, 70]).round(2).tolist()
    [-920.0, 0.0, 80.0, 80.0]
    """
    prices = np.asarray(share_price, dtype=float)
    gains = [leg.units * (_worth(leg, prices) - leg.price) for leg in legs]
    return np.asarray(sum(gains, np.zeros_like(prices)))


def _worth(leg: Leg, prices: Floats) -> Floats:
    if leg.kind == "shares":
        return prices
    in_the_money = prices - (leg.strike or 0.0)
    return np.maximum(in_the_money if leg.kind == "call" else -in_the_money, 0.0)
