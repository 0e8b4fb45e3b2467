"""Which texts are nearly the same: shares of common runs of five words (Jaccard over shingles)."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from zlib import crc32

RUN = 5
NEARLY = 0.8
SKETCH = 24
"""Smallest shingles of a text: two texts of which 0.8 is common share one of these but for one pair in 10 ** 16."""


def near_duplicates(texts: Mapping[Path, str]) -> Iterator[tuple[Path, Path, float]]:
    """Pairs whose common share is at least NEARLY, with that share from 0 to 1."""
    shingles = {file: shingles_of(text) for file, text in texts.items()}
    for first, second in sorted(_candidates(shingles)):
        share = jaccard(shingles[first], shingles[second])
        if share >= NEARLY:
            yield first, second, share


def shingles_of(text: str) -> frozenset[int]:
    """Checksums of each run of five words; a shorter text is one run."""
    words = re.findall(r"\w+", text.casefold())
    runs = (" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))
    return frozenset(crc32(run.encode()) for run in runs)


def jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    """How much of two sets together is in both.

    >>> jaccard(frozenset({1, 2, 3}), frozenset({2, 3, 4}))
    0.5
    """
    either = len(first | second)
    return len(first & second) / either if either else 1.0


def _candidates(shingles: Mapping[Path, frozenset[int]]) -> set[tuple[Path, Path]]:
    """Pairs that share one of their smallest shingles; comparing all pairs would take a minute for 2,000 files."""
    files: dict[int, list[Path]] = {}
    for file, runs in sorted(shingles.items()):
        for run in sorted(runs)[:SKETCH]:
            files.setdefault(run, []).append(file)
    return {pair for same in files.values() for pair in combinations(same, 2)}
