"""Empty arrays that start where the processor and the operating system like it."""

from math import prod
from typing import Any

import numpy as np

LINE, PAGE = 1 << 6, 1 << 21
"""Bytes of a cache line, and of a page of Linux's large ones."""


def aligned(shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """An empty array in which no vector straddles two cache lines, rows being whole vectors; a large one starts at a page.

    NumPy asks Linux for large pages where an array is of some MiB, but it gets them from the first multiple of `PAGE` on only:
    the rest comes in pages of 4 KiB, of which getting one takes longer than filling it does.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    by = PAGE if size >= PAGE else LINE
    given = np.empty(size + by, np.uint8)
    start = -given.ctypes.data % by
    return given[start : start + size].view(dtype).reshape(shape)
