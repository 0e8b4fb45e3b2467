"""Whether one program is slower than another beyond the noise that their runs show."""

import math
from collections.abc import Sequence
from functools import cache
from statistics import median

SURE = 0.002
"""So seldom may runs of two equally quick programs look like a slowdown; it is what one comparison may err by."""
HOPELESS = 0.25
"""Runs that look no slower than this are not looked at a second time."""
MOST_ROUNDS = 3
LEAST_S = 0.003
"""Less than this is nobody's slowdown; a process starts no more evenly than that."""


def chance(base: Sequence[float], new: Sequence[float], tolerance: float = 0.0) -> float:
    """How likely such runs are if the new program took at most `1 + tolerance` times as long as the base.

    It is the rank-sum test of Mann and Whitney (1947), one-sided and exact: a run that was disturbed counts as one rank
    however long it took. Ties count for the base.

    >>> round(chance([1.0, 1.1, 1.2], [1.3, 1.4, 1.5]), 3)
    0.05
    """
    allowed = [one * (1 + tolerance) for one in base]
    above = sum(later > earlier for later in new for earlier in allowed)
    ways = sum(_ways(len(base), len(new), count) for count in range(above, len(base) * len(new) + 1))
    return ways / math.comb(len(base) + len(new), len(new))


@cache
def _ways(first: int, second: int, above: int) -> int:
    """In how many orders of two samples exactly so many pairs have the second one above."""
    if above < 0:
        return 0
    if not first or not second:
        return int(above == 0)
    return _ways(first, second - 1, above - first) + _ways(first - 1, second, above)


def is_slower(base: Sequence[float], new: Sequence[float], tolerance: float, comparisons: int = 1) -> bool:
    """Whether the runs prove a slowdown; of several comparisons each has to be the surer."""
    is_felt = median(new) - median(base) > LEAST_S
    return is_felt and chance(base, new, tolerance) <= SURE / max(comparisons, 1)


def is_settled(
    base: Sequence[float], new: Sequence[float], tolerance: float, rounds: int, comparisons: int = 1
) -> bool:
    """Whether further runs would change nothing; what looks slower is looked at again, however clear it seems."""
    is_proven = rounds > 1 and is_slower(base, new, tolerance, comparisons)
    return is_proven or rounds >= MOST_ROUNDS or chance(base, new, tolerance) > HOPELESS


def ratio(base: Sequence[float], new: Sequence[float]) -> float:
    """How many times as long the new program takes, by the medians."""
    return median(new) / max(median(base), 1e-9)
