"""What callers of a module can no longer do: two surfaces held against each other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from tools.checks.interface import Call, Parameter, Thing

What = Literal["gone", "parameter-gone", "parameter-renamed", "parameter-needed", "narrower", "kind"]
Find = Callable[[str], Thing | None]
"""What stands behind a name now, however many imports lie between; None where there is nothing."""
ALIKE = 0.8
SHORTEST = 20
DEEPEST = 8


@dataclass(frozen=True)
class Break:
    """One thing that worked for callers of the base: `name` as in `Chain.expiries`, `parameter` where one is meant.

    `line` is where it stands now, 0 where it is gone. `has_successor` says that there is a new way to the same, and
    `is_rearranged` that more than one parameter of the same call has another name now.
    """

    name: str
    parameter: str
    what: What
    message: str
    line: int = 0
    has_successor: bool = False
    was_optional: bool = False
    is_rearranged: bool = False
    is_deprecated: bool = False


def breaks_of(old: Mapping[str, Thing], find: Find, new: Mapping[str, Thing]) -> Iterator[Break]:
    """The breaks of a module's public things; `new` are all it and its neighbours have that may be their successors."""
    for name, thing in old.items():
        now = find(name)
        if now is not None:
            yield from _changed(name, thing, now, find)
        else:
            successor = _successor(thing, old, new)
            told = _where(name, successor)
            yield Break(
                name, "", "gone", f"{name} is gone; {told}", 0, bool(successor), is_deprecated=thing.is_deprecated
            )


def _successor(thing: Thing, old: Mapping[str, Thing], new: Mapping[str, Thing]) -> str:
    """The new thing that does what one did that is gone, or has its name elsewhere."""
    if thing.name in new:
        return thing.name
    fresh = [one for name, one in new.items() if name not in old and one.kind == thing.kind]
    if len(thing.body) < SHORTEST:
        return ""

    def likeness(one: Thing) -> float:
        return SequenceMatcher(None, thing.body, one.body, autojunk=False).ratio()

    best = max(fresh, key=likeness, default=None)
    return best.name if best is not None and likeness(best) >= ALIKE else ""


def _where(name: str, successor: str) -> str:
    if not successor:
        return "nothing took its place"
    return "another file has it now" if successor == name else f"it seems to be {successor} now"


def _changed(name: str, old: Thing, new: Thing, find: Find) -> Iterator[Break]:
    if new.kind == "value" or old.kind == "value":
        return
    if old.is_async != new.is_async or old.is_property != new.is_property:
        told = f"{name} is {_kind(new)} now and was {_kind(old)}"
        yield Break(name, "", "kind", told, new.line, is_deprecated=old.is_deprecated)
    elif old.call is not None and new.call is not None and not old.is_property:
        yield from _called(name, old, new)
    if old.kind == new.kind == "class":
        yield from _members(name, old, new, find)


def _kind(thing: Thing) -> str:
    if thing.is_property:
        return "a property"
    return "a coroutine" if thing.is_async else "a plain function"


def _members(name: str, old: Thing, new: Thing, find: Find) -> Iterator[Break]:
    """Public members that are gone, unless a class above may have them."""
    inherited, is_known = _inherited(new, find)
    for member, thing in old.members.items():
        if member.startswith("_"):
            continue
        now = new.members.get(member) or inherited.get(member)
        full = f"{name}.{member}"
        if now is not None:
            yield from _changed(full, thing, now, find)
        elif is_known or new.bases == old.bases:
            successor = _successor(thing, old.members, new.members)
            told = _where(member, successor)
            yield Break(
                full, "", "gone", f"{full} is gone; {told}", 0, bool(successor), is_deprecated=thing.is_deprecated
            )


def _inherited(thing: Thing, find: Find, depth: int = 0) -> tuple[dict[str, Thing], bool]:
    """The members of the classes above as far as they are of the project, and whether that is all of them."""
    found: dict[str, Thing] = {}
    is_known = True
    for base in thing.bases:
        above = find(base.partition("[")[0])
        if above is None or above.kind != "class" or depth > DEEPEST:
            is_known = is_known and base in ("object", "Enum", "StrEnum", "Protocol", "ABC", "NamedTuple")
            continue
        further, is_further_known = _inherited(above, find, depth + 1)
        found = {**further, **above.members, **found}
        is_known = is_known and is_further_known
    return found, is_known


def _called(name: str, old: Thing, new: Thing) -> Iterator[Break]:
    """The calls that worked and do not any more."""
    before, now = old.call, new.call
    assert before is not None and now is not None
    renamed: set[str] = set()
    public = [one for one in before.parameters if not one.name.startswith("_")]
    is_rearranged = sum(now.get(one.name) is None for one in public) > 1
    for one in public:
        found = now.get(one.name)
        if found is None:
            successor = _renamed(one, before, now)
            renamed |= {successor.name} if successor else set()
            for lost in _gone(name, one, successor, now, new.line):
                yield replace(lost, is_rearranged=is_rearranged)
        else:
            yield from _narrower(name, one, found, now, new.line)
    for one in now.parameters:
        is_new = before.get(one.name) is None and one.name not in renamed
        if one.is_required and is_new and not (before.named and one.place is None):
            told = f"{name} needs {one.name} now, which it did not know"
            yield Break(name, one.name, "parameter-needed", told, new.line)
    for was, is_now, what in ((before.more, now.more, "unnamed"), (before.named, now.named, "named")):
        if was and not is_now:
            yield Break(name, "", "narrower", f"{name} takes no further {what} arguments any more", new.line)


def _renamed(one: Parameter, before: Call, now: Call) -> Parameter | None:
    """The new parameter at the place of one that is gone, or the only new one that is given by name alone."""
    if one.place is not None:
        found = now.at(one.place)
        return found if found is not None and before.get(found.name) is None else None
    fresh = [new for new in now.parameters if before.get(new.name) is None and new.place is None]
    lost = [old for old in before.parameters if now.get(old.name) is None and old.place is None]
    return fresh[0] if len(fresh) == len(lost) == 1 else None


def _gone(name: str, one: Parameter, successor: Parameter | None, now: Call, line: int) -> Iterator[Break]:
    if successor is not None:
        if one.by_name and not now.named:
            told = f"{name} calls its parameter {one.name} {successor.name} now"
            yield Break(name, one.name, "parameter-renamed", told, line, True, not one.is_required)
        if successor.is_required and not one.is_required:
            yield Break(name, successor.name, "parameter-needed", f"{name} needs {successor.name} now", line)
    elif not (now.named and (one.place is None or now.more)):
        told = f"{name} has no parameter {one.name} any more"
        yield Break(name, one.name, "parameter-gone", told, line, False, not one.is_required)


def _narrower(name: str, one: Parameter, found: Parameter, now: Call, line: int) -> Iterator[Break]:
    if found.is_required and not one.is_required:
        yield Break(name, one.name, "parameter-needed", f"{name} needs {one.name} now, which could be left out", line)
    if one.by_name and not found.by_name and not now.named:
        told = f"{name} takes {one.name} by its place only"
        yield Break(name, one.name, "narrower", told, line, was_optional=not one.is_required)
    if one.place is not None and found.place != one.place:
        how = "by its name only" if found.place is None else f"at place {found.place + 1} and not {one.place + 1}"
        if not (found.place is None and now.more):
            told = f"{name} takes {one.name} {how}"
            yield Break(name, one.name, "narrower", told, line, was_optional=not one.is_required)
