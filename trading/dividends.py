"""American options on a share that pays known cash dividends, and whether a call is exercised before one.

The escrowed model: the share price is the present value of the dividends until expiry, which is certain, plus the
rest, which follows Black and Scholes with the volatility given. It drops by the whole dividend on the ex-date, so the
one moment at which exercising a call early can pay is just before that. A European option in this model costs
`trading.pricing.price` at the spot less the present value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.american import american_price
from trading.contracts import Floats
from trading.pricing import price

LIFE_DAYS = 10_000
"""QuantLib knows whole days only: every life is stretched to so many, with rate and variance scaled to it."""
LIFE_YEARS = LIFE_DAYS / 365
GRID = (200, 400)
"""Steps in time and in the logarithm of the spot: 30 ms a price, within 1e-3 dollars for a share of 100 dollars."""


@dataclass(frozen=True)
class CashDividend:
    """Dollars a share, and the years until the share trades without it."""

    years: float
    usd: float


def american_price_with_dividends(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    vol_annual: ArrayLike,
    dividends: Sequence[CashDividend],
) -> Floats:
    """Value in dollars a share of contracts on one underlying; dividends after expiry or already paid do not count.

    Units, shapes and impossible inputs as in `trading.pricing`; NaN also where the dividends are worth more than the
    share or the volatility is 0. Finite differences (QuantLib), one contract at a time. The example is Haug's for the
    formula of Roll, Geske and Whaley (2nd edition, 2007, chapter 9), whose value is 4.3860:

    >>> dividend = CashDividend(years=0.25, usd=4.0)
    >>> round(float(american_price_with_dividends(True, 80, 82, 0.3333, 0.06, 0.30, [dividend])), 3)
    4.386
    """
    columns = np.broadcast_arrays(is_call, spot, strike, years, rate, vol_annual)
    values = [
        _value(tuple(float(value) for value in row), dividends) for row in zip(*(c.flat for c in columns), strict=True)
    ]
    return np.array(values).reshape(columns[0].shape)


def early_exercise_gain(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    vol_annual: ArrayLike,
    dividend_usd: ArrayLike,
) -> Floats:
    """Dollars a share that exercising a call just before the ex-date earns over keeping it; positive where it pays.

    It is the dividend less the time value that is left on the ex-date and given up with the call: `spot` is the last
    price with the dividend, `years` runs from the ex-date to expiry, and no other dividend comes before expiry. With
    an infinite or NaN argument it is NaN, as it is where the dividend is the whole share.

    >>> gain = early_exercise_gain(60, [50, 58], 30 / 365, 0.04, 0.20, 0.50)
    >>> [round(float(value), 2) for value in gain]
    [0.34, -0.35]
    """
    given_up = price(True, np.subtract(spot, dividend_usd), strike, years, rate, 0.0, vol_annual)
    return np.subtract(spot, strike) - given_up


def early_exercise_pays(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    vol_annual: ArrayLike,
    dividend_usd: ArrayLike,
) -> NDArray[np.bool_]:
    """Whether the holder of a call takes the shares just before the ex-date: the seller's risk of early assignment.

    Arguments as in `early_exercise_gain`. A put is never exercised then: it gains from the ex-date.

    >>> early_exercise_pays(60, [50, 58], 30 / 365, 0.04, 0.20, 0.50).tolist()
    [True, False]
    """
    return np.asarray(early_exercise_gain(spot, strike, years, rate, vol_annual, dividend_usd) > 0)


def _value(contract: tuple[float, ...], dividends: Sequence[CashDividend]) -> float:
    is_call, spot, strike, years, rate, vol = contract
    coming = [dividend for dividend in dividends if 0 < dividend.years <= years and dividend.usd != 0]
    if not coming:
        return float(american_price(bool(is_call), spot, strike, years, rate, 0.0, vol))
    risky = spot - sum(dividend.usd * math.exp(-rate * dividend.years) for dividend in coming)
    if not (risky > 0 and strike > 0 and vol > 0 and math.isfinite(sum(contract))):
        return math.nan
    european = float(price(bool(is_call), risky, strike, years, rate, 0.0, vol))
    intrinsic = spot - strike if is_call else strike - spot
    return max(_finite_differences(contract, coming), european, intrinsic)


def _finite_differences(contract: tuple[float, ...], coming: Sequence[CashDividend]) -> float:
    import QuantLib as ql

    from trading.qdfp import process_of

    is_call, spot, strike, years, rate, vol = contract
    stretch = years / LIFE_YEARS
    process = process_of(*(ql.SimpleQuote(value) for value in (spot, rate * stretch, 0.0, vol * math.sqrt(stretch))))
    start = process.riskFreeRate().referenceDate()
    days = [min(max(round(dividend.years / years * LIFE_DAYS), 1), LIFE_DAYS - 1) for dividend in coming]
    schedule = ql.DividendVector([start + day for day in days], [dividend.usd for dividend in coming])
    scheme = (0, ql.FdmSchemeDesc.Douglas(), False, 0.0, ql.FdBlackScholesVanillaEngine.Escrowed)
    engine = ql.FdBlackScholesVanillaEngine(process, schedule, *GRID, *scheme)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(start, start + LIFE_DAYS))
    option.setPricingEngine(engine)
    return float(option.NPV())
