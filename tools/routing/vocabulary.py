"""Sets of words and of phrases, kept in vocabulary.csv."""

from functools import cache

from tools.routing.phrases import Phrases, table


@cache
def word_set(name: str) -> frozenset[str]:
    """One set of single words."""
    return frozenset(_line(name).split("|"))


@cache
def phrase_set(name: str) -> Phrases[bool]:
    """One set of phrases, to be found in a sentence."""
    return Phrases((phrase, True) for phrase in _line(name).split("|"))


def _line(name: str) -> str:
    return next(row["words"] for row in table("vocabulary.csv") if row["name"] == name)
