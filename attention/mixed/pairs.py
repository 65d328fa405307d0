"""Compiled sums over pairs of boxes: features of keys are summed and met by those of queries, or every pair by its definition.

With centres a, b of A and B, dq = q - a, dk = k - b, binary exponents are taken apart exactly:

    <q, k> = <q, b> + <a, dk> + <dq, dk>,     -c |q - k|^2 = -c |q - b|^2 + (2 c <a - b, dk> - c |dk|^2) + 2 c <dq, dk>,

the row's part, the key's part, and the argument of the polynomial, which is `factor` <dq, dk>. The key's part has its bound
`top` taken off, and the row's part has it added, so that neither overflows. Columns of `factor` dq and dk are scaled by powers
of two so that both are as large. Points stand in tiles (module `trees`); sums of a row stand as values do, in tiles of columns.
"""

from math import frexp, ldexp
from typing import Any

import numba
import numpy as np

from attention.columns import SPREAD
from attention.exp2_lanes import exp2_each, exp2_rough
from attention.lanes import larger, load, plus, splat, store, times
from attention.mixed.trees import TILE
from attention.sums import add_products, add_scaled, fold, zeros_each
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit

LANES = 8
"""The floats of a vector; a tile is two of them."""

BLOCK = 64
"""Keys whose features, or whose columns, are held at once."""

LOWEST = -1022.0


