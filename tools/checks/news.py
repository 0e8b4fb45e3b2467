"""Which lines of a change are really new: what was only moved or indented is none of its doing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tools.checks.before import Before, text_now
from tools.checks.stand import Stand

SHORTEST = 12
"""A line shorter than that, such as `return None`, says nothing about where it came from."""


@dataclass(frozen=True)
class News:
    """The text of each added line of each text file; `new` are the numbers of those that were not moved."""

    lines: Mapping[str, Mapping[int, str]]
    new: Mapping[str, frozenset[int]]

    def touches(self, path: str, first: int, last: int) -> bool:
        """Whether a stretch of a file has a line that is new."""
        return any(first <= line <= last for line in self.new.get(path, ()))


def news_of(stand: Stand, before: Before) -> News:
    """What is new in a change."""
    gone: Counter[str] = Counter()
    for one in stand.change.files:
        old = before.texts.get(one.path, "").split("\n") if one.removed else []
        gone.update(old[line - 1].strip() for line in one.removed if line <= len(old))
    lines: dict[str, dict[int, str]] = {}
    for one in stand.change.files:
        text = text_now(stand, one.path).split("\n") if one.is_there and one.added else []
        lines[one.path] = {line: text[line - 1].rstrip("\r") for line in sorted(one.added) if line <= len(text)}
    return News(lines, {path: frozenset(_new(told, gone)) for path, told in lines.items()})


def _new(told: Mapping[int, str], gone: Counter[str]) -> list[int]:
    found = []
    for line, text in told.items():
        plain = text.strip()
        if len(plain) >= SHORTEST and gone[plain] > 0:
            gone[plain] -= 1
        elif plain:
            found.append(line)
    return found
