"""What a model may say about a request, and the check it has to pass."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from graph.protocol import TaskType
from tools.routing.router import RISK_SLOTS, TRADING
from tools.routing.slots import ORDER
from tools.routing.tickers import SHAPE
from trading.criteria import LISTS, Criteria

TICKERS = ("symbols", "exclude_symbols")


class SlotRead(BaseModel):
    """A filter, its value, and the words of the request it was read from."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(json_schema_extra={"enum": [*ORDER]})]
    value: bool | int | float | str | list[str]
    words: str


class Reading(BaseModel):
    """What the request asks for."""

    model_config = ConfigDict(extra="forbid")

    task_type: TaskType
    slots: list[SlotRead] = []


def slots_with(reading: Reading, asked: str, parsed: Mapping[str, Any]) -> dict[str, Any]:
    """The slots of the route: those that were parsed, and what the model read beside them.

    Raises ValueError with one sentence about a slot that cannot be: it is shown to the model.
    """
    if reading.task_type not in TRADING:
        return {}
    known = {name: value for name, value in parsed.items() if _belongs(name, reading.task_type)}
    read = {slot.name: slot for slot in reading.slots if slot.name not in parsed}
    values = {name: _value_of(slot, asked) for name, slot in read.items()}
    checked = Criteria.from_slots({**known, **values}).to_slots()
    return known | {
        name: value for name, value in checked.items() if name in read and _belongs(name, reading.task_type)
    }


def _belongs(name: str, task_type: str) -> bool:
    return task_type != "assess_risk" or name in RISK_SLOTS


def _value_of(slot: SlotRead, asked: str) -> Any:
    """The value, where its words stand in the request and its kind is right; the rest is the check of every scan."""
    if not (words := _plain(slot.words)) or words not in _plain(asked):
        raise ValueError(f"{slot.name}: the words {slot.words!r} do not stand in the request")
    if slot.name in LISTS and not isinstance(slot.value, str | list):
        raise ValueError(f"{slot.name} has to be a list of names")
    if slot.name == "avoid_earnings" and slot.value is not True:
        raise ValueError("avoid_earnings is true or left out")
    return _tickers(slot) if slot.name in TICKERS else slot.value


def _tickers(slot: SlotRead) -> list[str]:
    names = [slot.value] if isinstance(slot.value, str) else list(slot.value)  # type: ignore[arg-type]
    if strange := [name for name in names if not SHAPE.match(name.upper())]:
        raise ValueError(f"{slot.name}: {strange[0]!r} is no ticker")
    return [name.upper() for name in names]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
