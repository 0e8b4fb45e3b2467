"""The wheel's ability to find trades: checked slots and a market in, the answer of a scan out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from graph.errors import BadInput
from graph.settings import Settings
from trading.contracts import Market
from trading.criteria import LISTS, Criteria
from trading.refine import merge_slots
from trading.risk import RiskLimits
from trading.wheel import scan

__all__ = ["find_opportunities", "merge_slots", "risk_limits"]

LIKENESS = 0.5


def find_opportunities(market: Market, slots: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Option trades to open, ranked and checked against the risk limits, as the JSON of `magnus scan`.

    Raises BadInput with one sentence where a slot makes no sense, or where the market knows none of the symbols; some
    unknown ones are left out and named in "warnings".
    """
    criteria = _checked(slots)
    known = market.symbols()
    if criteria.symbols and not set(criteria.symbols).intersection(known):
        raise BadInput(_none_is_known(criteria.symbols, known, market.source))
    return scan(market, criteria, risk_limits(settings))


def risk_limits(settings: Settings) -> RiskLimits:
    """The limits a person has set for their account."""
    return RiskLimits(
        account_usd=settings.account_usd,
        max_position_pct=settings.max_position_pct,
        max_sector_pct=settings.max_sector_pct,
        earnings=settings.earnings,
    )


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


def _none_is_known(symbols: Sequence[str], known: Sequence[str], source: str) -> str:
    near = [match for symbol in symbols for match in get_close_matches(symbol, known, n=3, cutoff=LIKENESS)]
    if not known:
        hint = "it is empty, and magnus import chain fills it."
    elif near:
        hint = f"did you mean {', '.join(dict.fromkeys(near))}?"
    else:
        hint = f"it has {len(known)} symbols, such as {', '.join(sorted(known)[:3])}."
    return f"The {source} market does not know {', '.join(symbols)}: {hint}"
