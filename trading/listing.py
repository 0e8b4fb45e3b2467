"""The contracts of one underlying as a person reads them: expiries, strikes, quotes, volatility and delta."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from trading.book import Book, open_book, with_exercise
from trading.contracts import Chain, Floats, OptionType
from trading.underlying import Underlying

Json = dict[str, Any]
MONTH_OUT = 30
MONTHLY_DAYS = range(15, 22)
BOTH: tuple[OptionType, ...] = ("put", "call")


@dataclass(frozen=True)
class ExpiryWish:
    """Which expiry is meant: a day, else a month (year and month), else so many days from today; or nobody said."""

    day: date | None = None
    month: tuple[int, int] | None = None
    days: int | None = None

    @property
    def is_stated(self) -> bool:
        return self.day is not None or self.month is not None or self.days is not None


def expiries_of(chain: Chain, kind: OptionType | None = None, strike: float | None = None) -> list[date]:
    """The days on which contracts of the chain expire, in order; only those of a type and a strike where given."""
    rows = np.ones(len(chain), dtype=bool)
    if kind is not None:
        rows &= chain.is_call == (kind == "call")
    if strike is not None:
        rows &= np.isclose(chain.strike, strike, rtol=0, atol=1e-6)
    listed: list[date] = np.unique(chain.expiry[rows].astype("datetime64[D]")).tolist()
    return listed


def choose_expiry(listed: Sequence[date], today: date, wish: ExpiryWish) -> date | None:
    """The listed day that is meant, from today on, or None; the one nearest to 30 days where nothing was said.

    A month means its monthly contract, which expires on the third Friday or the Thursday before it, else its first.

    >>> choose_expiry([date(2026, 12, 4), date(2026, 12, 18)], date(2026, 10, 30), ExpiryWish(month=(2026, 12)))
    datetime.date(2026, 12, 18)
    """
    ahead = [day for day in listed if day >= today]
    if wish.day is not None:
        return wish.day if wish.day in ahead else None
    if wish.month is not None:
        inside = [day for day in ahead if (day.year, day.month) == wish.month]
        monthly = [day for day in inside if day.day in MONTHLY_DAYS and day.weekday() in (3, 4)]
        return next(iter(monthly[-1:] or inside), None)
    target = MONTH_OUT if wish.days is None else wish.days
    return min(ahead, key=lambda day: abs((day - today).days - target), default=None)


def contracts_on(
    underlying: Underlying, rate: float, expiry: date, kind: OptionType | None = None, strike: float | None = None
) -> list[Json]:
    """One row a contract that expires that day, puts first, by strike; dollars a share, None where nobody knows.

    "iv" is a fraction a year from the mid, "delta" signed, "theta" dollars a share and calendar day.
    """
    rows: list[Json] = []
    for one in (kind,) if kind else BOTH:
        book = open_book([underlying], one)
        last = underlying.chain.last[underlying.chain.is_call == (one == "call")]
        meant = book.expiry == np.datetime64(expiry, "D")
        if strike is not None:
            meant &= np.isclose(book.strike, strike, rtol=0, atol=1e-6)
        found = _rows(with_exercise(book.take(meant), rate), last[meant])
        rows += sorted(found, key=lambda row: row["strike"])
    return rows


def nearest_strikes(rows: Sequence[Json], spot: float, count: int) -> list[Json]:
    """The rows of the `count` strikes nearest to the share price, in their order."""
    strikes = sorted({row["strike"] for row in rows}, key=lambda strike: (abs(strike - spot), strike))
    kept = set(strikes[:count])
    return [row for row in rows if row["strike"] in kept]


def _rows(book: Book, last: Floats) -> list[Json]:
    columns: dict[str, list[Any]] = {
        "type": np.where(book.is_call, "call", "put").tolist(),
        "strike": _known(book.strike),
        "expiry": book.expiry.astype(str).tolist(),
        "dte": book.dte.tolist(),
        "bid": _known(book.bid),
        "ask": _known(book.ask),
        "mid": _known(book.mid),
        "last": _known(last),
        "iv": _known(book.iv),
        "delta": _known(book.delta),
        "theta": _known(book.theta),
        "volume": _known(book.volume, int),
        "open_interest": _known(book.open_interest, int),
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _known(column: Floats, kind: type = float) -> list[Any]:
    return [kind(round(value, 6)) if np.isfinite(value) else None for value in column.tolist()]
