"""Random numbers that are the same on every platform and under every NumPy."""

import zlib
from functools import cache
from threading import Lock

import numpy as np

from trading.contracts import Floats

SEED = "magnus sample market 1"
_ONE_AT_A_TIME = Lock()


def draw(purpose: str, uniforms: int, normals: int) -> tuple[Floats, Floats]:
    """Uniform and standard normal numbers that belong to this purpose, whoever drew what before.

    From RandomState, whose sequences NumPy has promised never to change. Making one takes 300 microseconds and
    seeding it again two, so there is one for all purposes.
    """
    with _ONE_AT_A_TIME:
        random = _generator()
        random.seed(zlib.crc32(f"{SEED} {purpose}".encode()))
        return random.random_sample(uniforms), random.standard_normal(normals)


@cache
def _generator() -> np.random.RandomState:
    return np.random.RandomState(0)
