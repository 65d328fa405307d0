"""Gradients of softmax attention by their definition in float64, tile by tile: the reference for faster ones.

Letters: P the weights, f_ij = <dO_i, V_j>, delta_i = sum_j P_ij f_ij = <dO_i, O_i>, dS_ij = P_ij (f_ij - delta_i), dV = P^T dO,
dQ = scale dS K, dK = scale dS^T Q, dX = Q^T dQ. A first pass finds each row's peak, its mass D_i and its output O_i; a second
one makes P and dS of one tile after the other and multiplies. All sums are float64.

Rounding. u = 2^-53, a and q = e^{2a} - 1 + 4u are those of module `rounding`, gamma(k) = k u/(1 - k u), tiny the least normal
number. A weight and a mass are each within a factor e^{+-a} of the true ones by the same peak, so

    |P' - P| <= rho P + 16 tiny,   rho = e^{2a + 4u} - 1,   |O'_ic - O_ic| <= q max_j |V_jc| (+ flushed).

Let A_i = sum_c |dO_ic| max_j |V_jc|, so that |f_ij| <= A_i and |delta_i| <= A_i. With g = gamma(v + 2),

    |(f - delta)' - (f - delta)| <= h A_i,   h = 2 g (1 + q) + q + 3u,

and since |f - delta| <= 2 A_i, a product off by one rounding more is

    |dS' - dS| <= sigma P_ij A_i,   sigma = (rho + u (1 + rho)) (2 + h) + h.

Now sum_j P_ij = 1, P_ij <= 1, sum_j |dS_ij| <= A_i (the mean deviation of f is at most its largest value), |dS_ij| <= A_i/2.
Sums of m or n products, two roundings for the scale, in any order, are off by gamma of their number, so, entry by entry,

    |dQ' - dQ|_ic <= |scale| max_j |K_jc| A_i (sigma (1 + G) + G),              G = gamma(m + 3),
    |dK' - dK|_jc <= |scale| sum_i A_i |Q_ic| (sigma (1 + H) + H),              H = gamma(n + 3),
    |dV' - dV|_jc <= sum_i |dO_ic| (rho (1 + H) + H),
    |dX' - dX|_xc <= |scale| max_j |K_jc| sum_i A_i |Q_ix| ((sigma (1 + G) + G)(1 + H) + H),

each plus 64 tiny (n + m + v + d + 32)^3 (1 + max|V|)(1 + max|dO|)(1 + max|K|)(1 + max|Q|)(1 + |scale|) for what is flushed:
weights, products and outputs under tiny (that of a delta enters dK some v n m times). Nothing is promised where q > 1/4, g, G
or H > 1/8, or a bound is near overflow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import expm1, inf
from typing import ClassVar, NamedTuple

import numpy as np

from attention.algorithm import NO_PROMISE, Promise, asked_for, check_mechanism
from attention.exact.softmax import partial_sums
from attention.exact.streaming import BLOCK, ROW_BLOCK, scores
from attention.exp2 import exp2
from attention.rounding import U64, WIDEN, Rounding, gamma
from instances.coded import Floats, column_bounds, column_of, dense
from instances.gradients import Gradient
from instances.task import Attention


class Gradients(NamedTuple):
    """dQ (n, d), dK (m, d) and dV (m, v)."""

    dQ: Floats
    dK: Floats
    dV: Floats


class Errors(NamedTuple):
    """What the entries of each column may be off by: dQ (d,), dK (d,), dV (v,), and dX (d,) of the worst row."""

    dQ: Floats
    dK: Floats
    dV: Floats
    dX: Floats


@dataclass(frozen=True)
class Backward:
    """One column of dQ, dK, dV or dX by the definition in float64, with a proved rounding error (module `backward`).

    Time O(n m (d + v)), memory O(n + m) beyond dense rows of a block. Keys that a row does not see add nothing, and tiles that
    no row sees take no time.
    """

    gradients: ClassVar[bool] = True
    visibility: ClassVar[bool] = True
    logarithmic: ClassVar[bool] = False
    key: ClassVar[str] = "backward"

    def promise(self, inputs: Attention) -> Promise:
        check_mechanism(self, inputs)
        asked = asked_for(Gradient, self.key, inputs)
        error = float(getattr(errors(inputs, asked.dO), asked.of)[asked.column])
        return Promise(error, 0.0) if error < inf else NO_PROMISE

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        asked = asked_for(Gradient, self.key, inputs)
        column, of = asked.column, asked.of
        found = np.zeros(inputs.m if of in ("dK", "dV") else inputs.n)
        factors = asked.dO[:, column] if of == "dV" else column_of(inputs.K if of in ("dQ", "dX") else inputs.Q, column)
        for rows, keys, P, dS in tiles(inputs, asked.dO):
            if of == "dV":
                found[keys] += factors[rows] @ P
            elif of == "dK":
                found[keys] += factors[rows] @ dS
            else:
                found[rows] += dS @ factors[keys]
        found *= 1.0 if of == "dV" else inputs.scale
        if of == "dX":
            blocks = range(0, inputs.n, ROW_BLOCK)
            parts = (found[start : start + ROW_BLOCK] @ inputs.queries(slice(start, start + ROW_BLOCK)) for start in blocks)
            found = sum(parts, np.zeros(inputs.d))
        return found[:, None]


def backward(inputs: Attention, dO: Floats) -> Gradients:
    """All of dQ, dK and dV; dQ is 0 for rows that see no key."""
    d, v = inputs.d, inputs.V.shape[1]
    found = Gradients(np.zeros((inputs.n, d)), np.zeros((inputs.m, d)), np.zeros((inputs.m, v)))
    for rows, keys, P, dS in tiles(inputs, dO):
        found.dQ[rows] += dS @ inputs.keys(keys)
        found.dK[keys] += dS.T @ inputs.queries(rows)
        found.dV[keys] += P.T @ dO[rows]
    found.dQ[:] *= inputs.scale
    found.dK[:] *= inputs.scale
    return found


def tiles(inputs: Attention, dO: Floats) -> Iterator[tuple[slice, slice, Floats, Floats]]:
    """(rows, keys, P, dS) of successive tiles; those that no row sees are left out."""
    peak, D, N = partial_sums(inputs, np.float64)
    D[inputs.blind] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        delta = np.einsum("ic,ic->i", dO, N / D[:, None])
    for start in range(0, inputs.n, ROW_BLOCK):
        rows = slice(start, min(start + ROW_BLOCK, inputs.n))
        for keys, block, hidden in scores(inputs, inputs.K, rows, np.float64):
            with np.errstate(over="ignore", invalid="ignore"):
                P = exp2(block[:, : keys.stop - keys.start] - peak[rows, None]) / D[rows, None]
                if hidden is not None:
                    P[hidden] = 0.0
                yield rows, keys, P, P * (dO[rows] @ inputs.V[keys].T - delta[rows, None])


def errors(inputs: Attention, dO: Floats) -> Errors:
    """What the module's text proves of `backward` and `Backward`; infinite where it proves nothing."""
    n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
    a = Rounding.of(inputs, np.float64, BLOCK).a
    q = expm1(2 * a) + 4 * U64 if a <= 300 else inf
    g, G, H = (gamma(k, U64) for k in (v + 2, m + 3, n + 3))
    if not (q <= 0.25 and max(g, G, H) <= 0.125):
        return Errors(*(np.full(width, inf) for width in (d, d, v, d)))
    rho = expm1(2 * a + 4 * U64)
    h = 2 * g * (1 + q) + q + 3 * U64
    sigma = (rho + U64 * (1 + rho)) * (2 + h) + h
    size, largest = np.abs(dO), column_bounds(inputs.K)
    with np.errstate(over="ignore", invalid="ignore"):
        A = size @ np.abs(inputs.V).max(axis=0, initial=0.0)
        of_queries, scale = weighted_columns(inputs, A), abs(inputs.scale)
        most = (float(np.abs(inputs.V).max(initial=0.0)), float(size.max(initial=0.0)), float(largest.max()), _largest(inputs))
        flushed = 64 * float(np.finfo(np.float64).tiny) * (n + m + v + d + 32.0) ** 3 * (1 + scale)
        for bound in most:
            flushed *= 1 + bound
        row = scale * largest * float(A.max(initial=0.0))
        down = scale * largest * float(of_queries.max(initial=0.0))
        found = Errors(
            row * (sigma * (1 + G) + G),
            scale * of_queries * (sigma * (1 + H) + H),
            size.sum(axis=0) * (rho * (1 + H) + H),
            down * ((sigma * (1 + G) + G) * (1 + H) + H),
        )
        top = float(np.finfo(np.float64).max) / 64
        near = not max(float(x.max(initial=0.0)) for x in (A, row, scale * of_queries, size.sum(axis=0), down)) < top
    return Errors(*(np.full(len(x), inf) if near else (x + flushed) * WIDEN for x in found))


def weighted_columns(inputs: Attention, A: Floats) -> Floats:
    """sum_i A_i |Q_ic| for each column c."""
    total = np.zeros(inputs.d)
    for start in range(0, inputs.n, ROW_BLOCK):
        rows = slice(start, start + ROW_BLOCK)
        total += A[rows] @ np.abs(dense(inputs.Q, rows))
    return total


def _largest(inputs: Attention) -> float:
    return float(column_bounds(inputs.Q).max(initial=0.0))
