"""The terms by which the classifier knows a request: words, characters, concepts, in weighted blocks."""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import combinations, pairwise, product
from zlib import crc32

from tools.routing.concepts import concepts_of, stem

BITS = 17
BUCKETS = 1 << BITS
WEIGHTS = {
    "word": 1.0, "pair": 0.7, "triple": 0.2, "gap": 0.3, "chars": 1.0, "concept": 0.9, "step": 0.7, "both": 0.6,
    "shape": 0.4, "cue": 0.4, "foreign": 0.8,
}  # fmt: skip
"""How much each block counts; every block has unit length before."""
CHARS = (3, 4, 5)
MOST_CONCEPTS = 14
MOST_STEPS = 9
POINTS_STEP = 2.0
LONGEST = 60
_FILLERS = """
a an the of to in on at for from with and or is are be i me my we our us you your it its this that do does did can could
will would shall should may might what which who how why when where there have has had not no so as if but by was were
been am than then them they he she his her just also only any some all
"""
_POLITE = "please pls plz kindly thanks thx hi hello hey magnus could can would you mind be so kind"
FILLERS = frozenset(_FILLERS.split())
POLITE = frozenset(_POLITE.split())


def vector(words: list[str], points: Mapping[str, float], known: Container[str]) -> tuple[list[int], list[float]]:
    """Buckets and their values for the words of plain_words, the points of the cues and the stems of our own field."""
    values: dict[int, float] = {}
    for block, terms in _blocks(words[:LONGEST], points, known):
        counts: dict[int, int] = {}
        total = 0
        for term in terms:
            bucket = crc32(f"{block}:{term}".encode()) & (BUCKETS - 1)
            counts[bucket] = counts.get(bucket, 0) + 1
            total += 1
        for bucket, count in counts.items():
            values[bucket] = values.get(bucket, 0.0) + WEIGHTS[block] * (count / total) ** 0.5
    return list(values), list(values.values())


def content(words: Iterable[str]) -> list[str]:
    """The stems of the words that carry a meaning of their own."""
    return [stem(word) for word in words if word[0].isalpha() and word not in FILLERS and word not in POLITE]


def _blocks(
    words: list[str], points: Mapping[str, float], known: Container[str]
) -> Iterator[tuple[str, Iterable[str]]]:
    stems = [word if word[0] == "<" else stem(word) for word in words]
    framed = ["^", *stems, "$"]
    about = [concepts_of(word) for word in words]
    names = sorted({name for concepts in about for name in concepts})
    yield "word", [*words, *(f"{one}~" for one, word in zip(stems, words, strict=True) if one != word)]
    yield "pair", map(" ".join, pairwise(framed))
    yield "triple", map(" ".join, zip(framed, framed[1:], framed[2:], strict=False))
    yield "gap", map(" ".join, zip(framed, framed[2:], strict=False))
    yield "chars", _characters(words)
    yield "concept", names
    yield "step", _steps(words, about)
    yield "both", map(" ".join, combinations(names, 2)) if len(names) <= MOST_CONCEPTS else ()
    yield "shape", _shape(words, about)
    yield "cue", _cued(points)
    yield "foreign", _foreign(content(words), known)


def _characters(words: list[str]) -> Iterator[str]:
    for word in words:
        if word[0] != "<":
            framed = f" {word} "
            for size in CHARS:
                for start in range(len(framed) - size + 1):
                    yield framed[start : start + size]


def _steps(words: list[str], about: list[tuple[str, ...]]) -> Iterator[str]:
    """Neighbours, with words replaced by what they are about."""
    classes = [concepts or (word if word in FILLERS or word[0] == "<" else "_",)
               for word, concepts in zip(words, about, strict=True)]  # fmt: skip
    for before, after in pairwise([("^",), *classes, ("$",)]):
        if len(before) * len(after) <= MOST_STEPS:
            yield from map(" ".join, product(before, after))


def _shape(words: list[str], about: list[tuple[str, ...]]) -> Iterator[str]:
    """Length, question, and with which words it begins and ends once politeness is left out."""
    asked = [word for word in words if word not in POLITE]
    known = sum(map(bool, about)) / max(1, len(words))
    yield f"length {min(len(words), 24) // 3}"
    yield f"known {int(known * 4)}"
    yield f"first {words[0] if words else ''}"
    yield f"head {stem(asked[0]) if asked else ''}"
    yield f"last {words[-1] if words else ''}"
    if "?" in words:
        yield "question"


def _foreign(stems: list[str], known: Container[str]) -> Iterator[str]:
    """How many words, and which share of them, no example of our own field ever used."""
    foreign = sum(one not in known for one in stems)
    yield f"count {min(foreign, 4)}"
    yield f"share {int(foreign / max(1, len(stems)) * 4)}"
    yield f"of {min(len(stems), 4)} {min(foreign, 4)}"


def _cued(points: Mapping[str, float]) -> Iterator[str]:
    """A step for every two points that the cues of a task type give; the best one counts once more."""
    best = max(points, key=lambda name: (points[name], name), default="")
    for name, value in points.items():
        for step in range(min(4, int(value / POINTS_STEP))):
            yield f"{name} {step}"
        if value < 0:
            yield f"{name} against"
    yield f"best {best}"
