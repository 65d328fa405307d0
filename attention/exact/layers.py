"""Networks of attention in float64, layer by layer and head by head, with a rounding error that is proved before anything runs.

Derived here. u = 2^-53, gamma(k) = k u/(1 - k u). For each column c of the tokens let M_c bound |X_c| and e_c bound what the
computed X_c is off by: of the tokens as they come e = 0. In a head, with |W| entry by entry,

    q = M |WQ|,   dq = e |WQ| + gamma(w) (M + e) |WQ|,     k, dk and v, dv in the same way,
    delta = |scale| sum_c (dq_c (k_c + dk_c) + q_c dk_c),

no score of the computed queries and keys is off by more than delta, so each weight of a row is within a factor e^{+-2 delta},
and

    |T' - T|_c <= dv_c + (e^{2 delta} - 1) v_c + absolute + relative (v_c + dv_c) =: dt_c,

absolute and relative being what `rounding` proves of the quotient for queries up to q + dq, keys up to k + dk and values up
to v + dv. Then T WO is off by dt |WO| + gamma(v) (v + dt) |WO|, and a sum of H heads, and of X where there is a residual
stream, by gamma(H + 1) of all sizes more; in columns that no head writes, exact zeros are added. The sizes of all heads
together, and of X, bound the next M. Products under tiny add w tiny or v tiny.
"""

from dataclasses import dataclass, replace
from math import expm1, inf
from typing import ClassVar

import numpy as np

from attention.algorithm import NO_PROMISE, Promise, asked_for, check_mechanism
from attention.exact.softmax import partial_sums
from attention.exact.streaming import BLOCK
from attention.rounding import U64, WIDEN, Bounds, Rounding, gamma
from instances.coded import Floats, column_bounds
from instances.network import Network
from instances.task import Attention

TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Layers:
    """Networks of attention in float64, layer by layer and head by head, with a proved rounding error (module `layers`).

    Time O(L H N (N + w) (k + v)), memory linear in N beyond the weights.
    """

    networks: ClassVar[bool] = True
    logarithmic: ClassVar[bool] = False
    key: ClassVar[str] = "layers"

    def promise(self, inputs: Attention) -> Promise:
        check_mechanism(self, inputs)
        of = asked_for(Network, self.key, inputs)
        with np.errstate(over="ignore", invalid="ignore"):
            error = float(errors(of)[of.column])
        return Promise(error, 0.0) if error < inf else NO_PROMISE

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        of = asked_for(Network, self.key, inputs)
        X = of.tokens
        for layer in range(of.layers):
            X = layered(of, layer, X)
        return np.ascontiguousarray(X[:, [of.column]])


def layered(of: Network, layer: int, X: Floats) -> Floats:
    """The tokens after one layer more; NaN where queries, keys or values are not finite."""
    total = X.copy() if of.residual else np.zeros_like(X)
    for head in range(of.heads):
        with np.errstate(over="ignore", invalid="ignore"):
            Q, K, V = (X @ W[layer, head] for W in (of.WQ, of.WK, of.WV))
            if not all(np.isfinite(array).all() for array in (Q, K, V)):
                return np.full_like(X, np.nan)
            _, D, N = partial_sums(Attention(Q, K, V, of.scale, copy=False), np.float64)
            total += (N / D[:, None]) @ of.WO[layer, head]
    return total


def errors(of: Network) -> Floats:
    """(w,) what no entry of each column is off by more than after the last layer; infinite, or NaN, where nothing is proved."""
    M, e = column_bounds(of.tokens), np.zeros(of.d)
    for layer in range(of.layers):
        M, e = _after(of, layer, M, e)
    return np.where(np.isfinite(e), e, inf)


def _after(of: Network, layer: int, M: Floats, e: Floats) -> tuple[Floats, Floats]:
    """The bounds after one layer more."""
    size, off = (M.copy(), e.copy()) if of.residual else (np.zeros_like(M), np.zeros_like(e))
    written = np.zeros(of.d, dtype=np.bool_)
    for head in range(of.heads):
        (q, dq), (k, dk), (v, dv) = (_product(M, e, np.abs(W[layer, head])) for W in (of.WQ, of.WK, of.WV))
        delta = abs(of.scale) * float((dq * (k + dk) + q * dk).sum())
        widest = float((v + dv).max())
        rounding = Rounding.of_bounds(Bounds(len(q), of.n, of.scale, q + dq, k + dk, widest, (inf, inf)), np.float64, BLOCK)
        promise = replace(rounding, L=inf).of_quotient()
        grown = expm1(2 * delta) if delta < 300 else inf
        dt = dv + grown * v + promise.absolute + promise.relative * (v + dv)
        WO = np.abs(of.WO[layer, head])
        more = dt @ WO + gamma(len(v), U64) * ((v + dt) @ WO) + len(v) * TINY
        wrote = WO.any(axis=0)
        size += v @ WO
        off += np.where(wrote, more, 0.0)
        written |= wrote
    off += np.where(written, gamma(of.heads + 1, U64) * (size + off), 0.0)
    return size * WIDEN, off * WIDEN


def _product(M: Floats, e: Floats, W: Floats) -> tuple[Floats, Floats]:
    """The bounds of X W."""
    w = len(M)
    return M @ W * WIDEN, (e @ W + gamma(w, U64) * ((M + e) @ W) + w * TINY) * WIDEN
