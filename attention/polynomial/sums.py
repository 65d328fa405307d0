"""Compiled sums over monomial features, built as they are used: no (n, r) matrix is ever stored."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np

from attention.columns import SPREAD, Columns
from attention.lanes import lanes_of, load, room, store, times, width
from attention.polynomial.monomials import GROUPS, Ints, Monomials
from attention.sums import add_products, add_scaled, fold, zeros
from attention.turning import TILE, padded, turn
from instances.coded import Floats
from instances.compiling import njit, thread_count

CHUNK = 2048
"""Queries that a thread takes at a time."""


def key_sums(K: Floats, centre: Floats, factor: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any) -> Floats:
    """The (r, C) array of sum_j x_j^alpha y_jc for |alpha| >= lowest >= 1 (0 below), x = factor (K - centre), y the columns.

    x, y and the features are rounded to the working type `dtype`; a sum has at most GROUPS + 3 roundings of that type
    and is float64 from there on. Time O(m r C), memory O(r C) a thread.
    """
    block, threads = GROUPS * width(np.dtype(dtype)), np.arange(thread_count())
    parts = np.stack([threads * block, np.full(len(threads), len(K))], axis=1)
    found: Floats = _totals(K, centre, factor, columns, m, lowest, dtype, parts, len(threads) * block).sum(axis=0)
    return found


def block_sums(
    K: Floats, centre: Floats, factor: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any, edges: Ints
) -> Floats:
    """(blocks, r, C): the same sums for each of the blocks of keys edges[t] <= j < edges[t + 1]. Time O(m r C)."""
    parts = np.stack([edges[:-1], edges[1:]], axis=1)
    return _totals(K, centre, factor, columns, m, lowest, dtype, parts, GROUPS * width(np.dtype(dtype)))


@njit(parallel=True)
def block_constants(V: Floats, mean: Floats, inverse: Floats, edges: Ints, constants: Floats, sizes: Floats) -> None:
    """Of each block of keys constants[t, c] becomes the sum of y_jc = (V_jc - mean_c) inverse_c, in column v their number, and
    sizes[t, c] the sum of |y_jc|.
    """
    v = V.shape[1]
    for t in numba.prange(len(constants)):
        constants[t], sizes[t] = 0, 0
        for j in range(edges[t], edges[t + 1]):
            for c in range(v):
                y = (V[j, c] - mean[c]) * inverse[c]
                constants[t, c] += y
                sizes[t, c] += abs(y)
        constants[t, v] = edges[t + 1] - edges[t]


def _totals(
    K: Floats, centre: Floats, factor: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any, parts: Ints, step: int
) -> Floats:
    """(parts, r, C): sums over GROUPS vectors of keys from parts[t, 0] on, then from `step` keys further on, to parts[t, 1]."""
    kernel = _key_kernel(columns.width, width(np.dtype(dtype)))
    starts = np.array([m.starts[lowest - 1], m.starts[-2]])
    result, like = np.empty((len(parts), len(m.last), columns.count)), np.zeros(1, dtype)
    keys, values = (np.ascontiguousarray(X).reshape(-1) for X in (K, columns.V))
    shift = padded(centre), padded(factor), padded(columns.mean), padded(1 / columns.unit)
    kernel(keys, values, *shift, K.shape[1], columns.V.shape[1], m.last, starts, parts, step, result, like)
    return result


def query_sums(
    Q: Floats, factor: Floats, coefficients: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any, sums: Floats
) -> None:
    """Add sum_{|alpha| >= lowest} x_i^alpha coefficients[alpha, c] to sums[i, c], with x = factor Q, in the working type.

    From the highest degree down, so that the many small terms of high degree meet small sums. Time O(n r C).
    """
    chunk = 128 * width(np.dtype(dtype))
    starts = np.arange(0, len(Q), chunk)
    rows = np.stack([starts, np.minimum(starts + chunk, len(Q))], axis=1)
    one = Sets(coefficients[None], np.ones(len(coefficients)), np.ones(1), np.zeros((1, columns.count)))
    grouped_query_sums(Q, factor, one, columns, m, lowest, dtype, rows, np.zeros(len(rows), np.int64), sums)


class Sets(NamedTuple):
    """Coefficients for rows that see different keys: weights (r,) times the means of `counts` (s,) keys whose sums are `totals`
    (s, r, C); and `constants` (s, C).
    """

    totals: Floats
    weights: Floats
    counts: Floats
    constants: Floats


def grouped_query_sums(
    Q: Floats, factor: Floats, of: Sets, columns: Columns, m: Monomials, lowest: int, dtype: Any,
    rows: Ints, which: Ints, sums: Floats,
) -> None:  # fmt: skip
    """Add counts[s] sum_{|alpha| >= lowest} x_i^alpha coefficients[s, alpha, c] + constants[s, c] to sums[i, c] as `query_sums`
    does, s = which[t] for the rows rows[t, 0] <= i < rows[t, 1].
    """
    starts = np.array([m.starts[-3], m.starts[-2], m.starts[lowest], Q.shape[1]])
    kernel, like = _query_kernel(columns.width, width(np.dtype(dtype))), np.zeros(1, dtype)
    queries, d = np.ascontiguousarray(Q).reshape(-1), Q.shape[1]
    shift = padded(np.zeros(d)), padded(factor)
    for first in columns.starts:
        kernel(
            queries, *shift, d, of.totals, of.weights, of.counts, of.constants, first, m.last, starts, rows, which, like, sums
        )


@njit(parallel=True)
def quotients(sums: Floats, constants: Floats, unit: Floats, mean: Floats, result: Floats) -> None:
    """result (n, v): mean_c + unit_c N_ic / D_i with N_ic = constants[c] + sums[i, c] and D_i = constants[v] + sums[i, v]."""
    v = len(mean)
    for i in numba.prange(len(sums)):
        D = constants[v] + sums[i, v]
        for c in range(v):
            result[i, c] = mean[c] + unit[c] * ((constants[c] + sums[i, c]) / D)


@cache
def _key_kernel(columns: int, lanes: int) -> Callable[..., None]:
    two, block = 2 * columns, GROUPS * lanes

    def keys(
        K: Floats, V: Floats, centre: Floats, factor: Floats, mean: Floats, inverse: Floats, d: int, v: int,
        last: Ints, starts: Ints, parts: Ints, step: int, result: Floats, like: Any,
    ) -> None:  # fmt: skip
        silent, parents = starts
        count = result.shape[2]
        for part in numba.prange(len(parts)):
            x, y = room((d + TILE) * block, like), room((count + TILE) * block, like)
            kept, total = room(parents * block, like), room(result.shape[1] * count * SPREAD, result)
            x[:], kept[:], total[:] = 0, 1, 0
            for start in range(parts[part, 0], parts[part, 1], step):
                some = min(parts[part, 1] - start, block)
                turn(K, d, start, some, 0, d, centre, factor, x, block)
                turn(V, v, start, some, 0, v, mean, inverse, y, block)
                whole, index = (some + lanes - 1) // lanes * lanes, 1
                for c in range(count):
                    if c >= v:
                        y[c * block : c * block + some] = c == v
                    y[c * block + some : c * block + whole] = 0
                for q in range(silent):
                    for a in range(last[q], d):
                        for j in range(0, whole, lanes):
                            store(kept, index * block + j, times(load(kept, q * block + j), load(x, a * block + j)))
                        index += 1
                heard = index
                for first in range(0, count, columns):
                    index, sums, values = heard, first * result.shape[1], first * block
                    for q in range(silent, parents):
                        a = last[q]
                        while a + 1 < d:
                            pair = zeros(x, two)
                            for j in range(0, whole, lanes):
                                f = load(kept, q * block + j)
                                f0, f1 = times(f, load(x, a * block + j)), times(f, load(x, (a + 1) * block + j))
                                if index < parents:
                                    store(kept, index * block + j, f0)
                                if index + 1 < parents:
                                    store(kept, (index + 1) * block + j, f1)
                                pair = add_products(pair, (f0, f1), y, values + j, block)
                            fold(total, (sums + index * columns) * SPREAD, pair)
                            index += 2
                            a += 2
                        if a < d:
                            single = zeros(x, columns)
                            for j in range(0, whole, lanes):
                                f0 = times(load(kept, q * block + j), load(x, a * block + j))
                                if index < parents:
                                    store(kept, index * block + j, f0)
                                single = add_products(single, (f0,), y, values + j, block)
                            fold(total, (sums + index * columns) * SPREAD, single)
                            index += 1
            for first in range(0, count, columns):
                for index in range(result.shape[1]):
                    for c in range(columns):
                        at = (first * result.shape[1] + index * columns + c) * SPREAD
                        result[part, index, first + c] = total[at] + total[at + 1] + total[at + 2] + total[at + 3]

    keys.__qualname__ = f"keys_{columns}_{lanes}"
    return njit(parallel=True)(keys)


@njit(nogil=True)
def evaluated(total: Any, x: Any, coefficients: Any, at: int, columns: int, kept: Any, last: Ints, starts: Ints) -> Any:
    """`total`, of two vectors of points x and so many columns, plus sum_{|alpha| >= lowest} x^alpha coefficients[at + alpha
    columns + c]: the highest degree first, whose monomials are not kept.
    """
    lanes = lanes_of(x)
    points, index = 2 * lanes, 1
    grandparents, parents, lowest, d = starts
    for q in range(grandparents):
        f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
        for v in range(last[q], d):
            store(kept, index * points, times(f0, load(x, v * points)))
            store(kept, index * points + lanes, times(f1, load(x, v * points + lanes)))
            index += 1
    for q in range(grandparents, parents):
        f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
        for v in range(last[q], d):
            f = (times(f0, load(x, v * points)), times(f1, load(x, v * points + lanes)))
            total = add_scaled(total, f, coefficients, at + index * columns)
            index += 1
    for q in range(parents - 1, lowest - 1, -1):
        f = (load(kept, q * points), load(kept, q * points + lanes))
        total = add_scaled(total, f, coefficients, at + q * columns)
    return total


@cache
def _query_kernel(columns: int, lanes: int) -> Callable[..., None]:
    points, two = 2 * lanes, 2 * columns

    def queries(
        Q: Floats, centre: Floats, factor: Floats, d: int, totals: Floats, weights: Floats, counts: Floats, constants: Floats,
        first: int, last: Ints, starts: Ints, rows: Ints, which: Ints, like: Any, sums: Floats,
    ) -> None:  # fmt: skip
        r, parents = len(weights), starts[1]
        for number in numba.prange(len(which)):
            of, stop = which[number], rows[number, 1]
            keys, coefficients = counts[of], room(r * columns, like)
            for q in range(r):
                weight = weights[q] / keys
                for c in range(columns):
                    coefficients[q * columns + c] = totals[of, q, first + c] * weight
            x, result, kept = room((d + TILE) * points, like), room(columns * points, like), room(parents * points, like)
            x[:], kept[:] = 0, 1
            for start in range(rows[number, 0], stop, points):
                count = min(stop - start, points)
                turn(Q, d, start, count, 0, d, centre, factor, x, points)
                total = evaluated(zeros(x, two), x, coefficients, 0, columns, kept, last, starts)
                for c in range(columns):
                    store(result, c * points, total[c])
                    store(result, c * points + lanes, total[columns + c])
                for j in range(count):
                    for c in range(columns):
                        sums[start + j, first + c] += keys * result[c * points + j] + constants[of, first + c]

    queries.__qualname__ = f"queries_{columns}_{lanes}"
    return njit(parallel=True)(queries)
