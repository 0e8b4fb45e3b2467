"""Looks a leg up in the market: share price, quote, volatility and value, or why there is none."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from trading.contracts import Chain, Market, Stock
from trading.portfolio import Holding, Leg
from trading.roster import Owner, dividends_until
from trading.underlying import Underlying, at_quote_time
from trading.valuation import value, volatility

DAYS_A_YEAR = 365
SAME_STRIKE = 1e-6
STRIKE_AGAINST_YEARS = 4.0
"""A strike 10 % away is as far as an expiry 0.4 years away when another contract's volatility has to stand in."""


@dataclass(frozen=True)
class Quote:
    """One contract's market; a number that is not there is NaN."""

    bid: float = math.nan
    ask: float = math.nan
    open_interest: float = math.nan
    is_listed: bool = False

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2 if self.bid > 0 and self.ask > 0 else math.nan


def appraise(market: Market, legs: Iterable[Leg]) -> tuple[Holding, ...]:
    """Each leg at the market's prices: at the mid where both sides are quoted, else by the model."""
    known = set(market.symbols())
    legs = list(legs)
    wanted = {leg.symbol for leg in legs} & known
    underlyings = {symbol: at_quote_time(market.stock(symbol), market.chain(symbol)) for symbol in wanted}
    return tuple(_holding(market, leg, underlyings.get(leg.symbol)) for leg in legs)


def quote_of(chain: Chain, leg: Leg) -> Quote:
    """What the chain shows for the contract of a leg."""
    rows = np.flatnonzero(
        (chain.is_call == (leg.kind == "call"))
        & (np.abs(chain.strike - (leg.strike or 0.0)) < SAME_STRIKE)
        & (chain.expiry.astype("datetime64[D]") == np.datetime64(leg.expiry, "D"))
    )
    if not len(rows):
        return Quote()
    row = rows[0]
    return Quote(float(chain.bid[row]), float(chain.ask[row]), float(chain.open_interest[row]), True)


def _holding(market: Market, leg: Leg, underlying: Underlying | None) -> Holding:
    if underlying is None or not underlying.spot > 0:
        return _unknown(market, leg, underlying.stock if underlying else None)
    if leg.kind == "shares":
        return _build(market, leg, underlying, Quote(), 0.0, 0.0, None, underlying.spot, None)
    years, quote = _years(leg, underlying), quote_of(underlying.chain, leg)
    vol, vol_from = _volatility(market.rate, leg, underlying, years, quote)
    problem = None if years <= 0 or vol > 0 else f"nothing in its chain gives {leg.name} a volatility"
    worth = quote.mid if years > 0 else math.nan
    if math.isnan(worth):
        worth = float(value(*_terms(market.rate, leg, underlying, years), max(vol, 0.0) if years > 0 else 0.0))
    return _build(market, leg, underlying, quote, years, vol, vol_from, worth, problem)


def _build(
    market: Market,
    leg: Leg,
    underlying: Underlying,
    quote: Quote,
    years: float,
    vol: float,
    vol_from: str | None,
    worth: float,
    problem: str | None,
) -> Holding:
    return Holding(
        leg=leg,
        stock=underlying.stock,
        today=underlying.today,
        spot=underlying.spot,
        years=years,
        rate=market.rate,
        carry=_carry(underlying, market.rate, years),
        vol=vol,
        vol_from=vol_from,
        bid=quote.bid,
        ask=quote.ask,
        open_interest=quote.open_interest,
        value=worth,
        problem=problem,
    )


def _unknown(market: Market, leg: Leg, stock: Stock | None) -> Holding:
    nan, today = math.nan, market.as_of.date()
    problem = f"the {market.source} market has no price of {leg.symbol}"
    return Holding(leg, stock, today, nan, nan, market.rate, 0.0, nan, None, nan, nan, nan, nan, problem)


def _years(leg: Leg, underlying: Underlying) -> float:
    days = (leg.expiry - underlying.today).days if leg.expiry else 0
    return (days if days > 0 else underlying.days_left_today if days == 0 else 0.0) / DAYS_A_YEAR


def _terms(
    rate: float, leg: Leg, underlying: Underlying, years: float
) -> tuple[bool, float, float, float, float, float]:
    return leg.kind == "call", underlying.spot, leg.strike or 0.0, years, rate, _carry(underlying, rate, years)


def _carry(underlying: Underlying, rate: float, years: float) -> float:
    """The yield a year that is worth as much as the dividends until then."""
    return dividends_until(Owner.of_underlying(underlying), rate, years) if years > 0 else 0.0


def _volatility(rate: float, leg: Leg, underlying: Underlying, years: float, quote: Quote) -> tuple[float, str | None]:
    """Its own mid's, else that of the quoted contract nearest to it, else the stock's at the money; else NaN."""
    if years <= 0:
        return 0.0, "expired"
    is_call, spot, strike, _, _, carry = _terms(rate, leg, underlying, years)
    own = float(volatility(is_call, quote.mid, spot, strike, years, rate, carry))
    if own > 0:
        return own, "its mid"
    return _borrowed(rate, leg, underlying, years)


def _borrowed(rate: float, leg: Leg, underlying: Underlying, years: float) -> tuple[float, str | None]:
    chain, spot, carry = underlying.chain, underlying.spot, _carry(underlying, rate, years)
    days = (chain.expiry.astype("datetime64[D]") - np.datetime64(underlying.today, "D")).astype(np.int64)
    is_out_of_the_money = np.where(chain.is_call, chain.strike >= spot, chain.strike <= spot)
    mids = np.where(is_out_of_the_money & (chain.bid > 0) & (chain.ask > 0), (chain.bid + chain.ask) / 2, np.nan)
    vols = volatility(chain.is_call, mids, spot, chain.strike, days / DAYS_A_YEAR, rate, carry)
    apart = STRIKE_AGAINST_YEARS * np.abs(np.log(chain.strike / (leg.strike or spot))) + np.abs(
        days / DAYS_A_YEAR - years
    )
    apart = np.where(vols > 0, apart, np.inf)
    if len(chain) and np.isfinite(apart.min()):
        row = int(apart.argmin())
        kind = "call" if chain.is_call[row] else "put"
        return float(vols[row]), f"the {chain.strike[row]:g} {kind} of {chain.expiry[row].astype('datetime64[D]')}"
    recent = underlying.stock.atm_ivs[np.isfinite(underlying.stock.atm_ivs)]
    return (float(recent[-1]), "the stock at the money") if len(recent) else (math.nan, None)
