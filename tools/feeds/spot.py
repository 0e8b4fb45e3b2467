"""What the share cost when a chain was recorded: as a person says, as the file says, or as its quotes imply."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graph.errors import BadInput
from trading.contracts import Chain
from trading.parity import ImpliedSpot, implied_spot

LIVELY = timedelta(days=7)
DOUBTFUL = 0.02
IMPOSSIBLE = 0.2
FEWEST_PAIRS_TO_CONTRADICT = 5
FIGURES = ("bid", "ask", "last", "volume", "open_interest")
COLUMNS = ("is_call", "strike", "expiry", *FIGURES)

SpotFrom = Literal["given", "file", "parity"]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Spot:
    """Dollars a share, where they come from, and what to tell the person about them."""

    usd: float
    source: SpotFrom
    notes: tuple[str, ...] = ()


def take(chain: Chain, rows: NDArray[np.bool_]) -> Chain:
    """The same chain with some of its contracts."""
    return replace(chain, **{name: getattr(chain, name)[rows] for name in COLUMNS})


def choose_spot(chain: Chain, last_trade: Times, rate: float, given: float | None, quoted: float | None) -> Spot:
    """The price a person gave, else the file's, else put-call parity's; raises BadInput where there is none.

    Parity looks at contracts traded in the last week first: what is older may be a quote of another day.
    """
    if given is not None and not (math.isfinite(given) and given > 0):
        raise BadInput(f"--spot is {given:g}, and it has to be a share price in dollars above 0.")
    parity = _lively_parity(chain, last_trade, rate)
    if given is not None:
        return Spot(given, "given", _compared(given, parity, is_given=True))
    if quoted is not None:
        return Spot(quoted, "file", _compared(quoted, parity, is_given=False))
    if parity.reason:
        raise BadInput(f"The share price is in neither file nor quotes ({parity.reason}): give it with --spot.")
    about = (
        f"{parity.pairs} pair{'s' if parity.pairs > 1 else ''} of quotes, give or take {parity.give_or_take_usd:.2f}"
    )
    return Spot(parity.usd, "parity", (f"The share price is {parity.usd:.2f} by put-call parity: {about}.",))


def _lively_parity(chain: Chain, last_trade: Times, rate: float) -> ImpliedSpot:
    lively = last_trade >= np.datetime64(chain.as_of.replace(tzinfo=None) - LIVELY, "s")
    recent = implied_spot(take(chain, lively), rate)
    return implied_spot(chain, rate) if recent.reason else recent


def _compared(usd: float, parity: ImpliedSpot, *, is_given: bool) -> tuple[str, ...]:
    off = abs(parity.usd / usd - 1)
    if is_given and off > IMPOSSIBLE and parity.pairs >= FEWEST_PAIRS_TO_CONTRADICT:
        raise BadInput(
            f"--spot {usd:g} cannot be the share price, for by put-call parity the quotes imply {parity.usd:.2f}: "
            "correct it, or leave it out."
        )
    if off > DOUBTFUL:
        return (f"The share price is {usd:.2f}, and the quotes imply {parity.usd:.2f} by put-call parity.",)
    return ()
