"""What a scan is asked for: the slots of contracts, typed and checked."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from trading.contracts import SECTORS, OptionType

RANGES = (("min_price", "max_price"), ("min_delta", "max_delta"), ("min_dte", "max_dte"))
LARGEST = {"min_delta": 1.0, "max_delta": 1.0, "min_iv_rank": 100.0}
LISTS = ("symbols", "sectors", "exclude_sectors", "exclude_symbols")
WHOLE = ("min_dte", "max_dte", "min_open_interest", "min_volume", "limit")


@dataclass(frozen=True)
class Criteria:
    """Filters of a scan; None or empty means "not asked for".

    Prices and premium are dollars a share, capital dollars of collateral for one contract, delta, yield and spread
    fractions (delta absolute), dte calendar days, IV rank 0 to 100. Every bound is inclusive.
    """

    symbols: tuple[str, ...] = ()
    option_type: OptionType | None = None
    max_price: float | None = None
    min_price: float | None = None
    min_delta: float | None = None
    max_delta: float | None = None
    min_dte: int | None = None
    max_dte: int | None = None
    expiry: date | None = None
    min_annual_yield: float | None = None
    min_premium: float | None = None
    min_open_interest: int | None = None
    min_volume: int | None = None
    max_spread_pct: float | None = None
    sectors: tuple[str, ...] = ()
    exclude_sectors: tuple[str, ...] = ()
    exclude_symbols: tuple[str, ...] = ()
    max_capital: float | None = None
    min_iv_rank: float | None = None
    avoid_earnings: bool | None = None
    limit: int | None = None

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Self:
        """Criteria from the JSON form of slots; raises ValueError with one sentence about the first thing wrong."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(slots) - known):
            raise ValueError(f"There is no criterion called {unknown[0]}; the criteria are {', '.join(sorted(known))}.")
        typed = {name: _typed(name, value) for name, value in slots.items() if value is not None}
        criteria = cls(**typed)
        for problem in criteria.problems():
            raise ValueError(problem)
        return criteria

    def problems(self) -> Iterator[str]:
        """One sentence for each bound that no contract could meet."""
        for name, largest in LARGEST.items():
            if (value := getattr(self, name)) is not None and value > largest:
                yield f"{name} is {value:g}, and it cannot be above {largest:g}."
        for low, high in RANGES:
            bottom, top = getattr(self, low), getattr(self, high)
            if bottom is not None and top is not None and bottom > top:
                yield f"{low} {bottom:g} is above {high} {top:g}; swap them or drop one."
        if self.limit == 0:
            yield "limit is 0, and at least one result has to be asked for."
        for sector in (*self.sectors, *self.exclude_sectors):
            if sector not in SECTORS:
                yield f"{sector} is not a GICS sector; they are {', '.join(SECTORS)}."

    def to_slots(self) -> dict[str, Any]:
        """The JSON form: only what was asked for."""
        asked = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: _plain(value) for name, value in asked if value not in (None, ())}


def _typed(name: str, value: Any) -> Any:
    if name in LISTS:
        return tuple(str(item) for item in ([value] if isinstance(value, str) else value))
    if name == "expiry":
        return _day(value)
    if name == "option_type":
        return _one_of(name, value, ("put", "call"))
    if name == "avoid_earnings":
        return _one_of(name, value, (True, False))
    return _number(name, value)


def _one_of(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise ValueError(
            f"{name} is {value}, and it has to be {' or '.join(str(choice).lower() for choice in choices)}."
        )
    return value


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"expiry is {value}, and it has to be a date such as 2027-01-15.") from None


def _number(name: str, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {value}, and it has to be a number.")
    if value < 0:
        raise ValueError(f"{name} is {value:g}, and it cannot be negative.")
    if name in WHOLE and value != int(value):
        raise ValueError(f"{name} is {value:g}, and it has to be a whole number.")
    return int(value) if name in WHOLE else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
