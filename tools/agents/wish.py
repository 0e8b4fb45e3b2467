"""What a person wants, in their own words."""

from graph.state import State


def wish_of(state: State) -> str:
    """What the person said, with the answer to a question if there was one."""
    named = state["task"].get("task") or {}
    said = [state["task"]["prompt"], named.get("target"), state.get("answer")]
    return ". ".join(filter(None, said))
