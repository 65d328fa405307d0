"""Passes over K and Q for the moments of module `moments`, each in one go, in parallel."""

import numba
import numpy as np

from attention.columns import SPREAD
from attention.lanes import aligned, larger, load, plus, room, splat, store, times
from attention.sums import add_products, add_scaled, fold, zeros
from instances.coded import Floats
from instances.compiling import njit, thread_count

LANES = 8
"""The float64 of a vector."""

BLOCK = 64
"""Rows that are worked on side by side."""

GROUP, BOTH = 4, 8
"""Coordinates that are summed at once, once and weighed."""


def key_pass(centre: Floats, W: Floats, K: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(2, d) the largest K_c and -K_c; of y = K - centre and z = W y, (d,) the sums of y_c, (2,) the largest |y|^2 and |z|^2,
    and (2, d, d) the sums of z z^T and |z|^2 z z^T. All sums are float64, in any order. Time O(m d^2), m >= 1.
    """
    d, threads = K.shape[1], thread_count()
    padded, turned = _turned(W)
    found = aligned((threads, (3 * d + 2) * LANES), np.float64)
    totals = aligned((threads, 2 * padded * padded * SPREAD), np.float64)
    totals[:] = 0
    _keys(K, centre, turned, padded, found, totals)
    lanes = found.reshape(threads, 3 * d + 2, LANES)
    most, sums = lanes[:, : 2 * d].max(axis=(0, 2)).reshape(2, d), lanes[:, 2 * d : 3 * d].sum(axis=(0, 2))
    powers = totals.reshape(threads, padded, padded // GROUP, 2, GROUP, SPREAD).sum(axis=(0, 5))
    powers = powers.transpose(2, 0, 1, 3).reshape(2, padded, padded)[:, :d, :d]
    lower = np.tril(np.ones((d, d), np.bool_))
    powers = np.where(lower, powers, powers.transpose(0, 2, 1))
    return most, sums, lanes[:, 3 * d :].max(axis=(0, 2)), powers


def query_pass(turn: Floats, widths: Floats, Q: Floats) -> tuple[Floats, Floats]:
    """(3, n): |q|, |turn q| and sum_c |q_c| widths_c of each row q; and (d,) the largest |q_c|. Time O(n d^2)."""
    padded, turned = _turned(turn)
    found, most = np.empty((3, len(Q))), aligned((thread_count(), len(widths) * LANES), np.float64)
    most[:] = 0
    _queries(Q, turned, padded, widths, found, most)
    return found, most.reshape(len(most), -1, LANES).max(axis=(0, 2))


def _turned(W: Floats) -> tuple[int, Floats]:
    """Its columns one after the other, filled up with zeros to a multiple of GROUP; and how long they are."""
    d = len(W)
    padded = -(-d // GROUP) * GROUP
    flat = np.zeros((d, padded))
    flat[:, :d] = W.T
    return padded, flat.reshape(-1)


@njit(nogil=True)
def _turn(y: Floats, turned: Floats, d: int, padded: int, z: Floats) -> None:
    """z = W y of a block."""
    for j in range(0, BLOCK, LANES):
        for a in range(0, padded, GROUP):
            total = zeros(y, GROUP)
            for v in range(d):
                total = add_scaled(total, (load(y, v * BLOCK + j),), turned, v * padded + a)
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
def _keys(K: Floats, centre: Floats, turned: Floats, padded: int, found: Floats, totals: Floats) -> None:
    m, d = K.shape
    for part in numba.prange(len(found)):
        y, z, w, squares = (
            room(d * BLOCK, turned),
            room(padded * BLOCK, turned),
            room(padded * BLOCK, turned),
            room(BLOCK, turned),
        )
        of, total = found[part], totals[part]
        of[: 2 * d * LANES], of[2 * d * LANES :] = -np.inf, 0
        for start in range(part * BLOCK, m, len(found) * BLOCK):
            count = min(m - start, BLOCK)
            for v in range(d):
                for j in range(count):
                    y[v * BLOCK + j] = K[start + j, v]
                y[v * BLOCK + count : (v + 1) * BLOCK] = y[v * BLOCK]
                high, low = load(of, v * LANES), load(of, (d + v) * LANES)
                for j in range(0, BLOCK, LANES):
                    one = load(y, v * BLOCK + j)
                    high, low = larger(high, one), larger(low, times(one, splat(-1.0)))
                store(of, v * LANES, high)
                store(of, (d + v) * LANES, low)
                for j in range(count):
                    y[v * BLOCK + j] -= centre[v]
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
            _turn(y, turned, d, padded, z)
            _squares(z, d, squares)
            reach = load(of, (3 * d + 1) * LANES)
            for j in range(0, BLOCK, LANES):
                reach = larger(reach, load(squares, j))
                for a in range(padded):
                    store(w, a * BLOCK + j, times(load(z, a * BLOCK + j), load(squares, j)))
            store(of, (3 * d + 1) * LANES, reach)
            for a in range(d):
                for b in range(0, a + 1, GROUP):
                    products = zeros(z, BOTH)
                    for j in range(0, BLOCK, LANES):
                        both = (load(z, a * BLOCK + j), load(w, a * BLOCK + j))
                        products = add_products(products, both, z, b * BLOCK + j, BLOCK)
                    fold(total, (a * padded + b) * 2 * SPREAD, products)


@njit(parallel=True)
def _queries(Q: Floats, turned: Floats, padded: int, widths: Floats, found: Floats, most: Floats) -> None:
    n, d = Q.shape
    for part in numba.prange(len(most)):
        q, z = room(d * BLOCK, turned), room(padded * BLOCK, turned)
        norms, moved, columns, largest = room(BLOCK, turned), room(BLOCK, turned), room(BLOCK, turned), most[part]
        q[:] = 0
        for start in range(part * BLOCK, n, len(most) * BLOCK):
            count = min(n - start, BLOCK)
            for v in range(d):
                for j in range(count):
                    q[v * BLOCK + j] = Q[start + j, v]
            columns[:] = 0
            for v in range(d):
                high, factor = load(largest, v * LANES), splat(widths[v])
                for j in range(0, BLOCK, LANES):
                    one = load(q, v * BLOCK + j)
                    size = larger(one, times(one, splat(-1.0)))
                    high = larger(high, size)
                    store(columns, j, plus(load(columns, j), times(size, factor)))
                store(largest, v * LANES, high)
            _squares(q, d, norms)
            _turn(q, turned, d, padded, z)
            _squares(z, d, moved)
            for j in range(count):
                found[0, start + j], found[1, start + j] = np.sqrt(norms[j]), np.sqrt(moved[j])
                found[2, start + j] = columns[j]
