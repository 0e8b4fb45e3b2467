"""The risk that a sold call is exercised before an ex-date: the dividend against the time value that is left."""

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from trading.assignment import PAYMENTS_A_YEAR
from trading.contracts import Stock
from trading.dividends import early_exercise_gain
from trading.pricing import price, prob_otm

DAYS_A_YEAR = 365
FURTHEST = 8.0
"""A share price of so many strikes is as good as infinite."""
HALVINGS = 60


@dataclass(frozen=True)
class EarlyExercise:
    """What the holder of a call gains by taking the shares on the day before they go ex-dividend; dollars a share.

    `time_value` is what the call has left on the ex-date if the share has moved by the dividend alone until then, and
    `gain` what exercising earns over keeping it: for a call in the money the dividend less that time value.
    `pays_above` is the share price from which on it is worth it, None where no price makes it so; `probability` is the
    risk-neutral chance that the share stands above it on that day.
    """

    ex_dividend: date
    dividend: float
    time_value: float
    gain: float
    pays_above: float | None
    probability: float

    @property
    def is_likely(self) -> bool:
        """Whether it pays at today's share price."""
        return self.gain > 0

    def to_json(self) -> dict[str, Any]:
        figures = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return figures | {"ex_dividend": self.ex_dividend.isoformat(), "is_likely": self.is_likely}


def early_call_exercise(
    stock: Stock, today: date, spot: float, strike: float, expiry: date, rate: float, vol_annual: float
) -> EarlyExercise | None:
    """The risk to the seller of a call; None where no ex-date is known from tomorrow to expiry.

    The dividend is a quarter of the yearly yield, as an estimate; of several ex-dates only the next one is known. A
    call at 50 on a share of 60 that pays 0.60 in ten days, twenty days before expiry, is exercised above 51.51:

    >>> stock = Stock("KO", "Coca-Cola", 60.0, dividend_yield=0.04, ex_dividend=date(2026, 11, 12))
    >>> risk = early_call_exercise(stock, date(2026, 11, 2), 60.0, 50.0, date(2026, 12, 2), 0.04, 0.20)
    >>> round(risk.dividend, 2), round(risk.time_value, 2), risk.is_likely
    (0.6, 0.11, True)
    """
    coming = stock.ex_dividend
    if coming is None or not stock.dividend_yield > 0 or not today < coming <= expiry:
        return None
    dividend = spot * stock.dividend_yield / PAYMENTS_A_YEAR
    years = (expiry - coming).days / DAYS_A_YEAR

    def gain(share_price: float) -> float:
        return float(early_exercise_gain(share_price, strike, years, rate, vol_annual, dividend))

    boundary = _where_it_pays(gain, strike)
    until = ((coming - today).days - 1) / DAYS_A_YEAR
    below = 1.0 if boundary is None else float(prob_otm(True, spot, boundary, until, rate, 0.0, vol_annual))
    kept = float(price(True, spot - dividend, strike, years, rate, 0.0, vol_annual))
    time_value = kept - max(spot - dividend - strike, 0.0)
    return EarlyExercise(coming, dividend, time_value, gain(spot), boundary, 1.0 - below)


def _where_it_pays(gain: Any, strike: float) -> float | None:
    """The gain rises with the share price: where it turns positive, by halving."""
    low, high = strike, FURTHEST * strike
    if not gain(high) > 0:
        return None
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if gain(middle) > 0 else (middle, high)
    return high
