"""Elementwise formulas over long arrays, taken in blocks that stay in the processor's cache."""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.contracts import Floats

BLOCK = 8192
"""Rows at a time: one column of a block is 64 KB; longer ones fall out of the second cache."""
KEPT_BYTES = 31 << 20


def elementwise(kernel: Callable[..., Iterable[Floats]], results: int, *columns: ArrayLike) -> list[Floats]:
    """The arrays that `kernel` makes of its columns, broadcast against each other.

    The kernel gets one-dimensional blocks and returns `results` arrays of the same length. What it divides by
    zero or overflows on the way to a NaN or an infinity is not warned about.

    >>> elementwise(lambda a, b: (a + b, a * b), 2, [1.0, 2.0], 3.0)
    [array([4., 5.]), array([3., 6.])]
    """
    arrays = [np.asarray(column) for column in columns]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    size = math.prod(shape)
    _keep_memory()
    flat = [_flat(array, shape, min(size, BLOCK)) for array in arrays]
    out: NDArray[np.float64] = np.empty((results, size))
    with np.errstate(all="ignore"):
        for start in range(0, size, BLOCK):
            block = slice(start, min(start + BLOCK, size))
            blocks = (array[block] if len(array) == size else array[: block.stop - start] for array in flat)
            for row, values in zip(out, kernel(*blocks), strict=True):
                row[block] = values
    return [row.reshape(shape) for row in out]


def _flat(array: NDArray[Any], shape: tuple[int, ...], length: int) -> NDArray[Any]:
    """One dimension; what is the same for all rows only `length` times, because fresh memory costs as much as maths."""
    if array.size == 1:
        return np.full(length, array.reshape(-1)[0])
    return np.broadcast_to(array, shape).reshape(-1)


@cache
def _keep_memory() -> None:
    """glibc gives the top of its heap back with every 128 KB that are freed, and asks for it again: a multiplication
    then takes ten times as long. Once it has freed a large array it waits for twice that array's size."""
    np.empty(KEPT_BYTES, np.uint8)
