"""European options after Black, Scholes and Merton: price, Greeks and the probability of expiring worthless.

Everywhere: `spot` and `strike` are dollars a share, `years` is time to expiry in years, `rate` and
`dividend_yield` are continuously compounded fractions a year, `vol_annual` is a fraction a year. Arguments are
numbers or arrays and are broadcast against each other; results have the broadcast shape. An impossible input
(negative or NaN) gives NaN. With no time or no volatility left every figure is its limit, and NaN where there is
none: the Greeks of an option that expires exactly at its strike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from trading.blocks import elementwise
from trading.contracts import Floats

DAYS_A_YEAR = 365.0
PERCENTAGE_POINT = 0.01
SQRT_2_PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True)
class Greeks:
    """Sensitivities of one share's worth of option, one array entry a contract.

    delta: dollars per dollar of spot · gamma: delta per dollar of spot · theta: dollars per calendar day that
    passes · vega: dollars per percentage point of volatility · rho: dollars per percentage point of rate.
    """

    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


@dataclass(frozen=True)
class Figures:
    """Price, Greeks and probability of expiring out of the money, one array entry a contract."""

    price: Floats
    greeks: Greeks
    prob_otm: Floats


def price(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Floats:
    """Value in dollars a share; at expiry the intrinsic value.

    Source: Merton's formula with a continuous dividend yield, Haug, The Complete Guide to Option Pricing Formulas
    (2nd edition, 2007), p. 4, with his put of 2.4648:

    >>> round(float(price(False, 100, 95, 0.5, 0.10, 0.05, 0.20)), 4)
    2.4648
    """
    return elementwise(_price, 1, is_call, spot, strike, years, rate, dividend_yield, vol_annual)[0]


def greeks(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Greeks:
    """Delta, gamma, theta, vega and rho in the units of `Greeks`.

    Source: Haug 2007, chapter 2, with theta over 365, vega and rho over 100. The example is the one Hull, Options,
    Futures, and Other Derivatives, carries through his chapter on the Greeks: a call on 49, strike 50, 20 weeks.

    >>> hull = greeks(True, 49, 50, 0.3846, 0.05, 0.0, 0.20)
    >>> [round(float(value), 4) for value in (hull.delta, hull.gamma, hull.theta, hull.vega, hull.rho)]
    [0.5216, 0.0655, -0.0118, 0.1211, 0.0891]
    """
    columns = (is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    return Greeks(*elementwise(_greeks, 5, *columns))


def prob_otm(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Floats:
    """Risk-neutral probability, 0 to 1, of expiring out of the money: N(d2) for a put, N(-d2) for a call.

    Source: Haug 2007, chapter 2, in-the-money probability, turned round. It is the chance that the seller keeps the
    premium if the stock drifts at the rate less the yield; nobody promises that it does.

    >>> round(float(prob_otm(False, 100, 95, 0.5, 0.10, 0.05, 0.20)), 4)
    0.6804
    """
    return elementwise(_prob_otm, 1, is_call, spot, strike, years, rate, dividend_yield, vol_annual)[0]


def figures(
    is_call: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    vol_annual: ArrayLike,
) -> Figures:
    """What `price`, `greeks` and `prob_otm` give, in one pass over what they share: twice as fast as the three.

    >>> found = figures(False, 100, 95, 0.5, 0.10, 0.05, 0.20)
    >>> round(float(found.price), 4), round(float(found.prob_otm), 4)
    (2.4648, 0.6804)
    """
    columns = (is_call, spot, strike, years, rate, dividend_yield, vol_annual)
    value, delta, gamma, theta, vega, rho, otm = elementwise(_figures, 7, *columns)
    return Figures(value, Greeks(delta, gamma, theta, vega, rho), otm)


@dataclass(frozen=True)
class _Terms:
    """What every formula shares: sign (+1 call, -1 put), present values of share and strike, d1 and d2.

    `shares` and `debt` are what the option is worth share by share: its value is one less the other.
    """

    sign: Floats
    share: Floats
    cash: Floats
    deviation: Floats
    d1: Floats
    d2: Floats

    @property
    def shares(self) -> Floats:
        return np.asarray(self.sign * self.share * ndtr(self.sign * self.d1))

    @property
    def debt(self) -> Floats:
        return np.asarray(self.sign * self.cash * ndtr(self.sign * self.d2))


def _terms(
    is_call: Floats, spot: Floats, strike: Floats, years: Floats, rate: Floats, dividend_yield: Floats, vol: Floats
) -> _Terms:
    impossible = np.minimum(np.minimum(spot, strike), vol) < 0
    share = np.where(impossible, np.nan, spot * np.exp(-dividend_yield * years))
    cash = strike * np.exp(-rate * years)
    deviation = vol * np.sqrt(years)
    d1 = np.log(share / cash) / deviation + 0.5 * deviation
    return _Terms(2.0 * is_call - 1.0, share, cash, deviation, d1, d1 - deviation)


def _price(*columns: Floats) -> Iterable[Floats]:
    terms = _terms(*columns)
    return (_value(terms, terms.shares, terms.debt),)


def _value(terms: _Terms, shares: Floats, debt: Floats) -> Floats:
    intrinsic = np.maximum(terms.sign * (terms.share - terms.cash), 0.0)
    at_the_strike_at_expiry = (terms.deviation == 0) & np.isnan(terms.d1)
    return np.where(at_the_strike_at_expiry, intrinsic, np.maximum(shares - debt, intrinsic))


def _greeks(*columns: Floats) -> Iterable[Floats]:
    terms = _terms(*columns)
    return _slopes(terms, terms.shares, terms.debt, *columns[1:])


def _slopes(
    terms: _Terms,
    shares: Floats,
    debt: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    dividend_yield: Floats,
    vol: Floats,
) -> Iterable[Floats]:
    density = np.exp(-0.5 * terms.d1 * terms.d1) / SQRT_2_PI
    curvature = terms.share * np.where(density == 0, 0.0, density / terms.deviation)
    decay = -0.5 * vol * vol * curvature - rate * debt + dividend_yield * shares
    return (
        shares / spot,
        curvature / (spot * spot),
        decay / DAYS_A_YEAR,
        terms.share * density * np.sqrt(years) * PERCENTAGE_POINT,
        years * debt * PERCENTAGE_POINT,
    )


def _figures(*columns: Floats) -> Iterable[Floats]:
    terms = _terms(*columns)
    shares, debt = terms.shares, terms.debt
    return _value(terms, shares, debt), *_slopes(terms, shares, debt, *columns[1:]), ndtr(-terms.sign * terms.d2)


def _prob_otm(*columns: Floats) -> Iterable[Floats]:
    terms = _terms(*columns)
    return (ndtr(-terms.sign * terms.d2),)
