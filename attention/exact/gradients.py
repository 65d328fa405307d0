"""Gradients of softmax attention in float64 or float32: blocks of rows and keys by BLAS, each with an error that is proved.

Letters: P the weights, O = P V, f_ij = <dO_i, V_j>, delta_i = sum_j P_ij f_ij = <dO_i, O_i>, dS_ij = P_ij (f_ij - delta_i);
dV = P^T dO, dQ = scale dS K, dK = scale dS^T Q. A first pass finds each row's peak, its mass D_i about that, and O_i. A second
one makes the weights w of one block after the other again and multiplies: P_ij = w_ij / D_i enters as w_ij times dO_i / D_i.

The bound `gradient errors` (derived here). u, a and q = e^{2a} - 1 + 4u are those of module `rounding`, u64 = 2^-53,
gamma(k, u) = k u/(1 - k u). Weights and masses are within a factor e^{+-a} of the true ones by the same peak. Sums of at most
BLOCK products are in the working type, those of b blocks in float64: each product is off by a factor within e^{+-g} then,
g = gamma(BLOCK + 2, u) + gamma(b + 8, u64). dO_i / D_i is rounded twice, so

    |dV' - dV|_jc <= (e^E - 1) sum_i P_ij |dO_ic|,     E = 2a + 6u + g.

Let A_i = sum_c |dO_ic| max_j |V_jc|, so that |f_ij|, |delta_i| <= A_i. f is an inner product of length v of factors that are
rounded three times; O is off by q A_i once multiplied with dO, and summed in float64; delta is rounded, and the difference:

    |(f - delta)' - (f - delta)| <= kappa A_i,   kappa = q + (1 + q)(gamma(v + 12, u) + gamma(v + 4, u64)).

The product with the weight, and that with K or Q, which are rounded too, are among the 6u of E. Since |f - delta| <= 2 A_i,

    |dQ' - dQ|_ic <= |scale| sigma A_i sum_j P_ij |K_jc|,   sigma = 2 (e^E - 1) + e^E kappa,
    |dK' - dK|_jc <= |scale| sigma sum_i P_ij A_i |Q_ic|.

The first sum is at most max_j |K_jc|. Those over rows are known only once P is: they are summed like a column of dV, with
max_c |dO_ic| and A_i max_c |Q_ic| for dO_ic, and are at most e^E times what is found. So these bounds are proved, and their
sizes found in the run. To each comes
64 tiny (n + m + v + d + 32)^3 (1 + max|Q|)(1 + max|K|)(1 + max|V|)(1 + max|dO|)(1 + |scale|) for the weights, products and
factors under tiny, of which there are fewer. Nothing is proved where a product or sum may overflow.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from math import exp, expm1, inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attention.blas import ONE_BLAS_THREAD
from attention.exact.softmax import partial_sums
from attention.exact.streaming import BLOCK, ROW_BLOCK, Scores, scores, small
from attention.exp2 import exp2
from attention.rounding import U64, WIDEN, Rounding, gamma
from instances.coded import Floats, column_bounds, dense
from instances.gradients import Three
from instances.task import Attention

NOTHING = Three(inf, inf, inf)


class _Rows(NamedTuple):
    """Of each row: its peak; over its mass dO and the two columns that bound dV and dK; and delta over its mass."""

    peak: Scores
    factors: Scores
    delta: Scores


def gradients(inputs: Attention, dO: Floats, dtype: type[np.floating[Any]]) -> tuple[Three, Three]:
    """dQ, dK, dV of sum(dO * Att), every operation a pair in the type, and what each entry of them is off by at most (module
    text; infinite where nothing is proved).

    Rows that see no key have dQ = 0 and add nothing. Time O(n m (d + v)), and tiles that no row sees take none; memory
    O((n + m)(d + v)) for each thread.
    """
    v = inputs.V.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        A = np.abs(dO) @ np.abs(inputs.V).max(axis=0, initial=0.0)
    largest = np.abs(dense(inputs.Q, slice(None))).max(axis=1, initial=0.0)
    bounds = _Bounds.of(inputs, dO, dtype, A)
    if bounds is None:
        return Three(*(np.zeros(shape) for shape in ((inputs.n, inputs.d), (inputs.m, inputs.d), inputs.V.shape))), NOTHING
    rows = _first_pass(inputs, np.column_stack([dO, np.abs(dO).max(axis=1, initial=0.0), A * largest]), dtype)
    dQ, down = _second_pass(inputs, rows, dtype)
    found = Three(dQ * inputs.scale, down[:, v + 2 :] * inputs.scale, down[:, :v])
    return found, bounds.errors(float(down[:, v + 1].max()), float(down[:, v].max()))


def beforehand(inputs: Attention) -> tuple[Three, Three]:
    """What dQ, dK, dV in float64 are off by at most, and what their entries are at most, for each unit of max|dO|, before dO is
    known, if that is brought between 1/2 and 1 first.

    The bounds of the module's text for a dO of ones, in which weights of a key sum to at most n; for each unit they are at most
    twice as large, as max|dO| is at least 1/2.
    """
    n, ones = inputs.n, np.ones((inputs.n, inputs.V.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        A = ones @ np.abs(inputs.V).max(axis=0, initial=0.0)
        q, k = (float(column_bounds(X).max(initial=0.0)) for X in (inputs.Q, inputs.K))
        highest, slope = float(A.max(initial=0.0)), abs(inputs.scale)
        sizes = Three(slope * k * highest * WIDEN, 2 * n * slope * q * highest * WIDEN, float(n))
    bounds = _Bounds.of(inputs, ones, np.float64, A)
    return (NOTHING if bounds is None else Three(*(2 * x for x in bounds.errors(n * highest * q, float(n))))), sizes


def _first_pass(inputs: Attention, columns: Floats, dtype: type[np.floating[Any]]) -> _Rows:
    peak, D, N = partial_sums(inputs, dtype)
    D[inputs.blind] = 1.0
    delta = np.einsum("ic,ic->i", columns[:, : N.shape[1]], N / D[:, None]) / D
    return _Rows(peak.astype(dtype), (columns / D[:, None]).astype(dtype), delta.astype(dtype))


def _second_pass(inputs: Attention, rows: _Rows, dtype: type[np.floating[Any]]) -> tuple[Floats, Floats]:
    """(n, d) dS K, and (m, v + 2 + d): P^T times the factors of the rows, and dS^T Q.

    Strips of every k-th block of rows, one a thread, whose sums down the columns are added up in order.
    """
    starts = range(0, inputs.n, ROW_BLOCK)
    K, V = (dense(X, slice(None)).astype(dtype, copy=False) for X in (inputs.K, inputs.V))
    dQ, width = np.zeros((inputs.n, inputs.d)), rows.factors.shape[1] + inputs.d

    def strip(part: range) -> Floats:
        down = np.zeros((inputs.m, width))
        for start in part:
            _block(inputs, slice(start, min(start + ROW_BLOCK, inputs.n)), rows, K, V, dQ, down)
        return down

    if small(inputs):
        return dQ, strip(starts)
    from instances.compiling import thread_count

    workers = max(1, min(thread_count(), len(starts)))
    strips = [starts[k::workers] for k in range(workers)]
    with ONE_BLAS_THREAD, ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        parts = list(pool.map(strip, strips) if pool else map(strip, strips))
    return dQ, sum(parts[1:], parts[0])


def _block(inputs: Attention, rows: slice, of: _Rows, K: Any, V: Any, dQ: Floats, down: Floats) -> None:
    """What a block of rows adds."""
    factors, v = of.factors[rows], V.shape[1]
    dO, width = np.ascontiguousarray(factors[:, :v]), factors.shape[1]
    Q = inputs.queries(rows).astype(K.dtype, copy=False)
    room = np.zeros(len(Q) * BLOCK, K.dtype)
    for keys, block, hidden in scores(inputs, K, rows, K.dtype):
        count = keys.stop - keys.start
        slopes = room[: block.size].reshape(block.shape)
        np.matmul(dO, V[keys].T, out=slopes[:, :count])
        _weighted(block, of.peak[rows], slopes, of.delta[rows], None if hidden is None else (hidden, count), small(inputs))
        weights, slopes = block[:, :count], slopes[:, :count]
        dQ[rows] += slopes @ K[keys]
        down[keys, :width] += weights.T @ factors
        down[keys, width:] += slopes.T @ Q


def _weighted(
    block: Scores, peak: Scores, slopes: Scores, delta: Scores, hidden: tuple[NDArray[np.bool_], int] | None, by_numpy: bool
) -> None:
    """Scores become weights, 0 where they are hidden, and slopes f become weights times f - delta."""
    if not by_numpy:
        from attention.exact.exponentials import centred, weigh

        weigh(block, peak)
    else:
        block[:] = exp2(block - peak[:, None])
    if hidden is not None:
        block[:, : hidden[1]][hidden[0]] = 0
    if not by_numpy:
        centred(block, slopes, delta)
    else:
        slopes[:] = block * (slopes - delta[:, None])


@dataclass(frozen=True)
class _Bounds:
    """The bound `gradient errors` of one computation, `of_dQ` what is as large as any A_i |K_jc|."""

    E: float
    sigma: float
    flushed: float
    scale: float
    of_dQ: float

    @classmethod
    def of(cls, inputs: Attention, dO: Floats, dtype: type[np.floating[Any]], A: Floats) -> "_Bounds | None":
        """None where nothing is proved."""
        n, m, d, v, scale = inputs.n, inputs.m, inputs.d, inputs.V.shape[1], abs(inputs.scale)
        of, highest = Rounding.of(inputs, dtype, BLOCK), float(A.max(initial=0.0))
        q, k = (float(column_bounds(X).max(initial=0.0)) for X in (inputs.Q, inputs.K))
        slopes = float(np.abs(dO).max(initial=0.0))
        reach = (n + m) * max(1.0, slopes, highest) * max(1.0, q, k) * max(1.0, scale)
        if not (of.a <= 1 and reach < float(np.finfo(dtype).max) / 64 and of.u * (BLOCK + v + 12) < 0.1):
            return None
        u, blocks = of.u, -(-max(n, m) // BLOCK)
        off = expm1(2 * of.a) + 4 * u
        E = 2 * of.a + 6 * u + gamma(BLOCK + 2, u) + gamma(blocks + 8, U64)
        kappa = off + (1 + off) * (gamma(v + 12, u) + gamma(v + 4, U64))
        flushed = 64 * of.tiny * float(n + m + v + d + 32) ** 3
        for x in (q, k, of.largest, slopes, scale):
            flushed *= 1 + x
        return cls(E, 2 * expm1(E) + exp(E) * kappa, flushed, scale, highest * k) if flushed < inf else None

    def errors(self, of_dK: float, of_dV: float) -> Three:
        """Given the largest sums that bound dK and dV, as they were found."""
        of_dK, of_dV = (exp(self.E) * found + self.flushed for found in (of_dK, of_dV))
        bounds = self.scale * self.sigma * self.of_dQ, self.scale * self.sigma * of_dK, expm1(self.E) * of_dV
        return Three(*((bound + self.flushed) * WIDEN for bound in bounds))
