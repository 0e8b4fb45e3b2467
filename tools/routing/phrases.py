"""Tables of phrases, and where their phrases stand in a sentence."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from tools.routing.tokens import Token, tokenize

HERE = Path(__file__).parent
Value = TypeVar("Value")


class Match(NamedTuple, Generic[Value]):
    """A phrase found at tokens `start` to `end` (exclusive)."""

    start: int
    end: int
    value: Value


class Phrases(Generic[Value]):
    """Phrases with their values, found longest first; one phrase may have several values."""

    def __init__(self, rows: Iterable[tuple[str, Value]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], list[Value]]]] = {}
        merged: dict[tuple[str, ...], list[Value]] = {}
        for phrase, value in rows:
            merged.setdefault(words_of(phrase), []).append(value)
        for words, values in sorted(merged.items(), key=lambda item: -len(item[0])):
            self._by_first.setdefault(words[0], []).append((words, values))

    def at(self, tokens: Sequence[Token], start: int) -> Match[list[Value]] | None:
        """The longest phrase that begins at one token."""
        for words, values in self._by_first.get(tokens[start].low, ()):
            end = start + len(words)
            if end <= len(tokens) and all(tokens[start + i].low == word for i, word in enumerate(words)):
                return Match(start, end, values)
        return None

    def all_at(self, tokens: Sequence[Token], start: int) -> Iterator[list[Value]]:
        """The values of every phrase that begins at one token, long and short."""
        for words, values in self._by_first.get(tokens[start].low, ()):
            end = start + len(words)
            if end <= len(tokens) and all(tokens[start + i].low == word for i, word in enumerate(words)):
                yield values

    def find(self, tokens: Sequence[Token]) -> Iterator[Match[list[Value]]]:
        """Every phrase of the sentence that no longer phrase before it covers; ignored tokens are passed over."""
        start = 0
        while start < len(tokens):
            found = None if tokens[start].ignored else self.at(tokens, start)
            if found:
                yield found
            start = found.end if found else start + 1


def words_of(phrase: str) -> tuple[str, ...]:
    """A phrase cut the way sentences are."""
    if phrase.islower() and phrase.replace(" ", "").isascii() and phrase.replace(" ", "").isalpha():
        return tuple(phrase.split())
    return tuple(token.low for token in tokenize(phrase))


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of one of this folder's CSV files."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def phrases(*alternatives: str) -> Phrases[bool]:
    """A table that only says whether a phrase is there."""
    return Phrases((phrase, True) for line in alternatives for phrase in line.split("|"))
