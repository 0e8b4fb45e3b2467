"""What a trading ability may look at. It holds no database and no way to write, so no ability could do either."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.settings import Settings
from tools.deps import Deps
from trading.contracts import Market

if TYPE_CHECKING:
    from tools.positions import Held


@dataclass(frozen=True)
class Desk:
    """A market, what the person holds, and their settings; each is read when it is first asked for."""

    market: Callable[[], Market]
    held: "Callable[[], Held]"
    settings: Callable[[], Settings]


def desk_of(deps: Deps, source: str) -> Desk:
    """The desk of a thread whose numbers come from `source`."""

    def held() -> "Held":
        from tools.positions import held as read

        return read(deps.database())

    return Desk(lambda: deps.market(source), held, deps.settings)
