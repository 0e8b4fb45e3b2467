"""The market as it was recorded: chains that somebody imported, read from the database."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from checkpoints.chains import Packed, load_newest, newest_chains
from checkpoints.database import Database
from graph.errors import BadInput
from tools.feeds.recorded import Recording
from trading.board import Board
from trading.contracts import Chain, OptionType, Stock
from trading.packing import pack, pile_up, unpack
from trading.piles import spread_out
from trading.roster import Owner


def stored_form(recording: Recording, file: str, now: datetime) -> dict[str, Any]:
    """A recording as a row of the chains table."""
    stock, chain = recording.stock, recording.chain
    facts = {name: value for name, value in asdict(stock).items() if name not in ("closes", "atm_ivs")}
    return {
        "symbol": chain.symbol,
        "as_of": chain.as_of,
        "spot": chain.spot,
        "spot_from": recording.spot_from,
        "stock": json.loads(json.dumps(facts, default=date.isoformat)),
        "contracts": len(chain),
        "quotes": pack(chain),
        "file": file,
        "imported_at": now,
    }


@dataclass
class StoredMarket:
    """The newest chain of every imported symbol; each keeps the moment it was recorded."""

    database: Callable[[], Database]
    rate: float
    source: Literal["stored"] = "stored"

    @cached_property
    def _moments(self) -> dict[str, datetime]:
        return _some(newest_chains(self.database()))

    @cached_property
    def as_of(self) -> datetime:
        return max(self._moments.values())

    def symbols(self) -> Sequence[str]:
        return list(self._moments)

    def stock(self, symbol: str) -> Stock:
        return _stock(self._packed(symbol).stock)

    def chain(self, symbol: str) -> Chain:
        row = self._packed(symbol)
        return unpack(symbol, row.as_of, row.spot, row.quotes)

    def board(self, symbols: Collection[str], kind: OptionType) -> Board:
        """The puts or the calls of these symbols, or of all that are recorded, in one reading."""
        rows = sorted(load_newest(self.database(), list(symbols)), key=attrgetter("symbol"))
        if not symbols:
            self._moments = _some({row.symbol: row.as_of for row in rows})
        piles = pile_up([row.quotes for row in rows])
        counts = {place: count for pile in piles for place, count in zip(pile.places, pile.counts, strict=True)}
        owners = [Owner.of(_stock(row.stock), row.as_of, row.spot, counts[place]) for place, row in enumerate(rows)]
        return spread_out(owners, piles, kind)

    def _packed(self, symbol: str) -> Packed:
        if rows := load_newest(self.database(), [symbol]):
            return rows[0]
        raise KeyError(symbol)


def _some(moments: dict[str, datetime]) -> dict[str, datetime]:
    if not moments:
        raise BadInput("No chain is stored yet: record one with `magnus import chain FILE --symbol SYM`.")
    return moments


def _stock(facts: dict[str, Any]) -> Stock:
    for name in ("ex_dividend", "earnings"):
        facts[name] = date.fromisoformat(facts[name]) if facts[name] else None
    return Stock(**facts)
