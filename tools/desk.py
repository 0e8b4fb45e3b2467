"""What a trading ability may look at. It holds no database and no way to write, so no ability could do either."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkpoints.database import Database
from graph.settings import Settings
from tools.deps import Deps
from trading.contracts import Market

if TYPE_CHECKING:
    from tools.positions import Held
    from trading.calls import FreeLot


@dataclass(frozen=True)
class Desk:
    """A market, what the person holds, and their settings; each is read when it is first asked for.

    `free_lots` are the hundreds of shares on which no call is sold.
    """

    market: Callable[[], Market]
    held: "Callable[[], Held]"
    settings: Callable[[], Settings]
    free_lots: "Callable[[], list[FreeLot]]"


def desk_of(deps: Deps, source: str) -> Desk:
    """The desk of a thread whose numbers come from `source`."""
    return desk_over(deps.settings, deps.database, lambda: deps.market(source))


def desk_over(settings: Callable[[], Settings], database: Callable[[], Database], market: Callable[[], Market]) -> Desk:
    """A desk that reads what the person holds from their database."""

    def held() -> "Held":
        from tools.positions import held as read

        return read(database())

    def free_lots() -> "list[FreeLot]":
        from tools.calls import lots_to_cover

        return lots_to_cover(database())

    return Desk(market, held, settings, free_lots)
