"""Covered calls as an ability: the lots a person holds, and which calls to sell on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from checkpoints.database import Database
from checkpoints.positions import read_positions
from graph.errors import BadInput
from graph.settings import Settings
from tools.wheel import risk_limits
from trading.calls import FreeLot, covered_calls, free_lots
from trading.contracts import Market
from trading.criteria import Criteria


def lots_to_cover(database: Database) -> list[FreeLot]:
    """The lots of 100 shares on record on which no call is sold."""
    lots, _ = read_positions(database)
    return free_lots(stored.lot for stored in lots)


def call_opportunities(
    market: Market,
    lots: Sequence[FreeLot],
    slots: Mapping[str, Any],
    settings: Settings,
    *,
    below_cost: bool = False,
) -> dict[str, Any]:
    """Which calls to sell on the shares a person holds, best first; none below what a lot cost unless `below_cost`.

    Comes back: the JSON of a scan, each opportunity with "held" (how many of the lots it fits, their cost, what they
    earn when they are called away) and "early_assignment" (an ex-date before expiry: the dividend against the time
    value, the share price from which a holder would exercise, and the chance of it). Raises BadInput with one sentence
    where there is no free lot, or a slot makes no sense.
    """
    try:
        criteria = Criteria.from_slots({**slots, "symbols": [symbol.upper() for symbol in slots.get("symbols") or ()]})
        return covered_calls(market, lots, criteria, risk_limits(settings), below_cost=below_cost)
    except ValueError as error:
        raise BadInput(str(error)) from error
