"""The contracts of many chains as columns, so that one rule looks at all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trading.board import COLUMNS, Board, join
from trading.contracts import Days, Floats, OptionType
from trading.escrowed import Escrowed
from trading.escrowed_implied import Implied, american_implied, european_implied
from trading.roster import DAYS_A_YEAR, Roster, call_roll
from trading.underlying import Underlying

SHARES = 100
_FIGURES = tuple(column.name for column in fields(Implied))
_COLUMNS = ("owner", "dte", *COLUMNS)


@dataclass(frozen=True)
class Book:
    """One row a contract. Dollars a share unless named otherwise; NaN is "nobody knows".

    `owner` is the place of the underlying in the roster, and what all its contracts share is read there; `dte` counts
    calendar days from the New York date of the quotes. Volatility and what follows from it are NaN until `priced` or
    `with_exercise`: delta is signed, theta dollars per calendar day, `prob_otm` risk-neutral.
    """

    roster: Roster
    owner: NDArray[np.intp]
    dte: NDArray[np.int64]
    is_call: NDArray[np.bool_]
    strike: Floats
    expiry: Days
    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: Floats
    figures: Implied | None = None

    def __len__(self) -> int:
        return len(self.strike)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The same columns with some of their rows."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        taken = {name: getattr(self, name).take(rows) for name in _COLUMNS}
        told = self.figures and Implied(*(getattr(self.figures, name).take(rows) for name in _FIGURES))
        return replace(self, **taken, figures=told)

    @property
    def iv(self) -> Floats:
        return self._figure("iv")

    @property
    def delta(self) -> Floats:
        return self._figure("delta")

    @property
    def theta(self) -> Floats:
        return self._figure("theta")

    @property
    def prob_otm(self) -> Floats:
        return self._figure("prob_otm")

    @property
    def spot(self) -> Floats:
        return self.roster.spot[self.owner]

    @property
    def iv_rank(self) -> Floats:
        return self.roster.iv_rank[self.owner]

    @property
    def years(self) -> Floats:
        """dte / 365, on the day of expiry what is left until 16:00; 0 afterwards."""
        years = np.maximum(self.dte, 0) / DAYS_A_YEAR
        if len(last_day := np.flatnonzero(self.dte == 0)):
            years[last_day] = self.roster.left_of_today[self.owner[last_day]] / DAYS_A_YEAR
        return np.asarray(years)

    @property
    def is_over(self) -> NDArray[np.bool_]:
        """Where no time is left."""
        over = self.dte <= 0
        if over.any():
            over[over] = self.take(over).years <= 0
        return np.asarray(over)

    @property
    def earnings(self) -> Floats:
        """1 where earnings come before expiry, else 0."""
        return _is_before(self.roster.earnings[self.owner], self._days)

    @property
    def ex_dividend(self) -> Floats:
        """1 where the share goes ex-dividend before expiry, from tomorrow on, else 0."""
        return _is_before(self.roster.ex_dividend[self.owner], self._days)

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

    def contracts(self, rate: float) -> Escrowed:
        """The rows as the option model knows them; `rate` is continuous."""
        roster, same = self.roster, np.full(len(self), rate)
        usd, continuous = roster.dividend_usd[self.owner], roster.dividend_yield[self.owner]
        contract = (self.is_call, self.spot, self.strike, self.years, same, continuous)
        return Escrowed(*contract, usd, roster.ex_years[self.owner])

    @property
    def _days(self) -> NDArray[np.int64]:
        return self.expiry.astype("datetime64[D]").astype(np.int64)

    def _figure(self, name: str) -> Floats:
        return np.full(len(self), np.nan) if self.figures is None else np.asarray(getattr(self.figures, name))


def open_book(underlyings: Sequence[Underlying], kind: OptionType) -> Book:
    """All puts or all calls of the underlyings, chain after chain."""
    board = join([(one.stock, one.chain) for one in underlyings], kind)
    return book_of(board, call_roll(board.owners))


def book_of(board: Board, roster: Roster) -> Book:
    """All rows of a board; `roster` is that of its owners."""
    dte = board.expiry.astype("datetime64[D]").astype(np.int64) - roster.today.astype(np.int64)[board.owner]
    listed = (getattr(board, name) for name in COLUMNS)
    return Book(roster, board.owner, dte, *listed)


def priced(book: Book, rate: float) -> Book:
    """The same rows with what the mid implies without early exercise; NaN where it implies nothing."""
    return replace(book, figures=european_implied(book.contracts(rate), book.mid))


def with_exercise(book: Book, rate: float) -> Book:
    """The same with American exercise: a hundred times slower, and so for the rows that matter."""
    return replace(book, figures=american_implied(book.contracts(rate), book.mid))


def _is_before(event: Floats, days: NDArray[np.int64]) -> Floats:
    return np.where(np.isnan(event), np.nan, event <= days)
