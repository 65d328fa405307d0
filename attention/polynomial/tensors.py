"""The pass over K for the moments of symmetric tensors (module `symmetric`)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np

from attention.aligned import aligned
from attention.columns import SPREAD
from attention.lanes import load, room, store, times, width
from attention.polynomial.monomials import Ints, monomials
from attention.polynomial.passes import BLOCK, LANES, moved, turned
from attention.polynomial.symmetric import VECTORS
from attention.sums import add_products, fold, zeros
from attention.turning import TILE, padded, turn
from instances.coded import Floats
from instances.compiling import njit, thread_count

SIDE, SQUARE = 4, 16
"""Tensors that meet as many others, in so many sums that stay in registers."""


def tensor_pass(centre: Floats, W: Floats, p: int, dtype: Any, K: Floats) -> Floats:
    """(t, t): the sums of f f^T over all keys, f the t monomials of degree p in z = W (K - centre), ordered as in `monomials`.

    z is float64; it, the monomials and their products are rounded to the working type, and a sum has at most VECTORS + 3
    roundings of that type. Time O(m t^2), memory O(t^2) a thread.
    """
    d, m, threads = K.shape[1], monomials(K.shape[1], p), thread_count()
    count = len(m.last) - int(m.starts[p])
    sides = -(-count // SIDE)
    wide, columns = turned(W)
    totals = aligned((threads, sides * (sides + 1) // 2 * SQUARE * SPREAD), np.float64)
    totals[:] = 0
    kernel, keys = _kernel(width(np.dtype(dtype))), np.ascontiguousarray(K).reshape(-1)
    shift = padded(centre), padded(np.ones(d))
    kernel(keys, len(K), *shift, d, columns, wide, m.last, int(m.starts[p]), sides * SIDE, np.zeros(1, dtype), totals)
    tiles = totals.reshape(threads, -1, SIDE, SIDE, SPREAD).sum(axis=(0, 4))
    found = np.empty((sides, SIDE, sides, SIDE))
    low, high = np.tril_indices(sides)
    found[low, :, high] = tiles
    found[high, :, low] = tiles.transpose(0, 2, 1)
    return found.reshape(sides * SIDE, -1)[:count, :count]


@cache
def _kernel(lanes: int) -> Callable[..., None]:
    block = VECTORS * lanes

    def tensors(
        K: Floats, m: int, centre: Floats, one: Floats, d: int, columns: Floats, wide: int, last: Ints, first: int, rows: int,
        like: Any, totals: Floats,
    ) -> None:  # fmt: skip
        for part in numba.prange(len(totals)):
            y, z = room((d + TILE) * BLOCK, columns), room(wide * BLOCK, columns)
            f, total = room((first + rows) * block, like), totals[part]
            f[:] = 0
            for start in range(part * block, m, len(totals) * block):
                count = min(m - start, block)
                for s in range(0, block, BLOCK):
                    some = max(min(count - s, BLOCK), 0)
                    turn(K, d, start + s, some, 0, d, centre, one, y, BLOCK)
                    for v in range(d):
                        y[v * BLOCK + some : (v + 1) * BLOCK] = 0
                    moved(y, columns, d, wide, z)
                    for v in range(d):
                        for j in range(0, BLOCK, LANES):
                            store(f, (1 + v) * block + s + j, load(z, v * BLOCK + j))
                index = 1 + d
                for q in range(1, first):
                    for v in range(last[q], d):
                        for j in range(0, block, lanes):
                            store(f, index * block + j, times(load(f, q * block + j), load(f, (1 + v) * block + j)))
                        index += 1
                at = 0
                for a in range(first, first + rows, SIDE):
                    for b in range(first, a + 1, SIDE):
                        found = zeros(f, SQUARE)
                        for j in range(a * block, a * block + block, lanes):
                            four = (load(f, j), load(f, j + block), load(f, j + 2 * block), load(f, j + 3 * block))
                            found = add_products(found, four, f, j + (b - a) * block, block)
                        fold(total, at, found)
                        at += SQUARE * SPREAD

    tensors.__qualname__ = f"tensors_{lanes}"
    return njit(parallel=True)(tensors)
