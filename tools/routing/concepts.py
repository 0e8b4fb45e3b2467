"""What a word is about (speed, defects, documents, food, ...), kept in concepts.csv."""

from collections.abc import Iterator
from functools import cache, lru_cache

from tools.routing.phrases import table

ENDINGS = ("'s", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly")
INFLECTIONS = ("'s", "ing", "ed", "es", "s", "ly", "er", "d")
SHORTEST_STEM = 3
REMEMBERED = 20_000


@lru_cache(maxsize=REMEMBERED)
def stem(word: str) -> str:
    """The word without its ending, so that its forms are one.

    >>> stem("running"), stem("caches"), stem("cached")
    ('run', 'cach', 'cach')
    """
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            word = _single_end(word.removesuffix(ending), "sl")
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=REMEMBERED)
def concepts_of(word: str) -> tuple[str, ...]:
    """Everything the word is about; its plural and its other forms count too."""
    known = _lexicon()
    own = known.get(word, ())
    kin = next((known[form] for form in _forms(word) if form in known), ())
    return tuple(dict.fromkeys((*own, *kin)))


def _forms(word: str) -> Iterator[str]:
    for ending in INFLECTIONS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= SHORTEST_STEM:
            yield from (rest, f"{rest}e", _single_end(rest, ""))


def _single_end(word: str, kept: str) -> str:
    """As in "stopp" is "stop"."""
    doubled = len(word) > SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in kept
    return word[:-1] if doubled else word


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for row in table("concepts.csv"):
        for word in dict.fromkeys(row["words"].split("|")):
            known[word] = (*known.get(word, ()), row["name"])
    return known
