"""Elementwise formulas over long arrays, taken in blocks that stay in the processor's cache."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trading.contracts import Floats

BLOCK = 8192
"""Rows at a time: one column of a block is 64 KB; longer ones fall out of the second cache."""


def elementwise(kernel: Callable[..., Iterable[Floats]], results: int, *columns: ArrayLike) -> list[Floats]:
    """The arrays that `kernel` makes of its columns, broadcast against each other.

    The kernel gets one-dimensional blocks and returns `results` arrays of the same length. What it divides by
    zero or overflows on the way to a NaN or an infinity is not warned about.

    >>> elementwise(lambda a, b: (a + b, a * b), 2, [1.0, 2.0], 3.0)
    [array([4., 5.]), array([3., 6.])]
    """
    arrays = np.broadcast_arrays(*(np.asarray(column) for column in columns))
    shape = arrays[0].shape
    flat = [array.reshape(-1) for array in arrays]
    out: NDArray[np.float64] = np.empty((results, flat[0].size))
    with np.errstate(all="ignore"):
        for start in range(0, flat[0].size, BLOCK):
            block = slice(start, start + BLOCK)
            for row, values in zip(out, kernel(*(array[block] for array in flat)), strict=True):
                row[block] = values
    return [row.reshape(shape) for row in out]
