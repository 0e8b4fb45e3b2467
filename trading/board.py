"""Every put or every call of a market as columns, chain after chain, with the underlyings they belong to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Chain, Days, Floats, Market, OptionType, Stock
from trading.roster import Owner
from trading.underlying import FEWEST_NEAR, NEAR, Quoting, quoting

COLUMNS: dict[str, Any] = {
    "is_call": np.bool_,
    "strike": np.float64,
    "expiry": "datetime64[D]",
    "bid": np.float64,
    "ask": np.float64,
    "volume": np.float64,
    "open_interest": np.float64,
}


@dataclass(frozen=True)
class Board:
    """One row a contract, the columns as in `trading.contracts.Chain`; `owner` is its place among the owners.

    `quotings` has an entry an owner, and counts its puts and calls alike.
    """

    owners: Sequence[Owner]
    quotings: Sequence[Quoting]
    owner: NDArray[np.intp]
    is_call: NDArray[np.bool_]
    strike: Floats
    expiry: Days
    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: Floats


@runtime_checkable
class WholeMarket(Protocol):
    """A market that can give many chains at once."""

    def board(self, symbols: Collection[str], kind: OptionType) -> Board:
        """As `board_of`."""
        ...


def board_of(market: Market, symbols: Collection[str], kind: OptionType) -> Board:
    """The puts or the calls of those of the symbols that are in the market, or of all where none are named.

    The owners stand in alphabetical order. All are read at once where the market can.
    """
    if isinstance(market, WholeMarket):
        return market.board(symbols, kind)
    known = market.symbols()
    wanted = sorted(set(symbols).intersection(known) if symbols else known)
    return join([(market.stock(symbol), market.chain(symbol)) for symbol in wanted], kind)


def join(pairs: Sequence[tuple[Stock, Chain]], kind: OptionType) -> Board:
    """The puts or the calls of stocks and their chains, one chain after the other."""
    owners = [Owner.of(stock, chain.as_of, chain.spot, len(chain)) for stock, chain in pairs]
    rows = [np.flatnonzero(chain.is_call == (kind == "call")) for _, chain in pairs]
    columns: dict[str, Any] = {
        name: np.concatenate(
            [
                np.empty(0, dtype),
                *(getattr(chain, name)[some].astype(dtype) for (_, chain), some in zip(pairs, rows, strict=True)),
            ]
        )
        for name, dtype in COLUMNS.items()
    }
    owner = np.repeat(np.arange(len(owners)), [len(some) for some in rows])
    return Board(owners, [quoting(chain) for _, chain in pairs], owner, **columns)


def quotings(spot: Floats, counts: NDArray[np.intp], strike: Floats, bid: Floats, ask: Floats) -> list[Quoting]:
    """What `trading.underlying.quoting` says of chains that lie one after the other.

    `spot` and `counts`, the number of contracts, have an entry a chain, the other columns one a contract.
    """
    there = np.repeat(spot, counts)
    near = np.abs(strike - there) <= NEAR * there
    too_few = _sums(near, counts) < FEWEST_NEAR
    if too_few.any():
        near |= np.repeat(too_few, counts)
    quoted = _sums(near & (bid > 0) & (ask > 0), counts)
    return list(map(Quoting, quoted.tolist(), _sums(near, counts).tolist()))


def _sums(flags: NDArray[np.bool_], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many flags of each chain are set."""
    sums = np.zeros(len(counts), dtype=np.intp)
    some = np.flatnonzero(counts)
    if len(some):
        sums[some] = np.add.reduceat(flags, (np.cumsum(counts) - counts)[some], dtype=np.intp)
    return sums
