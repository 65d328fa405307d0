"""Compiled sums over monomial features, built as they are used: no (n, r) matrix is ever stored."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np

from attention.columns import SPREAD, Columns
from attention.lanes import aligned, load, room, store, times, width
from attention.polynomial.monomials import GROUPS, Ints, Monomials
from attention.sums import add_products, add_scaled, fold, zeros
from instances.coded import Floats
from instances.compiling import njit, thread_count


def key_sums(K: Floats, centre: Floats, factor: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any) -> Floats:
    """The (r, C) array of sum_j x_j^alpha y_jc for |alpha| >= lowest >= 1 (0 below), x = factor (K - centre), y the columns.

    x, y and the features are rounded to the working type `dtype`; a sum has at most GROUPS + 3 roundings of that type
    and is float64 from there on. Time O(m r C), memory O(r C) a thread.
    """
    r, lanes = len(m.last), width(np.dtype(dtype))
    starts = np.array([m.starts[lowest - 1], m.starts[-2]])
    result = np.empty((r, columns.count))
    w = columns.width
    for first in columns.starts:
        totals = aligned((thread_count(), r * w * SPREAD), np.float64)
        totals[:] = 0
        kernel = _key_kernel(w, lanes)
        kernel(K, centre, factor, columns.V, columns.mean, 1 / columns.unit, first, m.last, starts, totals, np.zeros(1, dtype))
        result[:, first : first + w] = totals.sum(axis=0).reshape(r, w, SPREAD).sum(axis=2)
    return result


def query_sums(
    Q: Floats, factor: Floats, coefficients: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any, sums: Floats
) -> None:
    """Add sum_{|alpha| >= lowest} x_i^alpha coefficients[alpha, c] to sums[i, c], with x = factor Q, in the working type.

    From the highest degree down, so that the many small terms of high degree meet small sums. Time O(n r C).
    """
    starts = np.array([m.starts[-3], m.starts[-2], m.starts[lowest]])
    w = columns.width
    for first in columns.starts:
        part = np.ascontiguousarray(coefficients[:, first : first + w], dtype).reshape(-1)
        _query_kernel(w, width(part.dtype))(Q, factor, part, first, m.last, starts, sums)


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
        K: Floats, centre: Floats, factor: Floats, V: Floats, mean: Floats, inverse: Floats, first: int,
        last: Ints, starts: Ints, totals: Floats, like: Any,
    ) -> None:  # fmt: skip
        m, d = K.shape
        silent, parents = starts
        for part in numba.prange(len(totals)):
            x, y = room(d * block, like), room(columns * block, like)
            kept, total = room(parents * block, like), totals[part]
            x[:], kept[:] = 0, 1
            for start in range(part * block, m, len(totals) * block):
                count = min(m - start, block)
                for j in range(count):
                    for v in range(d):
                        x[v * block + j] = (K[start + j, v] - centre[v]) * factor[v]
                    for c in range(min(columns, V.shape[1] - first)):
                        y[c * block + j] = (V[start + j, first + c] - mean[first + c]) * inverse[first + c]
                for c in range(columns):
                    if first + c >= V.shape[1]:
                        y[c * block : c * block + count] = first + c == V.shape[1]
                    y[c * block + count : (c + 1) * block] = 0
                index = 1
                for q in range(silent):
                    for v in range(last[q], d):
                        for j in range(0, block, lanes):
                            store(kept, index * block + j, times(load(kept, q * block + j), load(x, v * block + j)))
                        index += 1
                for q in range(silent, parents):
                    v = last[q]
                    while v + 1 < d:
                        pair = zeros(x, two)
                        for j in range(0, block, lanes):
                            f = load(kept, q * block + j)
                            f0, f1 = times(f, load(x, v * block + j)), times(f, load(x, (v + 1) * block + j))
                            if index < parents:
                                store(kept, index * block + j, f0)
                            if index + 1 < parents:
                                store(kept, (index + 1) * block + j, f1)
                            pair = add_products(pair, (f0, f1), y, j, block)
                        fold(total, index * columns * SPREAD, pair)
                        index += 2
                        v += 2
                    if v < d:
                        single = zeros(x, columns)
                        for j in range(0, block, lanes):
                            f0 = times(load(kept, q * block + j), load(x, v * block + j))
                            if index < parents:
                                store(kept, index * block + j, f0)
                            single = add_products(single, (f0,), y, j, block)
                        fold(total, index * columns * SPREAD, single)
                        index += 1

    keys.__qualname__ = f"keys_{columns}_{lanes}"
    return njit(parallel=True)(keys)


@cache
def _query_kernel(columns: int, lanes: int) -> Callable[..., None]:
    points, two = 2 * lanes, 2 * columns
    chunk = 64 * points

    def queries(Q: Floats, factor: Floats, coefficients: Any, first: int, last: Ints, starts: Ints, sums: Floats) -> None:
        n, d = Q.shape
        grandparents, parents, lowest = starts
        for number in numba.prange((n + chunk - 1) // chunk):
            x, result, kept = (
                room(d * points, coefficients),
                room(columns * points, coefficients),
                room(parents * points, coefficients),
            )
            x[:], kept[:] = 0, 1
            for start in range(number * chunk, min(n, (number + 1) * chunk), points):
                count = min(n - start, points)
                for j in range(count):
                    for v in range(d):
                        x[v * points + j] = Q[start + j, v] * factor[v]
                index = 1
                for q in range(grandparents):
                    f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
                    for v in range(last[q], d):
                        store(kept, index * points, times(f0, load(x, v * points)))
                        store(kept, index * points + lanes, times(f1, load(x, v * points + lanes)))
                        index += 1
                total = zeros(x, two)
                for q in range(grandparents, parents):
                    f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
                    for v in range(last[q], d):
                        f = (times(f0, load(x, v * points)), times(f1, load(x, v * points + lanes)))
                        total = add_scaled(total, f, coefficients, index * columns)
                        index += 1
                for q in range(parents - 1, lowest - 1, -1):
                    f = (load(kept, q * points), load(kept, q * points + lanes))
                    total = add_scaled(total, f, coefficients, q * columns)
                for c in range(columns):
                    store(result, c * points, total[c])
                    store(result, c * points + lanes, total[columns + c])
                for j in range(count):
                    for c in range(columns):
                        sums[start + j, first + c] += result[c * points + j]

    queries.__qualname__ = f"queries_{columns}_{lanes}"
    return njit(parallel=True)(queries)
