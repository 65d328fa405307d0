"""The pass over K for the moments of symmetric tensors (module `symmetric`).

Products of the monomials f_s f_t are monomials of degree 2p, and many of them are one and the same: of the t^2 = 14,400 for p
= 3 in 8 dimensions 1,716 are different. They are summed in tiles of SIDE monomials by as many, and only in so many of these
tiles that each product is in one of them.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement, product
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
    roundings of that type. Time O(m t^2), less where products are alike; memory O(t^2) a thread.
    """
    d, m, threads = K.shape[1], monomials(K.shape[1], p), thread_count()
    tiles, places = _tiles(d, p)
    wide, columns = turned(W)
    totals = aligned((threads, len(tiles) * SQUARE * SPREAD), np.float64)
    totals[:] = 0
    kernel, keys = _kernel(width(np.dtype(dtype))), np.ascontiguousarray(K).reshape(-1)
    shift = padded(centre), padded(np.ones(d))
    first = int(m.starts[p])
    kernel(keys, len(K), *shift, d, columns, wide, m.last, first, first + tiles * SIDE, np.zeros(1, dtype), totals)
    found: Floats = totals.reshape(threads, -1, SPREAD).sum(axis=(0, 2))[places]
    return found


@cache
def _tiles(d: int, p: int) -> tuple[Ints, Ints]:
    """(tiles, 2): which SIDE monomials meet which others, such that each product is in a tile; (t, t): where each is found.

    Tiles of many products that no tile before has come first, so that there are few.
    """
    chosen = list(combinations_with_replacement(range(d), p))
    known: dict[tuple[int, ...], int] = {}
    names = np.array([[known.setdefault(tuple(sorted(s + t)), len(known)) for t in chosen] for s in chosen])
    sides = [slice(a, a + SIDE) for a in range(0, len(chosen), SIDE)]
    left, tiles = [(a, b) for a, b in product(range(len(sides)), repeat=2) if a >= b], list[tuple[int, int]]()
    at = np.full(len(known), -1)
    for least in range(SQUARE, 0, -1):
        later = []
        for a, b in left:
            tile = names[sides[a], sides[b]]
            if len(set(tile[at[tile] < 0])) < least:
                later.append((a, b))
                continue
            in_tile = len(tiles) * SQUARE + SIDE * np.arange(tile.shape[0])[:, None] + np.arange(tile.shape[1])
            at[tile] = np.where(at[tile] < 0, in_tile, at[tile])
            tiles.append((a, b))
        left = later
    return np.array(tiles), at[names]


@cache
def _kernel(lanes: int) -> Callable[..., None]:
    block = VECTORS * lanes

    def tensors(
        K: Floats, m: int, centre: Floats, one: Floats, d: int, columns: Floats, wide: int, last: Ints, first: int,
        tiles: Ints, like: Any, totals: Floats,
    ) -> None:  # fmt: skip
        monomials = len(last) + SIDE - 1  # and what fills the last tile
        for part in numba.prange(len(totals)):
            y, z = room((d + TILE) * BLOCK, columns), room(wide * BLOCK, columns)
            f, total = room(monomials * block, like), totals[part]
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
                for tile in range(len(tiles)):
                    a, b = tiles[tile, 0] * block, tiles[tile, 1] * block
                    found = zeros(f, SQUARE)
                    for j in range(a, a + block, lanes):
                        four = (load(f, j), load(f, j + block), load(f, j + 2 * block), load(f, j + 3 * block))
                        found = add_products(found, four, f, j + (b - a), block)
                    fold(total, tile * SQUARE * SPREAD, found)

    tensors.__qualname__ = f"tensors_{lanes}"
    return njit(parallel=True)(tensors)
