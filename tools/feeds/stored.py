"""The market as it was recorded: chains that somebody imported, read from the database."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from checkpoints.chains import load_chain, newest_chains
from checkpoints.database import Database
from graph.errors import BadInput
from tools.feeds.recorded import Recording
from trading.contracts import Chain, Stock
from trading.packing import pack, unpack


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
        if moments := newest_chains(self.database()):
            return moments
        raise BadInput("No chain is stored yet: record one with `magnus import chain FILE --symbol SYM`.")

    @property
    def as_of(self) -> datetime:
        return max(self._moments.values())

    def symbols(self) -> Sequence[str]:
        return list(self._moments)

    def stock(self, symbol: str) -> Stock:
        facts = load_chain(self.database(), symbol, self._moments[symbol])["stock"]
        for name in ("ex_dividend", "earnings"):
            facts[name] = date.fromisoformat(facts[name]) if facts[name] else None
        return Stock(**facts)

    def chain(self, symbol: str) -> Chain:
        row = load_chain(self.database(), symbol, self._moments[symbol])
        return unpack(symbol, row["as_of"], row["spot"], row["quotes"])
