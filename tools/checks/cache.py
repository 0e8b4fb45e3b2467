"""What a check may look up instead of finding it out again: results of a tree that never changes."""

from typing import Any, Protocol

Json = dict[str, Any]


class Cache(Protocol):
    """Results by a key that names the tree, what was looked at, and with which versions of which tools."""

    def get(self, key: str) -> Json | None:
        """The result that was put, or None."""

    def put(self, key: str, value: Json) -> None:
        """Keep a result in the place of an earlier one."""


class ShortMemory:
    """Results for as long as one stand is open."""

    def __init__(self) -> None:
        self._kept: dict[str, Json] = {}

    def get(self, key: str) -> Json | None:
        return self._kept.get(key)

    def put(self, key: str, value: Json) -> None:
        self._kept[key] = value
