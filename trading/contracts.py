"""What the trading floor talks about: a stock, its option chain, and the market they come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

OptionType = Literal["put", "call"]
Source = Literal["sample", "stored", "live"]
Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

SECTORS = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
"""The eleven GICS sectors, spelled as the rest of Magnus spells them."""


def _no_history() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class Stock:
    """One underlying as its source knew it; what the source did not say is None or NaN, never 0.

    `dividend_yield` is a continuous fraction; `closes` are daily closes in dollars and `atm_ivs` daily
    30-day at-the-money implied volatilities as fractions, both oldest first.
    """

    symbol: str
    name: str
    spot: float
    sector: str | None = None
    is_etf: bool = False
    dividend_yield: float = 0.0
    ex_dividend: date | None = None
    earnings: date | None = None
    closes: Floats = field(default_factory=_no_history)
    atm_ivs: Floats = field(default_factory=_no_history)


@dataclass(frozen=True)
class Chain:
    """Every listed contract of one underlying at one moment, one array entry a contract.

    Prices are dollars a share. A missing bid, ask, last price, volume or open interest is NaN, never 0.
    `expiry` is datetime64[D]; `as_of` is an aware UTC datetime.
    """

    symbol: str
    as_of: datetime
    spot: float
    is_call: NDArray[np.bool_]
    strike: Floats
    expiry: Days
    bid: Floats
    ask: Floats
    last: Floats
    volume: Floats
    open_interest: Floats

    def __len__(self) -> int:
        return len(self.strike)


class Market(Protocol):
    """Where quotes come from: the sample market, the database, or (later) a live feed.

    `rate` is the continuously compounded risk-free rate as a fraction. `stock` and `chain` raise KeyError
    for a symbol that is not in `symbols()`.
    """

    @property
    def source(self) -> Source: ...

    @property
    def as_of(self) -> datetime: ...

    @property
    def rate(self) -> float: ...

    def symbols(self) -> Sequence[str]: ...

    def stock(self, symbol: str) -> Stock: ...

    def chain(self, symbol: str) -> Chain: ...
