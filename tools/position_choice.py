"""Which of the positions on record a person means, and what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from checkpoints.positions import StoredLot
from graph.errors import BadInput
from tools.position_file import Kind
from trading.lot import Event, State, Step
from trading.lots import replay

Ending = Literal["expired", "closed", "rolled", "assigned", "called-away", "sold", "mistake"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)

STEPS: dict[Ending, dict[State, Step]] = {
    "expired": {"short_put": "expire", "short_call": "expire"},
    "closed": {"short_put": "close", "short_call": "close", "shares": "sell_shares"},
    "rolled": {"short_put": "roll", "short_call": "roll"},
    "assigned": {"short_put": "assign", "short_call": "call_away"},
    "called-away": {"short_call": "call_away"},
    "sold": {"shares": "sell_shares"},
}
STATE_OF: dict[Kind, State] = {"put": "short_put", "call": "short_call", "shares": "shares"}


@dataclass(frozen=True)
class Ended:
    """How a position ended: a price in dollars a share where one was paid, and for a roll the contract that follows."""

    how: Ending
    on: date
    price: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    strike: Decimal | None = None
    expiry: date | None = None
    premium: Decimal | None = None


@dataclass(frozen=True)
class Which:
    """Which position is meant; what is None fits every one. `lots` counts contracts or hundreds of shares."""

    symbol: str
    kind: Kind | None = None
    strike: Decimal | None = None
    expiry: date | None = None
    lots: int | None = None


def choose(open_lots: Sequence[StoredLot], which: Which, how: Ending) -> list[StoredLot]:
    """The lots that are meant; raises BadInput where there are none, too few, or two kinds to choose from."""
    fitting = [stored for stored in open_lots if _is_meant(stored, which, how)]
    if not fitting:
        kinds = sorted({_name(stored) for stored in open_lots if stored.lot.symbol == which.symbol})
        held_there = f"what is open there is {', '.join(kinds)}" if kinds else "nothing is open there"
        raise BadInput(f"Nothing of {which.symbol} that is meant can be {how}: {held_there}.")
    names = sorted({_name(stored) for stored in fitting})
    if len(names) > 1:
        raise BadInput(f"Say which with --type, --strike and --expiry: {', '.join(names)}.")
    if which.lots is not None and which.lots > len(fitting):
        raise BadInput(f"There are {len(fitting)} of {names[0]}, so {which.lots} cannot be {how}.")
    return fitting[: which.lots]


def choose_mistaken(lots: Sequence[StoredLot], which: Which) -> list[StoredLot]:
    """The lots whose last step was recorded in error: open ones that are meant, else those that ended so the last."""
    held = [stored for stored in lots if stored.lot.state != "cash"]
    before = {stored.id: _before(stored) for stored in lots}
    ended = [
        stored for stored in lots if before[stored.id].lot.events and _is_meant(before[stored.id], which, "mistake")
    ]
    if any(_is_meant(stored, which, "mistake") for stored in held) or not ended:
        return choose(held, which, "mistake")
    last = max(stored.lot.events[-1].on for stored in ended)
    newest = [stored for stored in ended if stored.lot.events[-1].on == last]
    chosen = {stored.id for stored in choose([before[stored.id] for stored in newest], which, "mistake")}
    return [stored for stored in newest if stored.id in chosen]


def _before(stored: StoredLot) -> StoredLot:
    """The lot as it stood before its last step."""
    return replace(stored, lot=replay(stored.lot.symbol, stored.lot.events[:-1]))


def _is_meant(stored: StoredLot, which: Which, how: Ending) -> bool:
    lot = stored.lot
    if lot.symbol != which.symbol or (how != "mistake" and lot.state not in STEPS[how]):
        return False
    if which.kind is None and how == "closed" and lot.state == "shares":
        return False
    option = lot.option
    return (
        (which.kind is None or STATE_OF[which.kind] == lot.state)
        and (which.strike is None or (option is not None and option.strike == which.strike))
        and (which.expiry is None or (option is not None and option.expiry == which.expiry))
    )


def ending_event(stored: StoredLot, ended: Ended, fees: Decimal) -> Event:
    step = STEPS[ended.how][stored.lot.state]
    return Event(step, ended.on, ended.price, fees, ended.strike, ended.expiry, ended.premium)


def _name(stored: StoredLot) -> str:
    option = stored.lot.option
    if option is None:
        return f"{stored.lot.symbol} shares"
    return f"{stored.lot.symbol} {option.strike.normalize():f} {option.kind} {option.expiry}"
