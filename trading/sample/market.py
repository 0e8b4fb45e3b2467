"""The sample market as one object: built in no time, each stock and chain made when it is asked for."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TypeVar

import numpy as np

from trading.contracts import Chain, Source, Stock
from trading.sample.expiries import AS_OF
from trading.sample.story import Story, tell_story
from trading.sample.universe import Listing, read_universe

RATE = 0.038
Record = TypeVar("Record", Stock, Chain)


class SampleMarket:
    """A `Market` that invents its quotes; what it hands out is kept, and its arrays cannot be written to."""

    source: Source = "sample"
    as_of: datetime = AS_OF
    rate: float = RATE

    def __init__(self) -> None:
        self._listings = read_universe()
        self._stories: dict[str, Story] = {}
        self._chains: dict[str, Chain] = {}

    def symbols(self) -> Sequence[str]:
        """Every symbol, companies before funds."""
        return tuple(self._listings)

    def listing(self, symbol: str) -> Listing:
        """Name, sector and price without the cost of making a history; raises KeyError for an unknown symbol."""
        return self._listings[symbol]

    def stock(self, symbol: str) -> Stock:
        """The stock with its year of history; raises KeyError for an unknown symbol."""
        return self._story(symbol).stock

    def chain(self, symbol: str) -> Chain:
        """Every contract of the symbol; raises KeyError for an unknown symbol."""
        if symbol not in self._chains:
            # scipy.special takes longer to import than all the rest here, and symbols() must not wait for it.
            from trading.sample.quotes import quote_chain

            self._chains[symbol] = _frozen(quote_chain(self.listing(symbol), self._story(symbol), self.rate))
        return self._chains[symbol]

    def _story(self, symbol: str) -> Story:
        if symbol not in self._stories:
            story = tell_story(self.listing(symbol))
            _frozen(story.stock)
            self._stories[symbol] = story
        return self._stories[symbol]


@cache
def sample_market() -> SampleMarket:
    """The one sample market of this process."""
    return SampleMarket()


def _frozen(record: Record) -> Record:
    for value in vars(record).values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return record
