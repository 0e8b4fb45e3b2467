"""phases.json as a person left it: the plan, or one sentence that says what is wrong with it and on which line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph.errors import BadInput
from tools.phases.plan import Plan
from tools.phases.rules import Flaw, Place, flaws_of

LARGEST = 1_000_000
SPACE = " \t\r\n"


def read_plan(file: Path) -> Plan:
    """The plan in a file; raises BadInput."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {(error.strerror or 'it is no file').lower()}.") from error
    if len(data) > LARGEST:
        raise BadInput(f"{file} has more than {LARGEST} bytes, which no plan needs.")
    try:
        return plan_of(data.decode("utf-8-sig"), str(file))
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is no UTF-8 text, from byte {error.start} on.") from error


def plan_of(text: str, name: str = "phases.json") -> Plan:
    """The plan in a text; raises BadInput with the line and the field of the first thing that is wrong."""
    try:
        told = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise BadInput(f"{name}, line {error.lineno}: this is no JSON: {error.msg.lower()}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is no plan: {error}.") from error
    try:
        plan = Plan.model_validate(told)
    except ValidationError as error:
        raise _refused(name, text, [_flaw(one) for one in error.errors(include_url=False)]) from error
    if flaws := flaws_of(plan):
        raise _refused(name, text, flaws)
    return plan


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line, from 1, on which a value of a JSON text begins, or that of the nearest value around it."""
    at = _after_space(text, 0)
    for step in place:
        found = next((where for key, where in _inside(text, at) if key == step), None)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _refused(name: str, text: str, flaws: Sequence[Flaw]) -> BadInput:
    first = min(flaws, key=lambda flaw: line_of(text, flaw.place))
    more = f" ({len(flaws) - 1} more after it.)" if len(flaws) > 1 else ""
    return BadInput(f"{name}, line {line_of(text, first.place)}, {_field(first.place)}: {first.why}{more}")


def _flaw(error: Any) -> Flaw:
    """What pydantic says, in our words where it is one of the usual mistakes."""
    kind, place = error["type"], tuple(error["loc"])
    if kind == "missing":
        return Flaw(place, f"{place[-1]} is missing.")
    if kind == "extra_forbidden":
        return Flaw(place, f"{place[-1]} is no field of a plan: is it misspelt?")
    wanted = {
        "string_type": "a text in quotes", "int_type": "a whole number", "list_type": "a list in [ ]",
        "model_type": "an object in { }",
    }  # fmt: skip
    return Flaw(place, f"This has to be {wanted[kind]}." if kind in wanted else f"{error['msg']}.")


def _field(place: Place) -> str:
    """The place as one writes it.

    >>> _field(("phases", 1, "depends_on", 0))
    'phases[1].depends_on[0]'
    """
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".") or "the whole"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: one of the two would be lost without a word."""
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice!r} stands twice in one object")
    return dict(pairs)


def _inside(text: str, at: int) -> list[tuple[str | int, int]]:
    """Each key or index of the object or list that begins here, with the place its value begins at."""
    found: list[tuple[str | int, int]] = []
    is_object, closing = text[at] == "{", {"{": "}", "[": "]"}.get(text[at])
    at = _after_space(text, at + 1)
    while closing and text[at] != closing:
        key: str | int = len(found)
        if is_object:
            key, at = json.JSONDecoder().raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)
        found.append((key, at))
        _, at = json.JSONDecoder().raw_decode(text, at)
        at = _after_space(text, at)
        at = _after_space(text, at + 1) if text[at] == "," else at
    return found


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at
