"""What the agents of a request left in the state, one reference each."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def handed(left: list[Json], right: list[Json]) -> list[Json]:
    """Handoffs of one request: a newer request drops those of the one before, and one that comes twice counts once."""
    request_id = right[-1]["request_id"] if right else None
    kept = {(one["stage"], one["agent"]): one for one in left if request_id in (None, one["request_id"])}
    return list((kept | {(one["stage"], one["agent"]): one for one in right}).values())


def handoffs_in(state: Mapping[str, Any]) -> list[Json]:
    """Those of the request that is at work; the state may still hold what one before it left."""
    return [one for one in state.get("handoffs", []) if one["request_id"] == state["task"]["request_id"]]


def ended_in(plan: Mapping[str, Any], handoffs: Sequence[Json]) -> list[Json]:
    """The handoffs of agents who were ended, and whose part nobody has had again since."""
    redone = {tried["after"] for tried in plan.get("tries", {}).values()}
    return [one for one in handoffs if one["ended"] and int(one["stage"]) not in redone]


def first_open(stages: Sequence[Sequence[str]], handoffs: Sequence[Json], since: int = 0) -> int:
    """The number of the first stage, from this one on, in which somebody has not handed over yet; past the last where
    all have."""
    done = {(int(one["stage"]), one["agent"]) for one in handoffs}
    open_ = (number for number, names in enumerate(stages) if any((number, name) not in done for name in names))
    return next((number for number in open_ if number >= since), len(stages))


def seen(left: Json | None, right: Json) -> Json:
    """What the gates saw on one tree; the first that looks at another begins anew."""
    if not left or left["tree"] != right["tree"]:
        return right
    return {"tree": right["tree"], "gates": left["gates"] | right["gates"]}