@njit(nogil=True)
def prepared(rule: Any, Q: Any, K: Any, A: int, B: int, slope: Floats, of_rows: Floats, of_keys: Floats) -> float:
    """`top`; and into the arrays the key's slope, and the factors by which dq and dk are scaled."""
    top = 0.0
    for c in range(len(slope)):
        a, b, h, k = Q.centre[A, c], K.centre[B, c], Q.half[A, c], K.half[B, c]
        slope[c] = a if rule.curve == 0 else 2 * rule.curve * (a - b)
        top += abs(slope[c]) * k
        if h > 0 and k > 0:
            of_keys[c] = ldexp(1.0, min(max((frexp(h)[1] + frexp(rule.factor)[1] - frexp(k)[1]) // 2, -1000), 1000))
            of_rows[c] = rule.factor / of_keys[c]
        else:
            of_keys[c] = of_rows[c] = 0.0
    return top


@njit(nogil=True)
def keys(
    points: Floats, values: Floats, begin: int, end: int, centre: Floats, slope: Floats, curve: float, factor: Floats,
    top: float, last: Ints, parents: int, x: Floats, kept: Floats, totals: Floats, width: Any,
) -> None:  # fmt: skip
    """Adds the sums over keys from `begin` to `end` of their features, weighted, to `totals`."""
    d, columns = len(slope), len(width)
    for start in range(begin, end, BLOCK):
        count = min(end - start, BLOCK)
        for j in range(0, count, LANES):
            place = (start + j) // TILE * d * TILE + (start + j) % TILE
            z = splat(-top)
            for c in range(d):
                k = plus(load(points, place + c * TILE), splat(-centre[c]))
                z = plus(z, times(k, splat(slope[c])))
                if curve != 0:
                    z = plus(z, times(times(k, k), splat(-curve)))
                store(x, c * BLOCK + j, times(k, splat(factor[c])))
            store(kept, j, exp2_each((larger(z, splat(LOWEST)),))[0])
        first = start // TILE * columns * TILE
        single = zeros_each(x, width, 1)
        for j in range(0, count, LANES):
            single = add_products(single, (load(kept, j),), values, first + j // TILE * columns * TILE + j % TILE, TILE)
        fold(totals, 0, single)
        index = 1
        for q in range(parents):
            v = last[q]
            while v + 1 < d:
                pair = zeros_each(x, width, 2)
                for j in range(0, count, LANES):
                    f = load(kept, q * BLOCK + j)
                    f0, f1 = times(f, load(x, v * BLOCK + j)), times(f, load(x, (v + 1) * BLOCK + j))
                    if index < parents:
                        store(kept, index * BLOCK + j, f0)
                    if index + 1 < parents:
                        store(kept, (index + 1) * BLOCK + j, f1)
                    pair = add_products(pair, (f0, f1), values, first + j // TILE * columns * TILE + j % TILE, TILE)
                fold(totals, index * columns * SPREAD, pair)
                index += 2
                v += 2
            if v < d:
                single = zeros_each(x, width, 1)
                for j in range(0, count, LANES):
                    f0 = times(load(kept, q * BLOCK + j), load(x, v * BLOCK + j))
                    if index < parents:
                        store(kept, index * BLOCK + j, f0)
                    single = add_products(single, (f0,), values, first + j // TILE * columns * TILE + j % TILE, TILE)
                fold(totals, index * columns * SPREAD, single)
                index += 1


@njit(nogil=True)
def rows(
    points: Floats, shifts: Floats, begin: int, end: int, centre: Floats, other: Floats, curve: float, factor: Floats,
    top: float, last: Ints, parents: int, grandparents: int, sums: Floats, x: Floats, kept: Floats, result: Floats, width: Any,
) -> None:  # fmt: skip
    """Adds what `sums` give for queries from `begin` to `end` to `result`."""
    d, columns = len(centre), len(width)
    for tile in range(begin // TILE, end // TILE):
        z0 = plus(splat(top), times(load(shifts, tile * TILE), splat(-1.0)))
        z1 = plus(splat(top), times(load(shifts, tile * TILE + LANES), splat(-1.0)))
        for c in range(d):
            at = (tile * d + c) * TILE
            q0, q1 = load(points, at), load(points, at + LANES)
            if curve != 0:
                s0, s1 = plus(q0, splat(-other[c])), plus(q1, splat(-other[c]))
                z0 = plus(z0, times(times(s0, s0), splat(-curve)))
                z1 = plus(z1, times(times(s1, s1), splat(-curve)))
            else:
                z0, z1 = plus(z0, times(q0, splat(other[c]))), plus(z1, times(q1, splat(other[c])))
            store(x, c * TILE, times(plus(q0, splat(-centre[c])), splat(factor[c])))
            store(x, c * TILE + LANES, times(plus(q1, splat(-centre[c])), splat(factor[c])))
        w0, w1 = exp2_each((larger(z0, splat(LOWEST)), larger(z1, splat(LOWEST))))
        store(kept, 0, splat(1.0))
        store(kept, LANES, splat(1.0))
        index, total = 1, zeros_each(x, width, 2)
        for q in range(grandparents):
            f0, f1 = load(kept, q * TILE), load(kept, q * TILE + LANES)
            for v in range(last[q], d):
                store(kept, index * TILE, times(f0, load(x, v * TILE)))
                store(kept, index * TILE + LANES, times(f1, load(x, v * TILE + LANES)))
                index += 1
        for q in range(grandparents, parents):
            f0, f1 = load(kept, q * TILE), load(kept, q * TILE + LANES)
            for v in range(last[q], d):
                f = (times(f0, load(x, v * TILE)), times(f1, load(x, v * TILE + LANES)))
                total = add_scaled(total, f, sums, index * columns)
                index += 1
        for q in range(max(parents, 1) - 1, -1, -1):
            total = add_scaled(total, (load(kept, q * TILE), load(kept, q * TILE + LANES)), sums, q * columns)
        for c in range(columns):
            at = (tile * columns + c) * TILE
            store(result, at, plus(load(result, at), times(w0, total[c])))
            store(result, at + LANES, plus(load(result, at + LANES), times(w1, total[columns + c])))


@njit(nogil=True)
def definition(
    queries: Floats, shifts: Floats, begin: int, end: int, points: Floats, values: Floats, laid: Floats, start: int, stop: int,
    other: Floats, curve: float, apart: bool, rough: bool, x: Floats, result: Floats, width: Any,
) -> None:  # fmt: skip
    """Adds the sums over all pairs of queries from `begin` to `end` and keys from `start` to `stop` to `result`.

    Binary exponents are <q, k>, of keys that are `laid` out; or -c |q - k|^2, which where `apart` is -c |s|^2 + 2 c <s, t>, s
    and t from `other`, the centre of the keys, and a factor 2^(-c |t|^2) of their values.
    """
    d, columns = len(other), len(width)
    about, squares = curve != 0 and apart, curve != 0 and not apart
    each, value = d + columns, d * TILE
    for tile in range(begin // TILE, end // TILE):
        first, second = times(load(shifts, tile * TILE), splat(-1.0)), times(load(shifts, tile * TILE + LANES), splat(-1.0))
        for c in range(d):
            at = (tile * d + c) * TILE
            q0, q1 = load(queries, at), load(queries, at + LANES)
            if about:
                q0, q1 = plus(q0, splat(-other[c])), plus(q1, splat(-other[c]))
                first = plus(first, times(times(q0, q0), splat(-curve)))
                second = plus(second, times(times(q1, q1), splat(-curve)))
            store(x, c * TILE, q0)
            store(x, c * TILE + LANES, q1)
        for block in range(start, stop, BLOCK):
            total = zeros_each(queries, width, 2)
            for j in range(block, min(block + BLOCK, stop)):
                z = (first, second)
                if squares:
                    for c in range(d):
                        k = splat(-points[(j // TILE * d + c) * TILE + j % TILE])
                        s0, s1 = plus(load(x, c * TILE), k), plus(load(x, c * TILE + LANES), k)
                        z = (plus(z[0], times(times(s0, s0), splat(-curve))), plus(z[1], times(times(s1, s1), splat(-curve))))
                    for c in range(columns):
                        x[value + c] = values[(j // TILE * columns + c) * TILE + j % TILE]
                else:
                    for c in range(d):
                        z = add_scaled(z, (load(x, c * TILE), load(x, c * TILE + LANES)), laid, j * each + c)
                if not about:  # whose exponents are not as small
                    z = (larger(z[0], splat(LOWEST)), larger(z[1], splat(LOWEST)))
                w = exp2_rough(z) if rough else exp2_each(z)
                total = add_scaled(total, w, x, value) if squares else add_scaled(total, w, laid, j * each + d)
            for c in range(columns):
                place = (tile * columns + c) * TILE
                store(result, place, plus(load(result, place), total[c]))
                store(result, place + LANES, plus(load(result, place + LANES), total[columns + c]))


@njit(parallel=True)
def laid_out(K: Any, points: Floats, values: Floats, curve: float, columns: int) -> Floats:
    """Keys of leaves as `definition` reads them, one after the other: d coordinates and the values; for squares 2 c t, t the
    key less the centre of its leaf, and the values times 2^(-c |t|^2).
    """
    d = K.centre.shape[1]
    each = d + columns
    found = np.zeros(len(points) // d * each)
    for B in numba.prange(len(K.left)):
        for j in range(K.start[B] if K.left[B] < 0 else K.stop[B], K.stop[B]):
            more = 0.0
            for c in range(d):
                k = points[(j // TILE * d + c) * TILE + j % TILE]
                if curve != 0:
                    k -= K.centre[B, c]
                    more -= curve * (k * k)
                    k *= 2 * curve
                found[j * each + c] = k
            factor = np.exp2(more)
            for c in range(columns):
                found[j * each + d + c] = factor * values[(j // TILE * columns + c) * TILE + j % TILE]
    return found
