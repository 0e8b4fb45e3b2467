"""Weighted cues of every task type: a phrase, a feature in angle brackets, or several of them joined by "&"."""

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from tools.routing.phrases import Phrases, table
from tools.routing.tokens import Token


class Cue(NamedTuple):
    """`row` is the line of the table: cues of one line count once, or half as much more when several are there."""

    task_type: str
    weight: float
    row: int
    terms: tuple[str, ...]


REPEATED_SHARE = 0.35


def score(tokens: list[Token], features: Collection[str]) -> dict[str, float]:
    """Points of every task type that some cue speaks for."""
    phrases, cues = _tables()
    present = {f"<{feature}>" for feature in features}
    for start in range(len(tokens)):
        present.update(term for found in phrases.all_at(tokens, start) for term in found)
    strongest: dict[tuple[str, int], int] = {}
    weights: dict[tuple[str, int], float] = {}
    for term in present:
        for cue in cues.get(term, ()):
            if all(other in present for other in cue.terms):
                key = (cue.task_type, cue.row)
                strongest[key] = strongest.get(key, 0) + 1
                weights[key] = cue.weight
    points: dict[str, float] = {}
    for (task_type, row), count in strongest.items():
        gained = weights[(task_type, row)] * (1 + REPEATED_SHARE * min(count - 1, 2))
        points[task_type] = points.get(task_type, 0.0) + gained
    return points


@cache
def _tables() -> tuple[Phrases[str], dict[str, list[Cue]]]:
    """Every term as a phrase, and the cues by their first term."""
    by_first: dict[str, list[Cue]] = {}
    terms: set[str] = set()
    for number, row in enumerate(table("routes.csv")):
        for cue in row["cues"].split("|"):
            parts = tuple(part.strip() for part in cue.split(" & "))
            by_first.setdefault(parts[0], []).append(Cue(row["task_type"], float(row["weight"]), number, parts))
            terms.update(part for part in parts if not part.startswith("<"))
    return Phrases((term, term) for term in sorted(terms)), by_first
