"""The underlyings of a scan as columns: what all contracts of one of them have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan, log1p, nan
from typing import Self

import numpy as np

from trading.assignment import PAYMENTS_A_YEAR
from trading.contracts import Floats, Stock
from trading.escrowed import Escrowed
from trading.underlying import Underlying, iv_rank, left_of_the_day, quote_date

DAYS_A_YEAR = 365
DAY_ZERO = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Owner:
    """An underlying without its contracts; `today` is the New York date of its quotes and `spot` its price then."""

    stock: Stock
    as_of: datetime
    today: date
    spot: float
    contracts: int

    @classmethod
    def of(cls, stock: Stock, as_of: datetime, spot: float, contracts: int) -> Self:
        return cls(stock, as_of, quote_date(as_of), spot, contracts)

    @classmethod
    def of_underlying(cls, one: Underlying) -> Self:
        return cls(one.stock, one.chain.as_of, one.today, one.spot, len(one.chain))

    def day_of(self, event: date | None, earliest: int = 0) -> float:
        """Days since 1970; NaN where nobody knows one that is `earliest` days from today or later."""
        if event is None or (event - self.today).days < earliest:
            return float("nan")
        return float(event.toordinal() - DAY_ZERO)


@dataclass(frozen=True)
class Roster:
    """One entry an underlying. `today`, `earnings` and `ex_dividend` are days since 1970, NaN where nobody knows.

    `earnings` is infinite for a fund, which reports nothing. Where the next ex-date is known `dividend_usd` is one
    quarterly payment a share, and the yield 0; else the yield stands for them all.
    """

    owners: Sequence[Owner]
    spot: Floats
    today: Floats
    left_of_today: Floats
    iv_rank: Floats
    earnings: Floats
    ex_dividend: Floats
    dividend_usd: Floats
    dividend_yield: Floats

    @property
    def ex_years(self) -> Floats:
        """To the next ex-date; infinite where nobody knows it."""
        return np.nan_to_num((self.ex_dividend - self.today) / DAYS_A_YEAR, nan=np.inf)


def call_roll(owners: Sequence[Owner]) -> Roster:
    """The columns of these underlyings, in their order."""
    rows = np.array([_facts(one) for one in owners], float).reshape(-1, 8)
    return Roster(owners, *np.ascontiguousarray(rows.T))


def dividends_until(owner: Owner, rate: float, years: float) -> float:
    """The yield a year that leaves the share the same forward price as its dividends until then; NaN beyond it."""
    one = call_roll([owner])
    columns = (one.spot, np.full(1, years), np.full(1, rate), one.dividend_yield, one.dividend_usd, one.ex_years)
    paid = float(Escrowed(np.zeros(1, dtype=bool), one.spot, *columns).escrow()[0]) / owner.spot
    return float(one.dividend_yield[0]) - (log1p(-paid) / years if paid < 1 else nan)


def _facts(one: Owner) -> tuple[float, ...]:
    stock, rank = one.stock, iv_rank(one.stock.atm_ivs)
    earnings = np.inf if stock.is_etf and stock.earnings is None else one.day_of(stock.earnings)
    ex_dividend = one.day_of(stock.ex_dividend, earliest=1)
    is_known = not isnan(ex_dividend)
    return (
        one.spot,
        one.today.toordinal() - DAY_ZERO,
        left_of_the_day(one.as_of),
        np.nan if rank is None else rank,
        earnings,
        ex_dividend,
        one.spot * stock.dividend_yield / PAYMENTS_A_YEAR if is_known else 0.0,
        0.0 if is_known else stock.dividend_yield,
    )
