"""The details of a typed request, checked before a sentence's words are looked at."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from graph.errors import BadInput

NUMBERS = ("strike", "contracts", "spot_move", "vol_move", "max_capital")
NAMES = ("symbol", "symbols")


def check_details(slots: Mapping[str, Any]) -> None:
    """Raises BadInput with one sentence about the first value that is no number, name, type or date where one belongs.

    `spot_move` and `vol_move` are fractions, `contracts` a whole number from 1 up, `expiry` a date such as 2026-12-18.
    """
    given = {name: value for name, value in slots.items() if value is not None}
    for name in NUMBERS:
        value = given.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadInput(f"{name} is {value}, and it has to be a number.")
    if (contracts := given.get("contracts", 1)) != int(contracts) or contracts < 1:
        raise BadInput(f"contracts is {contracts:g}, and a trade has a whole number of them, at least one.")
    for name in NAMES:
        names = given.get(name, [])
        if not isinstance(names, str | list | tuple) or not all(isinstance(one, str) for one in names):
            raise BadInput(f"{name} is {names}, and it has to be a name or a list of names.")
    if given.get("option_type", "put") not in ("put", "call"):
        raise BadInput(f"option_type is {given['option_type']}, and it has to be put or call.")
    day_of(given)


def day_of(slots: Mapping[str, Any]) -> date | None:
    """The expiry that is named in full, or None."""
    said = slots.get("expiry")
    if said is None or isinstance(said, date):
        return said
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise BadInput(f"expiry is {said}, and it has to be a date such as 2026-12-18.") from None
