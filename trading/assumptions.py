"""What a scan takes for granted when the person did not say: the one place for such defaults."""

from dataclasses import replace
from typing import Any

from trading.criteria import Criteria

WINDOWS: dict[str, tuple[float, float]] = {"dte": (7, 60), "delta": (0.10, 0.40)}
ROOM = 0.25
OPEN_INTEREST = 100
SPREAD = 0.10
LIMIT = 10
AT_THE_MONEY = 0.50


def assume(
    criteria: Criteria, open_interest: int = OPEN_INTEREST, spread: float = SPREAD
) -> tuple[Criteria, dict[str, Any]]:
    """The criteria with every gap filled, and what was filled in, by slot name.

    Puts; 7 to 60 days (unless an expiry is given); |delta| 0.10 to 0.40; `open_interest` contracts and a `spread` as a
    fraction of the mid (the risk rule on liquidity); ten results; out of the money, unless the stated deltas pass 0.50.
    One stated bound keeps the assumed one on the other side only while a quarter of the assumed window is left between
    the two: "under 30 days" means 7 to 30, "within a week" means 0 to 7.
    """
    assumed: dict[str, Any] = {} if criteria.option_type else {"option_type": "put"}
    for slot, window in WINDOWS.items():
        if slot != "dte" or criteria.expiry is None:
            assumed |= _missing_bounds(criteria, slot, window)
    for name, value in (("min_open_interest", open_interest), ("max_spread_pct", spread), ("limit", LIMIT)):
        if getattr(criteria, name) is None:
            assumed[name] = value
    full = replace(criteria, **assumed)
    return full, assumed | {"out_of_the_money": _is_out_of_the_money(criteria)}


def _missing_bounds(criteria: Criteria, slot: str, window: tuple[float, float]) -> dict[str, float]:
    low, high = getattr(criteria, f"min_{slot}"), getattr(criteria, f"max_{slot}")
    room = ROOM * (window[1] - window[0])
    bounds = {}
    if low is None and (high is None or high - window[0] >= room):
        bounds[f"min_{slot}"] = window[0]
    if high is None and (low is None or window[1] - low >= room):
        bounds[f"max_{slot}"] = window[1]
    return bounds


def _is_out_of_the_money(criteria: Criteria) -> bool:
    return max(criteria.min_delta or 0.0, criteria.max_delta or 0.0) <= AT_THE_MONEY
