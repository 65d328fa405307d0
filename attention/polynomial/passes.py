"""Passes over K and Q for the moments of module `moments`, each in one go, in parallel."""

import numba
import numpy as np

from attention.aligned import aligned
from attention.columns import SPREAD
from attention.lanes import larger, load, plus, room, splat, store, times
from attention.sums import add_products, add_scaled, fold, zeros
from attention.turning import TILE, padded, turn
from instances.coded import Floats
from instances.compiling import njit, thread_count

LANES = 8
"""The float64 of a vector."""

BLOCK = 128
"""Rows that are worked on side by side."""

GROUP, BOTH = 4, 8
"""Coordinates that are summed at once, once and weighed."""


def key_pass(centre: Floats, W: Floats, K: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(2, d) the largest K_c and -K_c; of y = K - centre and z = W y, (d,) the sums of y_c, (2,) the largest |y|^2 and |z|^2,
    and (2, d, d) the sums of z z^T and |z|^2 z z^T. All sums are float64, in any order. Time O(m d^2), m >= 1.
    """
    d, threads = K.shape[1], thread_count()
    wide, by = turned(W)
    found = aligned((threads, (3 * d + 2) * LANES), np.float64)
    totals = aligned((threads, 2 * wide * wide * SPREAD), np.float64)
    totals[:] = 0
    _keys(np.ascontiguousarray(K).reshape(-1), len(K), centre, *_plain(d), by, wide, found, totals)
    lanes = found.reshape(threads, 3 * d + 2, LANES)
    most, sums = lanes[:, : 2 * d].max(axis=(0, 2)).reshape(2, d), lanes[:, 2 * d : 3 * d].sum(axis=(0, 2))
    powers = totals.reshape(threads, wide, wide // GROUP, 2, GROUP, SPREAD).sum(axis=(0, 5))
    powers = powers.transpose(2, 0, 1, 3).reshape(2, wide, wide)[:, :d, :d]
    lower = np.tril(np.ones((d, d), np.bool_))
    powers = np.where(lower, powers, powers.transpose(0, 2, 1))
    return most, sums, lanes[:, 3 * d :].max(axis=(0, 2)), powers


def query_pass(W: Floats, widths: Floats, Q: Floats) -> tuple[Floats, Floats]:
    """(3, n): |q|, |W q| and sum_c |q_c| widths_c of each row q; and (d,) the largest |q_c|. Time O(n d^2)."""
    found = np.empty((3, len(Q)))
    return found, _of_queries(W, widths, Q, found)[1]


def largest_of_queries(W: Floats, widths: Floats, Q: Floats) -> tuple[Floats, Floats]:
    """(3,): the largest of each of the three; and (d,) the largest |q_c|. In one pass."""
    return _of_queries(W, widths, Q, np.empty((3, 0)))


def _of_queries(W: Floats, widths: Floats, Q: Floats, found: Floats) -> tuple[Floats, Floats]:
    """What all rows have at most; and each row's in `found`, if that has room."""
    (wide, by), d = turned(W), len(widths)
    most = aligned((thread_count(), (d + 3) * LANES), np.float64)
    most[:] = 0
    _queries(np.ascontiguousarray(Q).reshape(-1), len(Q), *_plain(d), by, wide, widths, found, most)
    largest = most.reshape(len(most), -1, LANES).max(axis=(0, 2))
    largest[d : d + 2] = np.sqrt(largest[d : d + 2])
    return largest[d:], largest[:d]


def _plain(d: int) -> tuple[Floats, Floats]:
    """A centre and a factor that change nothing."""
    return padded(np.zeros(d)), padded(np.ones(d))


def turned(W: Floats) -> tuple[int, Floats]:
    """Its columns one after the other, filled up with zeros to a multiple of GROUP; and how long they are."""
    d = len(W)
    wide = -(-d // GROUP) * GROUP
    flat = np.zeros((d, wide))
    flat[:, :d] = W.T
    return wide, flat.reshape(-1)


@njit(nogil=True)
def moved(y: Floats, by: Floats, d: int, wide: int, z: Floats) -> None:
    """z = W y of a block."""
    for j in range(0, BLOCK, LANES):
        for a in range(0, wide, GROUP):
            total = zeros(y, GROUP)
            for v in range(d):
                total = add_scaled(total, (load(y, v * BLOCK + j),), by, v * wide + a)
            store(z, a * BLOCK + j, total[0])
            store(z, (a + 1) * BLOCK + j, total[1])
            store(z, (a + 2) * BLOCK + j, total[2])
            store(z, (a + 3) * BLOCK + j, total[3])


@njit(nogil=True)
def _squares(y: Floats, d: int, squares: Floats) -> None:
    """|y|^2 of a block."""
    for j in range(0, BLOCK, LANES):
        total = zeros(y, 1)
        for v in range(d):
            one = load(y, v * BLOCK + j)
            total = add_products(total, (one,), y, v * BLOCK + j, BLOCK)
        store(squares, j, total[0])


@njit(parallel=True)
def _keys(
    K: Floats, m: int, centre: Floats, none: Floats, one: Floats, by: Floats, wide: int, found: Floats, totals: Floats
) -> None:
    d = len(centre)
    for part in numba.prange(len(found)):
        y, z, w, squares = (
            room((d + TILE) * BLOCK, by),
            room(wide * BLOCK, by),
            room(wide * BLOCK, by),
            room(BLOCK, by),
        )
        of, total = found[part], totals[part]
        of[: 2 * d * LANES], of[2 * d * LANES :] = -np.inf, 0
        for start in range(part * BLOCK, m, len(found) * BLOCK):
            count = min(m - start, BLOCK)
            turn(K, d, start, count, 0, d, none, one, y, BLOCK)
            for v in range(d):
                y[v * BLOCK + count : (v + 1) * BLOCK] = y[v * BLOCK]
                high, low = load(of, v * LANES), load(of, (d + v) * LANES)
                for j in range(0, BLOCK, LANES):
                    each = load(y, v * BLOCK + j)
                    high, low = larger(high, each), larger(low, times(each, splat(-1.0)))
                store(of, v * LANES, high)
                store(of, (d + v) * LANES, low)
                minus = splat(-centre[v])
                for j in range(0, BLOCK, LANES):
                    store(y, v * BLOCK + j, plus(load(y, v * BLOCK + j), minus))
                y[v * BLOCK + count : (v + 1) * BLOCK] = 0
                total_y = load(of, (2 * d + v) * LANES)
                for j in range(0, BLOCK, LANES):
                    total_y = plus(total_y, load(y, v * BLOCK + j))
                store(of, (2 * d + v) * LANES, total_y)
            _squares(y, d, squares)
            reach = load(of, 3 * d * LANES)
            for j in range(0, BLOCK, LANES):
                reach = larger(reach, load(squares, j))
            store(of, 3 * d * LANES, reach)
            moved(y, by, d, wide, z)
            _squares(z, d, squares)
            reach = load(of, (3 * d + 1) * LANES)
            for j in range(0, BLOCK, LANES):
                reach = larger(reach, load(squares, j))
                for a in range(wide):
                    store(w, a * BLOCK + j, times(load(z, a * BLOCK + j), load(squares, j)))
            store(of, (3 * d + 1) * LANES, reach)
            for a in range(d):
                for b in range(0, a + 1, GROUP):
                    products = zeros(z, BOTH)
                    for j in range(0, BLOCK, LANES):
                        both = (load(z, a * BLOCK + j), load(w, a * BLOCK + j))
                        products = add_products(products, both, z, b * BLOCK + j, BLOCK)
                    fold(total, (a * wide + b) * 2 * SPREAD, products)


@njit(parallel=True)
def _queries(
    Q: Floats, n: int, none: Floats, one: Floats, by: Floats, wide: int, widths: Floats, found: Floats, most: Floats
) -> None:
    d, each = len(widths), found.shape[1] > 0
    for part in numba.prange(len(most)):
        q, z = room((d + TILE) * BLOCK, by), room(wide * BLOCK, by)
        norms, squares, columns, largest = room(BLOCK, by), room(BLOCK, by), room(BLOCK, by), most[part]
        for start in range(part * BLOCK, n, len(most) * BLOCK):
            count = min(n - start, BLOCK)
            turn(Q, d, start, count, 0, d, none, one, q, BLOCK)
            columns[:] = 0
            for v in range(d):
                q[v * BLOCK + count : (v + 1) * BLOCK] = 0
                high, factor = load(largest, v * LANES), splat(widths[v])
                for j in range(0, BLOCK, LANES):
                    x = load(q, v * BLOCK + j)
                    size = larger(x, times(x, splat(-1.0)))
                    high = larger(high, size)
                    store(columns, j, plus(load(columns, j), times(size, factor)))
                store(largest, v * LANES, high)
            _squares(q, d, norms)
            moved(q, by, d, wide, z)
            _squares(z, d, squares)
            high, whitened, sums = load(largest, d * LANES), load(largest, (d + 1) * LANES), load(largest, (d + 2) * LANES)
            for j in range(0, BLOCK, LANES):
                high, whitened = larger(high, load(norms, j)), larger(whitened, load(squares, j))
                sums = larger(sums, load(columns, j))
            store(largest, d * LANES, high)
            store(largest, (d + 1) * LANES, whitened)
            store(largest, (d + 2) * LANES, sums)
            for j in range(count if each else 0):
                found[0, start + j], found[1, start + j] = np.sqrt(norms[j]), np.sqrt(squares[j])
                found[2, start + j] = columns[j]
