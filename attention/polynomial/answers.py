"""Sums over monomial features for queries that become answers where they are made: one compiled pass over Q."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np

from attention.columns import Columns
from attention.lanes import load, over, plus, room, splat, store, times, width
from attention.polynomial.monomials import Ints, Monomials
from attention.polynomial.sums import CHUNK, evaluated
from attention.sums import add_wide, zeros
from attention.turning import TILE, padded, turn, turn_tile
from instances.coded import Floats
from instances.compiling import njit


def query_outputs(
    Q: Floats, factor: Floats, coefficients: Floats, columns: Columns, m: Monomials, lowest: int, dtype: Any, sums: Floats,
    constants: Floats, result: Floats, means: Floats | None = None,
) -> None:  # fmt: skip
    """As `query_sums` and then `quotients`, in one pass; `sums` is only read, and may have no rows where it is zero. D_i is
    written to `means`, if they are given.
    """
    w, d = columns.width, Q.shape[1]
    starts = np.array([m.starts[-3], m.starts[-2], m.starts[lowest], d])
    parts = np.stack([coefficients[:, first : first + w].astype(dtype).reshape(-1) for first in columns.starts])
    shift, row = (padded(np.zeros(d)), padded(factor)), (padded(np.zeros(columns.count)), padded(np.ones(columns.count)))
    kernel = _output_kernel(w, width(np.dtype(dtype)))
    queries, given = (np.ascontiguousarray(X).reshape(-1) for X in (Q, sums))
    of = np.empty(0) if means is None else means
    kernel(
        queries, *shift, d, parts, m.last, starts, given, *row, constants, columns.unit, columns.mean, result.reshape(-1), of
    )


@cache
def _output_kernel(columns: int, lanes: int) -> Callable[..., None]:
    points, two, strip = 2 * lanes, 2 * columns, 256

    def outputs(
        Q: Floats, centre: Floats, factor: Floats, d: int, coefficients: Any, last: Ints, starts: Ints, given: Floats,
        none: Floats, one: Floats, constants: Floats, unit: Floats, mean: Floats, result: Floats, means: Floats,
    ) -> None:  # fmt: skip
        n, v, parents, count = len(Q) // d, len(mean), starts[1], len(coefficients) * columns
        for number in numba.prange((n + CHUNK - 1) // CHUNK):
            x, kept = room((d + TILE) * points, coefficients), room(parents * points, coefficients)
            sums = room((count + TILE) * strip, result)
            x[:], kept[:], sums[:] = 0, 1, 0
            for start in range(number * CHUNK, min(n, (number + 1) * CHUNK), strip):
                some = min(n - start, strip)
                if len(given):
                    turn(given, count, start, some, 0, count, none, one, sums, strip)
                for c in range(count):
                    constant = splat(constants[c])
                    for j in range(0, strip, TILE):
                        store(sums, c * strip + j, plus(load(sums, c * strip + j), constant) if len(given) else constant)
                for j in range(0, some, points):
                    turn(Q, d, start + j, min(some - j, points), 0, d, centre, factor, x, points)
                    for part in range(len(coefficients)):
                        total = evaluated(zeros(x, two), x, coefficients[part], 0, columns, kept, last, starts)
                        for c in range(columns):
                            at = (part * columns + c) * strip + j
                            add_wide(sums, at, total[c])
                            add_wide(sums, at + lanes, total[columns + c])
                for j in range(some if len(means) else 0):
                    means[start + j] = sums[v * strip + j]
                for c in range(v):
                    by, to = splat(unit[c]), splat(mean[c])
                    for j in range(0, strip, TILE):
                        N, D = load(sums, c * strip + j), load(sums, v * strip + j)
                        store(sums, c * strip + j, plus(to, times(by, over(N, D))))
                whole = v // TILE * TILE
                for j in range(0, some // TILE * TILE, TILE):
                    for c in range(0, whole, TILE):
                        turn_tile(result, (start + j) * v + c, v, sums, c * strip + j, strip, none, one, 0)
                for j in range(some):
                    for c in range(whole if j < some // TILE * TILE else 0, v):
                        result[(start + j) * v + c] = sums[c * strip + j]

    outputs.__qualname__ = f"outputs_{columns}_{lanes}"
    return njit(parallel=True)(outputs)
