"""Points moved about so that nodes of a tree are halved at the median of their widest side (module `trees`)."""

import numba

from attention.mixed.trees import TILE
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit


@njit(parallel=True)
def in_tiles(rows: Floats, tiles: Floats) -> None:
    for t in numba.prange(len(tiles)):
        for c in range(rows.shape[1]):
            for j in range(TILE):
                tiles[t, c, j] = rows[min(TILE * t + j, len(rows) - 1), c]


@njit(parallel=True)
def halve(points: Floats, order: Ints, starts: Ints, stops: Ints, leaf: int, low: Floats, high: Floats, middle: Ints) -> None:
    """The boxes of nodes, and where each is halved after its points have been moved about; 0 where it is not."""
    for t in numba.prange(len(starts)):
        begin, end, widest = starts[t], stops[t], 0
        low[t], high[t] = points[begin], points[begin]
        for i in range(begin + 1, end):
            for c in range(points.shape[1]):
                low[t, c], high[t, c] = min(low[t, c], points[i, c]), max(high[t, c], points[i, c])
        for c in range(points.shape[1]):
            if high[t, c] - low[t, c] > high[t, widest] - low[t, widest]:
                widest = c
        middle[t] = 0
        if end - begin > max(leaf, TILE) and high[t, widest] > low[t, widest]:
            middle[t] = begin + ((end - begin) // TILE + 1) // 2 * TILE
            _select(points, order, begin, end, middle[t], widest)


@njit(nogil=True)
def _select(points: Floats, order: Ints, begin: int, end: int, place: int, c: int) -> None:
    """Move rows from begin to end - 1 so that none before `place` is larger in column c than those from there on."""
    low, high, state = begin, end - 1, 12345
    while low < high:
        state = (1103515245 * state + 12345) % 2147483648
        pivot = points[low + state % (high - low + 1), c]
        i, j = low, high
        while i <= j:
            while points[i, c] < pivot:
                i += 1
            while points[j, c] > pivot:
                j -= 1
            if i <= j:
                for k in range(points.shape[1]):
                    points[i, k], points[j, k] = points[j, k], points[i, k]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            return
