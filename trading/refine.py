"""How a follow-up refines what a thread has asked before."""

from collections.abc import Mapping
from typing import Any

from trading.criteria import RANGES

UNITED = ("exclude_symbols", "exclude_sectors")
SPAN = ("min_dte", "max_dte")


def merge_slots(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The slots of both, the later ones winning, and one sentence for every earlier one that had to go.

    Lists of what to exclude are united, a symbol or sector that is asked for now is no longer excluded, an expiry
    takes the place of bounds on the days to expiry and the other way round, and a bound that contradicts an earlier
    one on its other side drops that one.
    """
    said = {name: value for name, value in later.items() if value is not None}
    kept = {name: value for name, value in earlier.items() if value is not None}
    notes = [*_drop_other_dates(kept, said), *_drop_contradicted(kept, said)]
    merged = kept | said
    for name in UNITED:
        if name in kept and name in said:
            merged[name] = list(dict.fromkeys([*_listed(kept[name]), *_listed(said[name])]))
    for name in ("symbols", "sectors"):
        _welcome(merged, said, name)
    return merged, notes


def _drop_other_dates(kept: dict[str, Any], said: Mapping[str, Any]) -> list[str]:
    if "expiry" in said:
        gone = [name for name in SPAN if name in kept]
    else:
        gone = ["expiry"] if "expiry" in kept and any(name in said for name in SPAN) else []
    new = "expiry" if "expiry" in said else " and ".join(name for name in SPAN if name in said)
    return [f"The earlier {name} of {kept.pop(name)} no longer holds: {new} was given now." for name in gone]


def _drop_contradicted(kept: dict[str, Any], said: Mapping[str, Any]) -> list[str]:
    notes = []
    for low, high in RANGES:
        if low in said and high in kept and high not in said and _is_above(said[low], kept[high]):
            notes.append(f"The earlier {high} of {kept.pop(high):g} no longer holds: {low} is {said[low]:g} now.")
        if high in said and low in kept and low not in said and _is_above(kept[low], said[high]):
            notes.append(f"The earlier {low} of {kept.pop(low):g} no longer holds: {high} is {said[high]:g} now.")
    return notes


def _welcome(merged: dict[str, Any], said: Mapping[str, Any], name: str) -> None:
    """What is asked for by name now is taken off the list of what to leave out, unless it is excluded now too."""
    excluded = f"exclude_{name}"
    if name not in said or excluded not in merged:
        return
    asked = set(_listed(said[name])) - set(_listed(said.get(excluded, ())))
    merged[excluded] = [item for item in _listed(merged[excluded]) if item not in asked]
    if not merged[excluded]:
        del merged[excluded]


def _is_above(value: Any, other: Any) -> bool:
    """False for what is no number: whoever checks the merged slots will say so."""
    return isinstance(value, int | float) and isinstance(other, int | float) and value > other


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
