"""What the agents of a request left in the state, one reference each."""

from collections.abc import Mapping
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
