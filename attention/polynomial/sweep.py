"""The derivative of sums over monomial features by reverse mode: each monomial passes what depends on it to its parent.

h(x) = sum_alpha x^alpha G_alpha with G_alpha = sum_c coefficients[alpha, c] W_c has dh/dx_a = sum_alpha alpha_a x^(alpha - e_a)
G_alpha. A monomial t is its parent p times a variable a, F_t = F_p x_a. From the last monomial to the first, G_t being
complete once all its children are done,

    G_p += G_t x_a,    dx_a += G_t F_p:

a product with each of C columns and two more for a monomial, where a widened sum for each of d variables takes C d.
"""

from collections.abc import Callable
from functools import cache

import numba
import numpy as np

from attention.columns import Columns
from attention.lanes import load, load_each, plus, room, store, times, width
from attention.polynomial.monomials import Ints, Monomials
from attention.sums import combined, zeros
from instances.coded import Floats
from instances.compiling import njit


def sweep(X: Floats, centre: Floats, factor: Floats, coefficients: Floats, W: Floats, columns: Columns, m: Monomials) -> Floats:
    """(n, d): of each row the gradient of sum_{|alpha| >= 1, c} x^alpha coefficients[alpha, c] W_ic by x = factor (X - centre).

    float64; W is (n, C). Time O(n r C), memory O(r) a thread.
    """
    starts, w, found = np.array([m.starts[-2], m.starts[-1]]), columns.width, np.zeros(X.shape)
    for first in columns.starts:
        part = np.ascontiguousarray(coefficients[:, first : first + w]).reshape(-1)
        _sweep_kernel(w, width(part.dtype))(X, centre, factor, part, W, first, m.last, starts, found)
    return found


@cache
def _sweep_kernel(columns: int, lanes: int) -> Callable[..., None]:
    points, two = 2 * lanes, 2 * columns
    chunk = 64 * points

    def sweeps(
        X: Floats, centre: Floats, factor: Floats, coefficients: Floats, W: Floats, first: int, last: Ints, starts: Ints,
        found: Floats,
    ) -> None:  # fmt: skip
        n, d = X.shape
        parents, r = starts
        for number in numba.prange((n + chunk - 1) // chunk):
            x, dx, weights = (
                room(d * points, coefficients),
                room(d * points, coefficients),
                room(columns * points, coefficients),
            )
            kept, passed = room(parents * points, coefficients), room(parents * points, coefficients)
            x[:], weights[:], kept[:] = 0, 0, 1
            for start in range(number * chunk, min(n, (number + 1) * chunk), points):
                count = min(n - start, points)
                for j in range(count):
                    for v in range(d):
                        x[v * points + j] = (X[start + j, v] - centre[v]) * factor[v]
                    for c in range(columns):
                        weights[c * points + j] = W[start + j, first + c]
                index = 1
                for q in range(parents):
                    f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
                    for v in range(last[q], d):
                        if index < parents:
                            store(kept, index * points, times(f0, load(x, v * points)))
                            store(kept, index * points + lanes, times(f1, load(x, v * points + lanes)))
                            index += 1
                dx[:] = 0
                of = load_each(weights, 0, two)
                index = r
                for q in range(parents - 1, -1, -1):
                    f0, f1 = load(kept, q * points), load(kept, q * points + lanes)
                    total = zeros(x, 2)
                    for v in range(d - 1, last[q] - 1, -1):
                        index -= 1
                        if index >= parents:
                            g = combined(of, coefficients, index * columns, 2)
                        else:
                            g = load(passed, index * points), load(passed, index * points + lanes)
                        total = (
                            plus(total[0], times(g[0], load(x, v * points))),
                            plus(total[1], times(g[1], load(x, v * points + lanes))),
                        )
                        store(dx, v * points, plus(load(dx, v * points), times(g[0], f0)))
                        store(dx, v * points + lanes, plus(load(dx, v * points + lanes), times(g[1], f1)))
                    if q > 0:
                        g = combined(of, coefficients, q * columns, 2)
                        store(passed, q * points, plus(total[0], g[0]))
                        store(passed, q * points + lanes, plus(total[1], g[1]))
                for j in range(count):
                    for v in range(d):
                        found[start + j, v] += dx[v * points + j]

    sweeps.__qualname__ = f"sweeps_{columns}_{lanes}"
    return njit(parallel=True)(sweeps)
