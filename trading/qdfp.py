"""American puts struck at 1 that live one unit of time, from QuantLib's engines.

Every American option without discrete dividends is such a put. Dollars scale with the strike, time with rate, yield
and variance, and a call on S struck at K is a put on K struck at S with rate and yield exchanged (McDonald and
Schroder, A Parity Result for American Options, 1998). So one instrument serves all contracts, nothing is rounded to
whole days, and only four quotes change from row to row.

The engine is the fixed-point iteration of Andersen, Lake and Offengenden, High-Performance American Option Pricing
(2016), which starts from the QD+ boundary of Li (2010). Importing QuantLib takes 0.1 s, so that is done on first use.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats

if TYPE_CHECKING:
    import QuantLib as ql

GRID = (400, 1600)
"""Steps in time and in the logarithm of the spot."""


class Scheme(IntEnum):
    """How exactly the exercise boundary is found; rates are those measured on one core of a 2026 server."""

    FAST = 0
    """20,000 a second. Within 6e-6 of the strike up to a `horizon` of 0.05 and a deviation of 2."""
    ACCURATE = 1
    """3,000 a second. Within 6e-6 up to a horizon of 0.5 and a deviation of 5."""
    PRECISE = 2
    """60 a second. Within 1e-10, except where its quadrature gives up."""
    GRID = 3
    """10 a second. Finite differences, within 1e-4: the only one for a yield below a negative rate, where the put is
    exercised between two boundaries."""


def scheme_for(rate_time: Floats, yield_time: Floats, deviation: Floats, precise: bool) -> NDArray[np.int8]:
    """The fastest scheme that is good to 6e-6 of the strike (PRECISE for all if asked), one code a row."""
    horizon = np.maximum(np.abs(rate_time), np.abs(yield_time))
    scheme = np.full(len(horizon), Scheme.FAST, np.int8)
    scheme[(horizon > 0.05) | (deviation > 2)] = Scheme.ACCURATE
    scheme[(horizon > 0.5) | (deviation > 5) | precise] = Scheme.PRECISE
    return scheme


def put_values(
    ratio: Floats, rate_time: Floats, yield_time: Floats, deviation: Floats, scheme: NDArray[np.int8]
) -> Floats:
    """Values of puts as fractions of their strike; what one scheme refuses goes to the next, NaN if all refuse.

    `ratio` is spot over strike, `rate_time` and `yield_time` the rate and the yield times the years, `deviation`
    volatility times the square root of the years; all finite, ratio and deviation positive. Arrays of one dimension.
    """
    values = np.full(len(ratio), np.nan)
    for each in Scheme:
        rows = np.flatnonzero(np.isnan(values) & (scheme <= each))
        if len(rows):
            values[rows] = _values(each, *(column[rows] for column in (ratio, rate_time, yield_time, deviation)))
    return values


def _values(scheme: Scheme, *columns: Floats) -> list[float]:
    value = _valuer(scheme)
    return [value(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _valuer(scheme: Scheme) -> Callable[[float, float, float, float], float]:
    """What prices one put; its objects belong to the caller's thread, for QuantLib's may not be shared."""
    import QuantLib as ql

    quotes = [ql.SimpleQuote(1.0) for _ in range(4)]
    process = process_of(*quotes)
    start = process.riskFreeRate().referenceDate()
    put = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 1.0), ql.AmericanExercise(start, start + 365))
    put.setPricingEngine(_engine(scheme, process))
    value = put.NPV
    set_spot, set_rate, set_yield, set_vol = (quote.setValue for quote in quotes)

    def put_value(ratio: float, rate: float, dividend_yield: float, vol: float) -> float:
        set_spot(ratio)
        set_rate(rate)
        set_yield(dividend_yield)
        set_vol(vol)
        try:
            return float(value())
        except RuntimeError:
            return float("nan")

    return put_value


def process_of(
    spot: "ql.SimpleQuote", rate: "ql.SimpleQuote", dividend_yield: "ql.SimpleQuote", vol: "ql.SimpleQuote"
) -> "ql.BlackScholesMertonProcess":
    """Its first day lies so far ahead that nothing expires, whatever QuantLib thinks the date is."""
    import QuantLib as ql

    start, days = ql.Date(1, 1, 2100), ql.Actual365Fixed()

    def curve(quote: "ql.SimpleQuote") -> "ql.YieldTermStructureHandle":
        return ql.YieldTermStructureHandle(ql.FlatForward(start, ql.QuoteHandle(quote), days))

    flat = ql.BlackConstantVol(start, ql.NullCalendar(), ql.QuoteHandle(vol), days)
    surface = ql.BlackVolTermStructureHandle(flat)
    return ql.BlackScholesMertonProcess(ql.QuoteHandle(spot), curve(dividend_yield), curve(rate), surface)


def _engine(scheme: Scheme, process: "ql.BlackScholesMertonProcess") -> "ql.PricingEngine":
    import QuantLib as ql

    if scheme is Scheme.GRID:
        return ql.FdBlackScholesVanillaEngine(process, *GRID)
    iteration = {
        Scheme.FAST: ql.QdFpAmericanEngine.fastScheme,
        Scheme.ACCURATE: ql.QdFpAmericanEngine.accurateScheme,
        Scheme.PRECISE: ql.QdFpAmericanEngine.highPrecisionScheme,
    }[scheme]
    return ql.QdFpAmericanEngine(process, iteration())
