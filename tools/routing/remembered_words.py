"""A sentence as history knows it: the very words, and the words with their particulars masked."""

from collections.abc import Sequence
from itertools import pairwise

from tools.routing.concepts import stem
from tools.routing.placeholders import plain_words
from tools.routing.sentence import read_words
from tools.routing.steering import without_steering
from tools.routing.task_names import plainly
from tools.routing.terms import FILLERS, LONGEST, POLITE

LONGEST_SENTENCE = 1_000
"""Characters; sentences that are the same so far are the same."""
COMMON_WEIGHT = 0.5
PAIR_WEIGHT = 0.7


def normalised(prompt: str) -> str:
    """What two sentences have in common that are the same but for capitals, spaces and signs at their ends.

    >>> normalised(" Look at  KO. "), normalised("look at ko")
    ('look at ko', 'look at ko')
    """
    return plainly(without_steering(prompt)).strip(" .,;:!?-\"'()")[:LONGEST_SENTENCE]


def masked(prompt: str) -> list[str]:
    """The words without politeness, with tickers, numbers and files as kinds, as far as the classifier reads.

    >>> masked("please look at AMD in scan.py")
    ['look', 'at', '<sym>', 'in', '<file>']
    """
    asked = without_steering(prompt)
    words = plain_words(asked, read_words(asked))[:LONGEST]
    return [word for word in words if word not in POLITE]


def unit_vector(words: Sequence[str]) -> dict[str, float]:
    """Stems and pairs of neighbours with their weights, in length 1; words that any sentence may have count half."""
    stems = [word if word[0] == "<" else stem(word) for word in words]
    weights = [COMMON_WEIGHT if word in FILLERS or not word[0].isalpha() else 1.0 for word in words]
    vector = dict(zip(stems, weights, strict=True))
    framed = [("^", COMMON_WEIGHT), *zip(stems, weights, strict=True), ("$", COMMON_WEIGHT)]
    for (before, left), (after, right) in pairwise(framed):
        vector[f"{before} {after}"] = PAIR_WEIGHT * (left * right) ** 0.5
    length = sum(weight**2 for weight in vector.values()) ** 0.5
    return {term: weight / length for term, weight in vector.items()}
