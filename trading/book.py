"""The contracts of many chains as columns, so that one rule looks at all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Days, Floats, OptionType
from trading.implied import implied_volatility
from trading.pricing import greeks, prob_otm
from trading.underlying import Underlying, iv_rank

SHARES = 100
DAYS_A_YEAR = 365


@dataclass(frozen=True)
class Book:
    """One row a contract. Dollars a share unless named otherwise; NaN is "nobody knows".

    `owner` is the place of the underlying in the list the book was made from; `dte` counts calendar days from the
    New York date of the quotes and `years` is dte / 365, on the day of expiry what is left until 16:00. `earnings`
    and `ex_dividend` are 1 where such a day comes before expiry, else 0. Volatility and what follows from it are NaN
    until `priced`: delta is signed, theta dollars per calendar day, `prob_otm` risk-neutral.
    """

    owner: NDArray[np.intp]
    is_call: NDArray[np.bool_]
    strike: Floats
    expiry: Days
    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: Floats
    spot: Floats
    dte: NDArray[np.int64]
    years: Floats
    dividend_yield: Floats
    iv_rank: Floats
    earnings: Floats
    ex_dividend: Floats
    iv: Floats
    delta: Floats
    theta: Floats
    prob_otm: Floats

    def __len__(self) -> int:
        return len(self.strike)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The same columns with some of their rows."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def mid(self) -> Floats:
        """Halfway between bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Floats:
        """Ask less bid as a fraction of the mid; NaN where there is none."""
        spread = np.full(len(self), np.nan)
        np.divide(self.ask - self.bid, self.mid, out=spread, where=self.mid > 0)
        return spread

    @property
    def moneyness(self) -> Floats:
        """Dollars a share by which the contract is in the money, negative out of it."""
        return np.where(self.is_call, self.spot - self.strike, self.strike - self.spot)

    @property
    def capital(self) -> Floats:
        """Dollars one contract binds: the strike's worth of cash for a put, the shares themselves for a call."""
        return SHARES * np.where(self.is_call, self.spot, self.strike)

    @property
    def annual_yield(self) -> Floats:
        """Premium at the bid over capital, times 365 / dte: simple, not compounded; the last day counts as one day."""
        return SHARES * self.bid / self.capital * DAYS_A_YEAR / np.maximum(self.dte, 1)

    @property
    def break_even(self) -> Floats:
        """Share price at which the trade earns nothing: the strike (for a call: the share price now) less the bid."""
        return self.capital / SHARES - self.bid

    @property
    def cushion(self) -> Floats:
        """How far the share may fall before the trade loses money, as a fraction of its price."""
        return 1 - self.break_even / self.spot


_NOT_FLOATS = {"owner": np.intp, "is_call": np.bool_, "expiry": "datetime64[D]", "dte": np.int64}
_EMPTY = Book(*(np.empty(0, _NOT_FLOATS.get(column.name, np.float64)) for column in fields(Book)))


def open_book(underlyings: Sequence[Underlying], kind: OptionType) -> Book:
    """All puts or all calls of the underlyings, chain after chain."""
    pages = [_page(place, underlying, kind) for place, underlying in enumerate(underlyings)] or [_EMPTY]
    return Book(*(np.concatenate([getattr(page, column.name) for page in pages]) for column in fields(Book)))


def priced(book: Book, rate: float) -> Book:
    """The same rows with volatility from the mid, delta, theta and probability; NaN where the mid implies nothing."""
    contract = (book.is_call, book.spot, book.strike, book.years, rate, book.dividend_yield)
    iv, _ = implied_volatility(book.is_call, book.mid, *contract[1:])
    sensitivities = greeks(*contract, iv)
    return replace(book, iv=iv, delta=sensitivities.delta, theta=sensitivities.theta, prob_otm=prob_otm(*contract, iv))


def _page(owner: int, underlying: Underlying, kind: OptionType) -> Book:
    chain, stock, today = underlying.chain, underlying.stock, underlying.today
    rows = np.flatnonzero(chain.is_call == (kind == "call"))
    expiry = chain.expiry[rows].astype("datetime64[D]")
    dte = (expiry - np.datetime64(today, "D")).astype(np.int64)
    rank = iv_rank(stock.atm_ivs)
    same, unknown = np.ones(len(rows)), np.full(len(rows), np.nan)
    funds_report_nothing = stock.is_etf and stock.earnings is None
    return Book(
        owner=np.full(len(rows), owner),
        is_call=chain.is_call[rows],
        strike=chain.strike[rows],
        expiry=expiry,
        bid=chain.bid[rows],
        ask=chain.ask[rows],
        volume=chain.volume[rows],
        open_interest=chain.open_interest[rows],
        spot=same * chain.spot,
        dte=dte,
        years=np.where(dte > 0, dte, (dte == 0) * underlying.days_left_today) / DAYS_A_YEAR,
        dividend_yield=same * stock.dividend_yield,
        iv_rank=same * (np.nan if rank is None else rank),
        earnings=0 * same if funds_report_nothing else underlying.is_before(stock.earnings, expiry, today),
        ex_dividend=underlying.is_before(stock.ex_dividend, expiry, today + timedelta(days=1)),
        iv=unknown,
        delta=unknown,
        theta=unknown,
        prob_otm=unknown,
    )
