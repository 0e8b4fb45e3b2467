"""The wheel's ability to find trades: checked slots and a market in, the answer of a scan out."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from graph.errors import BadInput
from graph.settings import Settings
from tools.lookup import unknown_to
from trading.contracts import Market
from trading.criteria import LISTS, Criteria
from trading.refine import merge_slots
from trading.risk import RiskLimits
from trading.wheel import scan

__all__ = ["find_opportunities", "merge_slots", "risk_limits"]


def find_opportunities(market: Market, slots: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Option trades to open, ranked and checked against the risk limits, as the JSON of `magnus scan`.

    Raises BadInput with one sentence where a slot makes no sense, or where the market knows none of the symbols; some
    unknown ones are left out and named in "warnings".
    """
    criteria = _checked(slots)
    if criteria.symbols and not set(criteria.symbols).intersection(market.symbols()):
        raise BadInput(unknown_to(market, criteria.symbols))
    return scan(market, criteria, risk_limits(settings))


def risk_limits(settings: Settings) -> RiskLimits:
    """The limits a person has set for their account."""
    chosen = {limit.name: getattr(settings, limit.name) for limit in fields(RiskLimits)}
    return RiskLimits(**chosen | {"max_spread_pct": settings.max_spread_pct / 100})


def _checked(slots: Mapping[str, Any]) -> Criteria:
    """The criteria, symbols in upper case."""
    for name in LISTS:
        if not isinstance(slots.get(name, ()), str | list | tuple | None):
            raise BadInput(f"{name} is {slots[name]}, and it has to be a name or a list of names.")
    try:
        criteria = Criteria.from_slots(slots)
    except ValueError as error:
        raise BadInput(str(error)) from error
    return replace(
        criteria,
        symbols=tuple(symbol.upper() for symbol in criteria.symbols),
        exclude_symbols=tuple(symbol.upper() for symbol in criteria.exclude_symbols),
    )
