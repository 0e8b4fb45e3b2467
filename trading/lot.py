"""One lot of the wheel: the states it can be in, the steps between them, and where it stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

SHARES_A_LOT = 100
ZERO = Decimal(0)

State = Literal["cash", "short_put", "shares", "short_call"]
Step = Literal["sell_put", "buy_shares", "expire", "close", "roll", "assign", "sell_call", "sell_shares", "call_away"]

NEXT: dict[State, dict[Step, State]] = {
    "cash": {"sell_put": "short_put", "buy_shares": "shares"},
    "short_put": {"expire": "cash", "close": "cash", "roll": "short_put", "assign": "shares"},
    "shares": {"sell_call": "short_call", "sell_shares": "cash"},
    "short_call": {"expire": "shares", "close": "shares", "roll": "short_call", "call_away": "cash"},
}
"""Which steps a lot can take in each state, and where each leads."""


@dataclass(frozen=True)
class Event:
    """One step of a lot, as it happened; `fees` are dollars for the lot, everything else dollars a share.

    `price` is what was received (sell_put, sell_call, sell_shares) or paid (close, buy_shares, and roll for the
    contract left behind); at an assignment and a call-away it is the strike. `strike` and `expiry` are those of the
    contract sold, and `premium` what a roll received for it.
    """

    step: Step
    on: date
    price: Decimal = ZERO
    fees: Decimal = ZERO
    strike: Decimal | None = None
    expiry: date | None = None
    premium: Decimal | None = None


@dataclass(frozen=True)
class ShortOption:
    """The contract a lot has sold; strike and premium are dollars a share."""

    kind: Literal["put", "call"]
    strike: Decimal
    expiry: date
    premium: Decimal


@dataclass(frozen=True)
class Lot:
    """Where one lot stands after its events; dollars unless named otherwise.

    `basis` is what a share cost: the strike at which it was put to the seller, or the price it was bought at.
    `cash` is the sum of every flow. `realised` books a fee when it is paid, a premium when its contract is gone, the
    gain on shares when they are. `income` is what options brought less all fees since the lot was last in cash.
    """

    symbol: str
    events: tuple[Event, ...] = ()
    state: State = "cash"
    option: ShortOption | None = None
    basis: Decimal | None = None
    cash: Decimal = ZERO
    realised: Decimal = ZERO
    income: Decimal = ZERO

    @property
    def adjusted_basis(self) -> Decimal | None:
        """What a share cost after every premium and fee since the lot was last in cash; None where none is held."""
        return None if self.basis is None else self.basis - self.income / SHARES_A_LOT

    def value(self, spot: Decimal, option_price: Decimal) -> Decimal:
        """What the open legs are worth at these prices a share; a sold option is owed, so it counts against."""
        shares = ZERO if self.basis is None else spot
        owed = ZERO if self.option is None else option_price
        return SHARES_A_LOT * (shares - owed)

    def unrealised(self, spot: Decimal, option_price: Decimal) -> Decimal:
        """What closing everything at these prices a share would add to `realised`, before fees."""
        on_shares = ZERO if self.basis is None else spot - self.basis
        on_option = ZERO if self.option is None else self.option.premium - option_price
        return SHARES_A_LOT * (on_shares + on_option)
