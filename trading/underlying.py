"""What the contracts of one underlying have in common at the moment of their quotes."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from trading.contracts import Chain, Floats, Stock

NEW_YORK = "America/New_York"
CLOSE = time(16)
YEAR_OF_TRADING_DAYS = 252
FEWEST_FOR_A_RANK = 60
NEAR = 0.15
FEWEST_NEAR = 4
LIVE_SHARE = 0.5


@dataclass(frozen=True)
class Quoting:
    """How many of the contracts that tell whether quotes are live had both a bid and an ask."""

    quoted: int
    looked_at: int

    @property
    def is_live(self) -> bool:
        """Whether at least half of them did."""
        return self.quoted >= LIVE_SHARE * self.looked_at > 0


@dataclass(frozen=True)
class Underlying:
    """A stock beside its chain; `today` is the New York date of the chain's quotes."""

    stock: Stock
    chain: Chain
    today: date

    @property
    def spot(self) -> float:
        """Dollars a share when the chain was quoted."""
        return self.chain.spot

    @property
    def days_left_today(self) -> float:
        """The part of a day until 16:00 in New York, 0 after it; half-days close later here than they do."""
        return left_of_the_day(self.chain.as_of)


def at_quote_time(stock: Stock, chain: Chain) -> Underlying:
    """The two put together; `chain.as_of` is aware."""
    return Underlying(stock, chain, quote_date(chain.as_of))


@lru_cache
def quote_date(as_of: datetime) -> date:
    """The date in New York at an aware moment."""
    return _in_new_york(as_of).date()


@lru_cache
def left_of_the_day(as_of: datetime) -> float:
    """The part of a day until 16:00 in New York, 0 after it."""
    now = _in_new_york(as_of)
    close = datetime.combine(now.date(), CLOSE, now.tzinfo)
    return max(0.0, (close - now).total_seconds() / 86_400)


def _in_new_york(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(NEW_YORK))


def iv_rank(atm_ivs: Floats) -> float | None:
    """Where today's at-the-money volatility stands between the lowest and the highest of the last year, 0 to 100.

    `atm_ivs` is daily and oldest first, the last known one being today's. None with fewer than 60 known days, or
    where they are all the same.

    >>> iv_rank(np.linspace(0.20, 0.40, 100)), iv_rank(np.array([0.2, 0.3]))
    (100.0, None)
    """
    known = atm_ivs[-YEAR_OF_TRADING_DAYS:]
    if len(known) < FEWEST_FOR_A_RANK:
        return None
    known = known[np.isfinite(known)]
    if len(known) < FEWEST_FOR_A_RANK or known.max() == known.min():
        return None
    return float((known[-1] - known.min()) / (known.max() - known.min()) * 100)


def quoting(chain: Chain) -> Quoting:
    """The contracts within 15 % of the share price, or all of them where fewer than four are that near.

    Before the open a chain has a bid here and there, left over or premature; where fewer than half of the contracts
    that always trade are quoted on both sides, none of the quotes can be sold at.
    """
    near = np.abs(chain.strike - chain.spot) <= NEAR * chain.spot
    if near.sum() < FEWEST_NEAR:
        near = np.ones(len(chain), dtype=bool)
    return Quoting(int((near & (chain.bid > 0) & (chain.ask > 0)).sum()), int(near.sum()))
