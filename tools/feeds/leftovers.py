"""Which quotes of a recorded chain were left behind by an earlier day: no market shows them beside the others.

Yahoo keeps the last quote of a contract for months, and across a split: a chain of AMZN at 142 dollars from 2023 still
holds contracts of strike 2,500, and a put that is worth 39 dollars with a bid of 86.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Chain, Floats
from trading.parity import Pairs, pair

MOVED_MEANWHILE = 0.01
GAP = 0.05
GAP_USD = 0.05
FEWEST_PAIRS = 5
OFF_PARITY = 0.02
OFF_PARITY_A_YEAR = 0.05

Mask = NDArray[np.bool_]


def impossible_at_spot(chain: Chain) -> Mask:
    """Where a bid is above all a contract can pay, or an ask below what exercising it pays at once.

    A call pays at most the share and a put its strike. The share may have moved 1 % between its price and the quote.
    """
    moved = MOVED_MEANWHILE * chain.spot
    most = np.where(chain.is_call, chain.spot, chain.strike)
    exercised = np.where(chain.is_call, chain.spot - chain.strike, chain.strike - chain.spot)
    return (chain.bid > most + moved) | (chain.ask < exercised - moved)


def outdated(chain: Chain, last_trade: NDArray[np.datetime64]) -> Mask:
    """Where a quote cannot stand beside those of contracts that traded later.

    Of one expiry the call with the higher strike is worth less, and the put more. The most recently traded contract is
    believed first; each next one is outdated if its bid is above the ask of a believed contract that is worth more, or
    the other way round, by over 5 % and 5 cents.
    """
    recency = _recency(last_trade)
    found = np.zeros(len(chain), dtype=bool)
    for rows in _worth_more_first(chain):
        believed_asks, believed_bids = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
        for place in np.argsort(recency[rows])[::-1]:
            bid, ask = chain.bid[rows[place]], chain.ask[rows[place]]
            cheapest_above = believed_asks[:place].min(initial=np.inf)
            dearest_below = believed_bids[place + 1 :].max(initial=-np.inf)
            if _is_over(bid, cheapest_above) or _is_over(dearest_below, ask):
                found[rows[place]] = True
                continue
            believed_asks[place] = np.fmin(ask, np.inf)
            believed_bids[place] = np.fmax(bid, -np.inf)
    return found


def _recency(last_trade: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Seconds; what never traded comes before everything."""
    return last_trade.astype("datetime64[s]").astype(np.int64)


def _is_over(bid: float, ask: float) -> bool:
    return bool(bid > ask * (1 + GAP) + GAP_USD)


def _worth_more_first(chain: Chain) -> Iterator[NDArray[np.intp]]:
    """The rows of each expiry and type, the contract that is worth most first."""
    worth: Floats = np.where(chain.is_call, chain.strike, -chain.strike)
    order = np.lexsort([worth, chain.is_call, chain.expiry])
    changes = (np.diff(chain.expiry[order]).astype(np.int64) != 0) | (
        np.diff(chain.is_call[order].astype(np.int8)) != 0
    )
    yield from np.split(order, np.flatnonzero(changes) + 1)


def off_parity(chain: Chain, last_trade: NDArray[np.datetime64], rate: float) -> Mask:
    """Where a call and a put of one strike imply another share price than those of the expiry that are at the money.

    Of the two the one that traded longer ago is meant. Measured against its own expiry, so that a share that is dear to
    borrow does not count; exercising early may take what the strike earns at `rate`, dividends 5 % a year, haste 2 %.
    """
    pairs, recency = pair(chain, rate), _recency(last_trade)
    found = np.zeros(len(chain), dtype=bool)
    for expiry in np.unique(pairs.expiry):
        near = pairs.near_the_money(expiry)
        if len(near) < FEWEST_PAIRS:
            continue
        entries = np.flatnonzero(pairs.expiry == expiry)
        off = entries[_is_off(pairs, entries, chain.strike[pairs.call[entries]], pairs.agreed_spot(near), rate)]
        call, put = pairs.call[off], pairs.put[off]
        found[call[recency[call] < recency[put]]] = True
        found[put[recency[put] < recency[call]]] = True
    return found


def _is_off(pairs: Pairs, entries: NDArray[np.intp], strike: Floats, spot: float, rate: float) -> Mask:
    years = pairs.years[entries]
    early_exercise = strike * -np.expm1(-rate * years)
    allowed = spot * (OFF_PARITY + OFF_PARITY_A_YEAR * years) + pairs.width[entries] / 2
    implied = pairs.spot[entries]
    is_off: Mask = (implied > spot + allowed) | (implied < spot - early_exercise - allowed)
    return is_off
