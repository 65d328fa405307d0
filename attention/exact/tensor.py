"""Tensor attention by its definition in float64: over all pairs of keys, a query at a time.

For query i the pairs (j, k) are the keys k of attention with the m1 queries q_i o k1_j (o column by column) and the values
V2: let p_j, D_j and N_j be the peak, the mass and the weighted sum of its row j, as the sums of `streaming` find them. Then
with p = max_j p_j

    D = sum_j 2^(p_j - p) D_j,   N = sum_j 2^(p_j - p) V1_j o N_j,   out_i = N/D.

Time O(n m1 m2 (d + v)), memory O((m1 + m2) d) floats and a block of m1 x 512 scores a thread: nothing m1 x m2.

Rounding (derived here). u = 2^-53; a, s and S are those of module `rounding` for the inner attention with |q_i o k1_j| at
most max|Q_c| max|K1_c| in column c, one column more for the product q k1, whose own flushing its term for Q covers. So D_j
and N_j are off by a factor e^{+-a} (of sum_k w_k |V2_k|). p_j - p, in powers of two, is off by u |p_j - p| <= 2u (S + s)/ln
2, the exponential relatively by EXP2_ULPS u, two products and a sum of m1 terms by gamma(m1 + 3, u): together

    a' = a + 4u (S + s) + EXP2_ULPS u + gamma(m1 + 4, u),

    |T - Att| <= (e^{2a'} - 1 + 4u) mean|V1 o V2| + 8 (m1 (m2 + 1) + 32) tiny (1 + (1 + max|V1|) (1 + max|V2|)),

the last term for weights and products under tiny, where the largest weight of a row is 1.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np

from attention.algorithm import Promise, asked_for, check_mechanism
from attention.blas import ONE_BLAS_THREAD
from attention.exact.streaming import BLOCK, SMALL, Sums, scores
from attention.exp2 import EXP2_ULPS, exp2
from attention.rounding import U64, WIDEN, Bounds, Rounding, gamma
from attention.watching import report
from instances.coded import Floats, column_bounds, dense
from instances.faults import Declined
from instances.task import Attention
from instances.tensor import TensorAttention


@dataclass(frozen=True)
class Tensor:
    """Tensor attention over all pairs of keys in float64, with a proved rounding error (module `tensor`).

    Time O(n m1 m2 (d + v)), memory linear in n, m1 and m2. Errors: `Declined` where products of Q and K1 are beyond float64.
    """

    tensors: ClassVar[bool] = True
    logarithmic: ClassVar[bool] = False
    key: ClassVar[str] = "tensor"

    def promise(self, inputs: Attention) -> Promise:
        check_mechanism(self, inputs)
        return rounding_of(asked_for(TensorAttention, self.key, inputs)).of_quotient()

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        of = asked_for(TensorAttention, self.key, inputs)
        with np.errstate(over="ignore"):
            if not np.isfinite(column_bounds(of.Q) * column_bounds(of.K)).all():
                raise Declined("products of Q and K1 are beyond float64: use certified")
        return over_pairs(of)


def over_pairs(of: TensorAttention) -> Floats:
    """The (n, v) outputs."""
    keys, keys2 = dense(of.K, slice(None)), np.ascontiguousarray(dense(of.K2, slice(None)))
    small = of.n * of.m * of.m2 <= SMALL
    out = np.empty(of.shape)

    def work(i: int) -> None:
        queries = of.queries(slice(i, i + 1)) * keys
        inner = Attention(queries, keys2, of.V2, of.scale, copy=False)
        total = Sums(of.m, of.shape[1], np.float64, small)
        for some, block, _ in scores(inner, keys2, slice(0, of.m), np.float64):
            total.add(block, of.V2[some])
        factor = exp2(total.peak - total.peak.max())
        with np.errstate(invalid="ignore", over="ignore"):
            out[i] = ((factor[:, None] * of.V) * total.weighted).sum(axis=0) / (factor * total.mass).sum()

    if small:
        for i in range(of.n):
            work(i)
        return out
    from instances.compiling import thread_count

    workers = min(thread_count(), of.n)
    with ONE_BLAS_THREAD, ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for done, _ in enumerate(pool.map(work, range(of.n)) if pool else map(work, range(of.n)), 1):
            report(done, of.n)
    return out


def rounding_of(of: TensorAttention) -> Rounding:
    """The rounding of `over_pairs`; its `a` is infinite where nothing is proved."""
    with np.errstate(over="ignore", invalid="ignore"):
        q, k = column_bounds(of.Q) * column_bounds(of.K), column_bounds(of.K2)
        largest, largest2 = (float(np.abs(V).max(initial=0.0)) for V in (of.V, of.V2))
        values = (1 + largest) * (1 + largest2)
    inner = Bounds(of.d + 1, of.m2, of.scale, q * WIDEN, k, largest2, (inf, inf))
    found = Rounding.of_bounds(inner, np.float64, BLOCK)
    top = float(np.finfo(np.float64).max) / 64
    ends = max(of.m * of.m2 * values, float(column_bounds(of.Q).max()), float(column_bounds(of.K).max()))
    if not (found.a < inf and ends < top):
        return Rounding(inf, found.S, U64, found.tiny, of.m * of.m2, values, inf)
    a = found.a + 4 * U64 * (found.S + found.a) + EXP2_ULPS * U64 + gamma(of.m + 4, U64)
    return Rounding(a * WIDEN, found.S, U64, found.tiny, of.m * (of.m2 + 1), values, inf)
