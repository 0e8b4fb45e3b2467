"""What a person holds, leg by leg at today's market, and the cash beside it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self

from trading.contracts import Stock
from trading.lot import SHARES_A_LOT, Lot

LegKind = Literal["put", "call", "shares"]


@dataclass(frozen=True)
class Leg:
    """Contracts of one kind, or lots of 100 shares; `quantity` is negative where they are sold.

    `price` is what a share's worth was sold or bought at, on average; for shares `adjusted` is that after premiums.
    """

    symbol: str
    kind: LegKind
    quantity: int
    price: float
    strike: float | None = None
    expiry: date | None = None
    adjusted: float | None = None

    @property
    def units(self) -> int:
        """Shares it stands for, signed."""
        return SHARES_A_LOT * self.quantity

    @property
    def name(self) -> str:
        """How the desk calls it: `-5 KO 60 put 2026-12-18`, `200 KO shares`."""
        if self.kind == "shares":
            return f"{self.units} {self.symbol} shares"
        return f"{self.quantity} {self.symbol} {self.strike:g} {self.kind} {self.expiry}"


def legs_of(lots: Iterable[Lot]) -> list[Leg]:
    """What the lots hold, equal legs put together, by symbol and then shares, puts and calls by expiry and strike."""
    groups: dict[tuple[str, LegKind, float | None, date | None], list[Leg]] = defaultdict(list)
    for lot in lots:
        for leg in _legs(lot):
            groups[leg.symbol, leg.kind, leg.strike, leg.expiry].append(leg)
    return sorted((_together(legs) for legs in groups.values()), key=_order)


def _legs(lot: Lot) -> Iterator[Leg]:
    if lot.basis is not None and lot.adjusted_basis is not None:
        yield Leg(lot.symbol, "shares", 1, float(lot.basis), adjusted=float(lot.adjusted_basis))
    if lot.option is not None:
        sold = lot.option
        yield Leg(lot.symbol, sold.kind, -1, float(sold.premium), float(sold.strike), sold.expiry)


def _together(legs: Sequence[Leg]) -> Leg:
    adjusted = [leg.adjusted for leg in legs if leg.adjusted is not None]
    return replace(
        legs[0],
        quantity=sum(leg.quantity for leg in legs),
        price=math.fsum(leg.price for leg in legs) / len(legs),
        adjusted=math.fsum(adjusted) / len(adjusted) if adjusted else None,
    )


def _order(leg: Leg) -> tuple[str, bool, bool, date, float]:
    return leg.symbol, leg.kind != "shares", leg.kind == "call", leg.expiry or date.max, leg.strike or 0.0


@dataclass(frozen=True)
class Holding:
    """A leg beside what the market says about it; a number nobody knows is NaN.

    `spot`, `bid` and `ask` are dollars a share, `years` time to expiry, `rate`, `carry` (the dividends until then, as a
    yield) and `vol` fractions a year. `vol_from` says where the volatility comes from, `problem` why the leg cannot be
    valued.
    """

    leg: Leg
    stock: Stock | None
    today: date
    spot: float
    years: float
    rate: float
    carry: float
    vol: float
    vol_from: str | None
    bid: float
    ask: float
    open_interest: float
    value: float
    problem: str | None = None

    @property
    def terms(self) -> tuple[bool, float, float, float, float, float, float]:
        """An option as `trading.valuation` knows it: is it a call, spot, strike, years, rate, yield, volatility."""
        strike = self.leg.strike or 0.0
        return self.leg.kind == "call", self.spot, strike, self.years, self.rate, self.carry, self.vol

    @property
    def dte(self) -> int | None:
        """Calendar days to expiry; None for shares."""
        return None if self.leg.expiry is None else (self.leg.expiry - self.today).days

    @property
    def sector(self) -> str | None:
        return self.stock.sector if self.stock else None

    @property
    def spread(self) -> float:
        """Ask less bid as a fraction of the mid."""
        return (self.ask - self.bid) / ((self.ask + self.bid) / 2) if self.ask + self.bid > 0 else math.nan

    @property
    def collateral_usd(self) -> float:
        """Cash that a sold put binds: its strike for every share."""
        return -self.leg.units * (self.leg.strike or 0.0) if self.leg.kind == "put" else 0.0

    @property
    def assigned_usd(self) -> float:
        """Dollars the position has in its company once puts are assigned: the strike, or what the shares are worth.

        Shares without a price today count at what they cost; sold calls count nothing.
        """
        if self.leg.kind == "shares":
            return self.leg.units * (self.spot if self.spot > 0 else self.leg.price)
        return self.collateral_usd

    @property
    def worth_usd(self) -> float:
        """What the leg adds to the account, negative for a sold option."""
        return self.leg.units * self.value

    def of(self, contracts: int) -> Self:
        """The same contract sold this many times."""
        return replace(self, leg=replace(self.leg, quantity=-contracts))


@dataclass(frozen=True)
class Portfolio:
    """Holdings and cash in dollars. Collateral is part of the cash, set aside; it is never taken off a second time."""

    holdings: tuple[Holding, ...]
    cash_usd: float

    def plus(self, trade: Holding) -> Self:
        """With a trade added; its premium is left out, so that no rule counts on money not yet received."""
        return replace(self, holdings=(*self.holdings, trade))

    @property
    def collateral_usd(self) -> float:
        """Cash bound by sold puts."""
        return math.fsum(holding.collateral_usd for holding in self.holdings)

    @property
    def buying_power_usd(self) -> float:
        """Cash that no put binds; negative where puts are not fully secured."""
        return self.cash_usd - self.collateral_usd

    @property
    def equity_usd(self) -> float:
        """Cash, shares and options at today's prices; shares nobody prices count at cost, such options at 0."""
        return self.cash_usd + math.fsum(_worth(holding) for holding in self.holdings)

    @property
    def unpriced(self) -> list[Holding]:
        return [holding for holding in self.holdings if holding.problem]

    @property
    def priced(self) -> list[Holding]:
        return [holding for holding in self.holdings if not holding.problem]

    def free_lots(self, symbol: str) -> int:
        """Lots of shares on which no call is sold yet."""
        return sum(
            holding.leg.quantity
            for holding in self.holdings
            if holding.leg.symbol == symbol and holding.leg.kind in ("shares", "call")
        )


def _worth(holding: Holding) -> float:
    if math.isnan(holding.worth_usd):
        return holding.assigned_usd if holding.leg.kind == "shares" else 0.0
    return holding.worth_usd
