"""The score of a candidate among the candidates of one scan, and what each figure adds to it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats

WEIGHTS = {
    "probability": 0.20,
    "annual_yield": 0.30,
    "cushion": 0.15,
    "liquidity": 0.15,
    "iv_rank": 0.10,
    "event_risk": 0.10,
}
"""Share of the score's variance that each part is given, in the order in which they speak."""
AVERAGE = 50.0
POINTS = 10.0
FURTHEST = 2.0
NOTHING_NEW = 0.1
ROUNDING = 1e-9
FEWEST = 2 * len(WEIGHTS)


def liquidity(open_interest: Floats, spread: Floats) -> Floats:
    """Open interest and the narrowness of the spread, each as its place among the candidates; volume has no say."""
    return percentile(np.nan_to_num(open_interest)) - percentile(spread)


def points(figures: Mapping[str, Floats]) -> dict[str, Floats]:
    """The points each part adds to an average score of 50: 100 rows of figures give 100 rows of points.

    `figures` holds one array for every name in WEIGHTS, more being better; NaN stands for unknown and counts as the
    middle. Each is turned into its percentile among the candidates, so its unit does not matter, and then into
    standard deviations. Because a higher yield and a safer strike are nearly the same fact told twice, with opposite
    signs, a plain weighted sum cancels them and leaves whatever is left, open interest as a rule, to decide. So each
    part counts for what the parts before it do not say yet (Gram and Schmidt): the yield beyond what its
    probability pays anyway, the cushion beyond both. A part then owns its weight of the score's variance, or a little
    more where another part is the same for all. Ten points are one standard deviation of the score and no part
    goes past two of its own, so scores stay between 2 and 98. With fewer than twelve candidates nothing
    can be learned about what goes together, and the parts stand side by side.

    >>> alone = {name: np.array([0.3]) for name in WEIGHTS}
    >>> [float(added[0]) for added in points(alone).values()]
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    told: list[Floats] = []
    added = {}
    for name, weight in WEIGHTS.items():
        own = percentile(figures[name])
        news = _news(own - own.mean(), told) if len(own) else own
        if len(own) >= FEWEST and news.any():
            told.append(news)
        added[name] = POINTS * np.sqrt(weight) * np.clip(news, -FURTHEST, FURTHEST)
    return added


def score(added: Mapping[str, Floats]) -> Floats:
    """50 plus the points of every part."""
    return np.asarray(AVERAGE + sum(added.values()))


def percentile(figures: Floats) -> Floats:
    """The place of each figure among all, 0 to 1 and ties sharing theirs; an unknown one stands in the middle.

    >>> percentile(np.array([30.0, 10.0, 30.0, np.nan]))
    array([0.66666667, 0.16666667, 0.66666667, 0.5       ])
    """
    known = np.isfinite(figures)
    places = np.full(len(figures), 0.5)
    if known.any() and len(figures) > 1:
        _, group, counts = np.unique(figures[known], return_inverse=True, return_counts=True)
        places[known] = ((np.cumsum(counts) - counts / 2) / known.sum())[group]
    return places


def _news(deviation: Floats, told: list[Floats]) -> Floats:
    """What is left of a part, in standard deviations, after what has been told; nothing where that is too little."""
    own = deviation.std()
    for known in told:
        deviation = deviation - known * (deviation @ known) / len(deviation)
    left = deviation.std()
    return deviation / left if left > max(NOTHING_NEW * own, ROUNDING) else np.zeros(len(deviation))


def best_first(scores: Floats, *ties: NDArray[np.generic]) -> NDArray[np.intp]:
    """Row numbers by falling score; equal scores by the first of `ties` that differs, the first being decisive."""
    rounded = -np.round(scores, 9)
    order = np.argsort(rounded, kind="stable")
    equal = np.diff(rounded[order]) == 0
    if equal.any():
        rows = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
        tied = order[rows]
        order[rows] = tied[np.lexsort((*(tie[tied] for tie in reversed(ties)), rounded[tied]))]
    return order
