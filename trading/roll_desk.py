"""A sold option beside its market: what it is worth today, and what may happen before it ends."""

from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import numpy as np

from trading.appraisal import SAME_STRIKE, Quote, quote_of
from trading.book import open_book
from trading.contracts import Market, OptionType
from trading.early_exercise import early_call_exercise
from trading.escrowed import Escrowed
from trading.escrowed_implied import american_implied
from trading.portfolio import Leg
from trading.underlying import Underlying, at_quote_time
from trading.value import break_even

Json = dict[str, Any]
EXTRA_DAYS = (7, 30, 60)
"""Rolls are shown to the listed expiries that are nearest to so many days after the old one."""
SHARES = 100
DAYS_A_YEAR = 365


@dataclass(frozen=True)
class Sold:
    """A sold option to roll; dollars a share, None where the person did not say.

    `premium` is what was received for it, `basis` what a share under a call cost.
    """

    symbol: str
    kind: OptionType
    strike: float
    expiry: date
    contracts: int = 1
    premium: float | None = None
    basis: float | None = None


@dataclass(frozen=True)
class RollDesk:
    """The option to roll beside its market."""

    sold: Sold
    underlying: Underlying
    rate: float
    quote: Quote

    @property
    def is_call(self) -> bool:
        return self.sold.kind == "call"


def open_desk(market: Market, sold: Sold) -> RollDesk:
    underlying = at_quote_time(market.stock(sold.symbol), market.chain(sold.symbol))
    if sold.expiry < underlying.today:
        raise ValueError(f"The {name_of(sold)} has expired; the quotes are of {underlying.today}.")
    quote = quote_of(underlying.chain, Leg(sold.symbol, sold.kind, -1, 0.0, sold.strike, sold.expiry))
    if not quote.is_listed:
        raise ValueError(f"{sold.symbol} has no {name_of(sold)} in the {market.source} market.")
    return RollDesk(sold, underlying, market.rate, quote)


def later_expiries(desk: RollDesk) -> list[date]:
    """The listed expiries nearest to each of the extra days, in their order."""
    chain = desk.underlying.chain
    days = chain.expiry[chain.is_call == desk.is_call].astype("datetime64[D]")
    later = np.unique(days[days > np.datetime64(desk.sold.expiry, "D")])
    if not len(later):
        return []
    extra = (later - np.datetime64(desk.sold.expiry, "D")).astype(int)
    nearest = sorted({int(np.abs(extra - wanted).argmin()) for wanted in EXTRA_DAYS})
    return [later[place].item() for place in nearest]


def break_even_after(sold: Sold, strike: float, net_credit: float) -> float | None:
    if sold.premium is None:
        return None
    return round(float(break_even(sold.kind == "call", strike, sold.premium + net_credit)), 4)


def position_of(desk: RollDesk) -> Json:
    sold, spot, quote = desk.sold, desk.underlying.spot, desk.quote
    intrinsic = max(spot - sold.strike if desk.is_call else sold.strike - spot, 0.0)
    gain = None if sold.premium is None or not quote.ask > 0 else sold.premium - quote.ask
    return {
        "symbol": sold.symbol,
        "type": sold.kind,
        "strike": sold.strike,
        "expiry": sold.expiry.isoformat(),
        "dte": (sold.expiry - desk.underlying.today).days,
        "contracts": sold.contracts,
        "premium": sold.premium,
        "basis": sold.basis,
        "spot": spot,
        "bid": quote.bid if quote.bid > 0 else None,
        "ask": quote.ask if quote.ask > 0 else None,
        "intrinsic": round(intrinsic, 4),
        "time_value": round(quote.ask - intrinsic, 4) if quote.ask > 0 else None,
        "gain_closed_usd": None if gain is None else round(SHARES * sold.contracts * gain, 2),
        **contract_facts(desk, sold.strike, sold.expiry, quote),
    }


def contract_facts(desk: RollDesk, strike: float, expiry: date, quote: Quote) -> Json:
    """Volatility from the mid and what follows from it, and the events in its life; None where nobody knows.

    A call whose mid implies no volatility has no time value left, which is when a dividend takes it.
    """
    found = american_implied(_contract(desk, strike, expiry), np.array([quote.mid]))
    figures = {name: float(getattr(found, name)[0]) for name in ("iv", "delta", "prob_otm")}
    iv, spot = figures["iv"], desk.underlying.spot
    stock, today = desk.underlying.stock, desk.underlying.today
    no_time_value = 0.0 if isfinite(quote.mid) else iv
    vol = iv if isfinite(iv) else no_time_value
    is_judged = desk.is_call and isfinite(vol)
    risk = early_call_exercise(stock, today, spot, strike, expiry, desk.rate, vol) if is_judged else None
    return {
        **{name: round(value, 4) if isfinite(value) else None for name, value in figures.items()},
        "earnings_before_expiry": _falls(stock.earnings, today, expiry),
        "ex_dividend_before_expiry": _falls(stock.ex_dividend, today, expiry),
        "early_assignment": risk.to_json() if risk else None,
    }


def _contract(desk: RollDesk, strike: float, expiry: date) -> Escrowed:
    """The listed contract, as a scan prices it."""
    book = open_book([desk.underlying], desk.sold.kind)
    is_meant = (np.abs(book.strike - strike) < SAME_STRIKE) & (book.expiry == np.datetime64(expiry, "D"))
    return book.take(np.flatnonzero(is_meant)[:1]).contracts(desk.rate)


def _falls(event: date | None, today: date, expiry: date) -> bool | None:
    """Whether it comes before expiry; None where nobody knows the next one."""
    return None if event is None or event < today else event <= expiry


def name_of(sold: Sold) -> str:
    return f"{sold.strike:g} {sold.kind} of {sold.expiry}"
