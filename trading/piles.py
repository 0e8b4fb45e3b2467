"""A board from packed chains, without a chain in between."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trading.board import COLUMNS, Board, quotings
from trading.contracts import OptionType
from trading.packing import Pile
from trading.roster import Owner
from trading.underlying import Quoting


def spread_out(owners: Sequence[Owner], piles: Sequence[Pile], kind: OptionType) -> Board:
    """The puts or the calls of the owners, whose chains lie in the piles at the owners' places."""
    rows = [np.flatnonzero(pile.rows["is_call"] == (kind == "call")) for pile in piles]
    columns = [pile.columns(COLUMNS, some) for pile, some in zip(piles, rows, strict=True)]
    joined = {name: _joined([one[name] for one in columns], dtype) for name, dtype in COLUMNS.items()}
    places = [np.repeat(pile.places, pile.counts)[some] for pile, some in zip(piles, rows, strict=True)]
    return Board(owners, _quotings(owners, piles), _joined(places, np.intp), **joined)


def _quotings(owners: Sequence[Owner], piles: Sequence[Pile]) -> list[Quoting]:
    told: dict[int, Quoting] = {}
    for pile in piles:
        spot = np.array([owners[place].spot for place in pile.places], float)
        figures = pile.columns(("strike", "bid", "ask"))
        told |= dict(zip(pile.places, quotings(spot, np.array(pile.counts), **figures), strict=True))
    return [told[place] for place in range(len(owners))]


def _joined(columns: Sequence[Any], dtype: Any) -> Any:
    return columns[0] if len(columns) == 1 else np.concatenate([np.empty(0, dtype), *columns])
