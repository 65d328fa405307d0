"""Sums of exponentials over tiles of keys that never leave the nearest caches, for small d: what the definition takes, and what
polynomials leave to it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np

from attention.aligned import aligned
from attention.columns import SPREAD, TILE, Columns
from attention.exp2_lanes import exp2_each, exp2_less
from attention.lanes import lanes_of, larger, largest, load, load_each, room, splat, store
from attention.sums import add_products, add_scaled, fold, store_each, zeros
from attention.turning import TILE as EIGHT
from attention.turning import padded, turn
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit, thread_count

ROWS = 4
"""Rows that share the loads of keys."""

CHUNK = 128
"""Rows, at most, that a tile of keys serves before the next tile is read."""


class Tiles(NamedTuple):
    """Keys and columns in tiles of TILE keys, each of them column by column."""

    keys: Any
    values: Any
    columns: Columns


def tiles(K: Floats, centre: Floats, columns: Columns, dtype: Any) -> Tiles:
    """K - centre and the columns in the working type. O(m (d + C)) time and memory."""
    count = -(-len(K) // TILE)
    keys = aligned((count, K.shape[1] * TILE), dtype)
    K = np.ascontiguousarray(K)
    _tiled(K, *_shift(centre, np.ones(K.shape[1])), K.shape[1], keys)
    values = aligned((count, columns.count * TILE), dtype)
    _tiled(np.ascontiguousarray(columns.V), *_shift(columns.mean, columns.unit), columns.count, values)
    return Tiles(keys, values, columns)


def _shift(mean: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """What is subtracted, and by what is multiplied: units are powers of two, so that nothing is lost."""
    return padded(mean), padded(1 / unit)


def fused_sums(
    Q: Floats, K: Floats, factor: float, columns: Columns, dtype: Any, bounded: bool, spans: Ints | None = None,
    peaks: Floats | None = None,
) -> Floats:  # fmt: skip
    """As `tile_sums`, for all of K about 0."""
    return tile_sums(Q, factor, tiles(K, np.zeros(K.shape[1]), columns, dtype), bounded, spans, peaks)


def tile_sums(
    Q: Floats, factor: float, of: Tiles, bounded: bool, spans: Ints | None = None, peaks: Floats | None = None
) -> Floats:
    """(n, C): sum_j 2^(factor <q_i, k_j> - peak_i) y_jc for the columns y, everything up to a tile's sums in the working type.

    The sums of row i are over spans_i0 <= j < spans_i1, over all j without `spans`; tiles that no row of a chunk sees are
    passed over, and weights outside of the span are 0. For small d: scores, weights and sums of a tile never leave the nearest
    caches. Where `bounded` peaks are 0. They are written to `peaks` (n,), if it is given. Time O(n m (d + C)).
    """
    result: Floats = aligned((len(Q), of.columns.count))
    share = -(-len(Q) // (4 * thread_count()))
    chunk = max(ROWS, min(CHUNK, -(-share // ROWS) * ROWS))
    whole = np.zeros((0, 2), dtype=np.int64)
    kernel = _fused(of.columns.width, bounded, spans is not None)
    found = np.empty(len(Q)) if peaks is None else peaks
    kernel(Q, factor, of.keys, of.values, chunk, whole if spans is None else spans, result, found)
    return result


@njit(nogil=True)
def top(row: Any, start: int, stop: int) -> Any:
    """The largest of these, some of a row; twice the lanes divide their number."""
    lanes = lanes_of(row)
    top, other = load(row, start), load(row, start + lanes)
    for j in range(start + 2 * lanes, stop, 2 * lanes):
        top, other = larger(top, load(row, j)), larger(other, load(row, j + lanes))
    return largest(larger(top, other))


@njit(parallel=True)
def _tiled(X: Floats, mean: Floats, inverse: Floats, columns: int, tiles: Any) -> None:
    """Tiles of TILE rows, column by column: (X - mean) inverse, then a column of ones and zeros up to `columns`.

    The last tile is filled with its last row, of which the further columns are 0.
    """
    m, d = X.shape
    flat, whole = X.reshape(-1), d // EIGHT * EIGHT
    for t in numba.prange(len(tiles)):
        count = min(m - TILE * t, TILE)
        turn(flat, d, TILE * t, count, 0, whole, mean, inverse, tiles[t], TILE)
        for c in range(columns):
            for j in range(count if c < whole else 0, TILE):
                i = TILE * t + j
                if c < d:
                    x = (X[min(i, m - 1), c] - mean[c]) * inverse[c]
                    tiles[t, c * TILE + j] = x if i < m or columns == d else 0.0
                else:
                    tiles[t, c * TILE + j] = 1.0 if c == d and i < m else 0.0


@njit()
def _turn(number: int, chunks: int) -> int:
    """The chunk that comes in this place: from both ends in turns, as later rows of causal attention see more keys."""
    return chunks - 1 - number // 2 if number % 2 else number // 2


@njit()
def _tiles(spans: Any) -> tuple[int, int]:
    """The tiles from the first to the last that a row of these spans sees."""
    begin, end = 1 << 40, 0
    for r in range(len(spans)):
        if spans[r, 0] < spans[r, 1]:
            begin, end = min(begin, spans[r, 0] // TILE), max(end, -(-spans[r, 1] // TILE))
    return begin, end


@njit()
def _columns(spans: Any, origin: int, step: int) -> tuple[int, int]:
    """The part of a tile that any row of these spans sees, in whole steps."""
    begin, end = TILE, 0
    for r in range(len(spans)):
        low, high = max(spans[r, 0] - origin, 0), min(spans[r, 1] - origin, TILE)
        if low < high:
            begin, end = min(begin, low // step * step), max(end, -(-high // step) * step)
    return begin, end


@njit()
def _hide(scores: Any, at: int, span: Any, origin: int, value: float) -> None:
    """Set what stands at keys outside of the span, in a row of a tile."""
    begin = min(max(span[0] - origin, 0), TILE)
    end = max(min(span[1] - origin, TILE), begin)
    scores[at : at + begin] = value
    scores[at + end : at + TILE] = value


@cache
def _fused(columns: int, bounded: bool, spanned: bool) -> Callable[..., None]:
    rows, two = 4 * ROWS, 2 * columns

    def fused(Q: Floats, factor: float, keys: Any, values: Any, chunk: int, spans: Ints, result: Floats, peaks: Floats) -> None:
        n, d = Q.shape
        parts, chunks = result.shape[1] // columns, (n + chunk - 1) // chunk
        for place in numba.prange(chunks):
            number = _turn(place, chunks) if spanned else place
            start, count = number * chunk, min(chunk, n - number * chunk)
            scores, q = room(chunk * TILE, keys), np.zeros(chunk * d, keys.dtype)
            lanes = lanes_of(scores)
            total, peak = np.zeros(parts * chunk * columns * SPREAD), np.full(chunk, -np.inf, keys.dtype)
            for r in range(count):
                for c in range(d):
                    q[(r // ROWS * d + c) * ROWS + r % ROWS] = Q[start + r, c] * factor
            begin, end = _tiles(spans[start : start + count]) if spanned else (0, len(keys))
            for t in range(begin, end):
                low, high = 0, TILE
                if spanned:
                    low, high = _columns(spans[start : start + count], t * TILE, 4 * lanes)
                for j in range(low, high, 4 * lanes):
                    for group in range(0, count, ROWS):
                        block = zeros(scores, rows)
                        for c in range(d):
                            block = add_scaled(block, load_each(keys[t], c * TILE + j, 4), q, group * d + c * ROWS)
                        if bounded:
                            block = exp2_each(block)
                        store_each(scores, group * TILE + j, ROWS, TILE, block)
                for r in range(count if spanned else 0):
                    _hide(scores, r * TILE, spans[start + r], t * TILE, 0.0 if bounded else -np.inf)
                for r in range(count if not bounded and low < high else 0):
                    new = max(peak[r], top(scores, r * TILE + low, r * TILE + high))
                    if new > peak[r]:
                        shrink = np.exp2(np.float64(peak[r]) - np.float64(new))
                        peak[r] = new
                        for part in range(parts):
                            at = (part * chunk + r) * columns * SPREAD
                            for c in range(at, at + columns * SPREAD):
                                total[c] *= shrink
                    above = splat(peak[r])
                    for j in range(r * TILE + low, r * TILE + high, 2 * lanes):
                        store(scores, j, exp2_less(load(scores, j), above))
                        store(scores, j + lanes, exp2_less(load(scores, j + lanes), above))
                    if spanned:
                        _hide(scores, r * TILE, spans[start + r], t * TILE, 0.0)
                for part in range(parts):
                    for r in range(0, count, 2):
                        found, from_, to = zeros(scores, two), low, high
                        if spanned:
                            from_, to = _columns(spans[start + r : start + r + 2], t * TILE, lanes)
                        for j in range(from_, to, lanes):
                            pair = (load(scores, r * TILE + j), load(scores, (r + 1) * TILE + j))
                            found = add_products(found, pair, values[t], part * columns * TILE + j, TILE)
                        fold(total, (part * chunk + r) * columns * SPREAD, found)
            for r in range(count):
                peaks[start + r] = 0.0 if bounded else peak[r]
                for part in range(parts):
                    for c in range(columns):
                        at = ((part * chunk + r) * columns + c) * SPREAD
                        result[start + r, part * columns + c] = total[at] + total[at + 1] + total[at + 2] + total[at + 3]

    fused.__qualname__ = f"fused_{columns}_{bounded}_{spanned}"
    return njit(parallel=True)(fused)
