"""How likely each task type is, by a linear model over the terms of a request (model.npz, written by `make train`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.routing.terms import vector

MODEL = Path(__file__).with_name("model.npz")


class Model(NamedTuple):
    """Weights of BUCKETS x types in 127ths of `scale` (one a type).

    `known` are the stems of our field, each with how many of the `groups` of examples use it.
    """

    types: list[str]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    known: dict[str, int]
    groups: int


def probabilities(words: list[str], points: Mapping[str, float]) -> dict[str, float]:
    """The share of every task type, in sum 1, for the words of plain_words and the points of the cues."""
    model = load_model()
    buckets, values = vector(words, points, model.known)
    rows = model.weights[buckets].astype(np.float32)
    scores = (np.asarray(values, dtype=np.float32) @ rows) * model.scale + model.bias
    shares = np.exp(scores - scores.max())
    return dict(zip(model.types, (shares / shares.sum()).tolist(), strict=True))


@cache
def load_model() -> Model:
    """The committed arrays, read once a process."""
    with np.load(MODEL) as arrays:
        types = [str(name) for name in arrays["types"]]
        known = dict(zip(arrays["known"].tolist(), arrays["spread"].tolist(), strict=True))
        return Model(types, arrays["weights"], arrays["scale"], arrays["bias"], known, int(arrays["groups"]))
