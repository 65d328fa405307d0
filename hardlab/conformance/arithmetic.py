"""What a precision can give: the same definition computed in it, and an a-priori bound of a careful kernel's error.

u is the unit roundoff of the dtype, w that of its sums (u, but 2^-24 for the 16-bit types), gamma(k, u) = k u/(1 - k u), tiny
the least number that is held to full precision or flushed (2^-24, the subnormal unit, for float16). In row i, with query q,
x_j = scale <q, k_j>, P_j = |scale| sum_c |q_c k_jc|, p_j = exp(x_j)/sum exp(x), T = sum_j p_j V_j. A careful kernel subtracts
the row's peak, or the logarithm L of the mass.

Weights. An inner product summed in any order is off by gamma(d + 2, w) P_j, and at most eight roundings to the dtype (of the
scale, its product with q or k or both or the score, the score, a factor log2 e) by gamma(8, u) P_j more; numbers under tiny
add f_j = tiny (1 + |scale|)(sum_c (|q_c| + |k_c| + |q_c k_c|) + d + 2). With s_j the sum of these three, the subtraction of a
peak, and all that a running peak is moved by, add 4u (peak - x_j + s_j + max s), and the exponential 8u: the logarithm of the
weight of key j, up to a constant of the row, is off by at most

    a_j = s_j + 4u (peak - x_j + s_j + max s) + 8u.

Weights w_j with |ln(w_j/p_j) - constant| <= a_j give a mean off by at most the least of max_j |V_j - T| and

    R = sum_j p_j (e^{a_j} - 1) |V_j - T| / sum_j p_j e^{-a_j},

since sum_j p_j (V_j - T) = 0. Sums. m terms in any order, or in blocks of 16 keys or more rescaled to a running peak, in
numerator and denominator, and five roundings to the dtype (the weight, its product with V, the denominator, the quotient, the
output), or the same without a quotient where exp(x_j - L) is the weight, |L| <= |peak| + max s + ln m and off by 4w |L|: with
b = gamma(2(m + 32), w) + gamma(5, u) + 4w (|peak| + max s + ln m) and M = the mean of |V| under the weights computed, at most
sum_j p_j e^{a_j} |V_j| / sum_j p_j e^{-a_j} and max|V|,

    |output - T| <= R + b/(1 - b) M + 4 m tiny (max|V| + 1) + 4 m tiny_w,

where a product w_j V_j below tiny is lost, whatever max|V| is.

Of rows that do not see all keys the sums and maxima are over those that they see; |b_j| is added to P_j where b_j is added
to the score. Nothing holds (infinity) where something comes within a factor 4 of overflow. The bound itself is computed in
float64, whose own a_j are counted against it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from attention.rounding import WIDEN, gamma
from hardlab.kernels.kernel import Dtype
from instances.bits import Bools
from instances.coded import Floats
from instances.faults import BadInput
from instances.mechanism import SOFTMAX
from instances.task import Attention

ROUNDOFF: Mapping[Dtype, float] = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
"""u."""

SUMS: Mapping[Dtype, Dtype] = {"float64": "float64", "float32": "float32", "float16": "float32", "bfloat16": "float32"}
"""The type in which sums are accumulated."""

TINY: Mapping[Dtype, float] = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-24, "bfloat16": 2.0**-126}

LARGEST_FINITE: Mapping[Dtype, float] = {
    "float64": float(np.finfo(np.float64).max),
    "float32": float(np.finfo(np.float32).max),
    "float16": 65504.0,
    "bfloat16": (2 - 2.0**-7) * 2.0**127,
}

_ENTRIES = 2**20
"""Scores held at a time."""

_STEEP = 300.0
"""Beyond such a_j nothing but the range of V bounds a mean."""


def representable(X: Floats, dtype: Dtype) -> Floats:
    """X rounded to the dtype, to nearest even, as float64; beyond its range +-inf."""
    X = np.asarray(X, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if dtype != "bfloat16":
            return X.astype(dtype).astype(np.float64)
        bits = np.ascontiguousarray(X).view(np.int64)
        kept = (bits + ((1 << 44) - 1) + ((bits >> 45) & 1)) & ~((1 << 45) - 1)
        normal = np.where(np.isfinite(X), kept.view(np.float64), X)
        small = np.rint(X * 2.0**133) * 2.0**-133
        rounded = np.where(np.abs(X) < 2.0**-126, small, normal)
        return np.where(np.abs(rounded) > LARGEST_FINITE[dtype], np.copysign(np.inf, X), rounded).reshape(X.shape)


def reference(inputs: Attention, dtype: Dtype) -> Floats:
    """(n, v): the definition in that precision, every result rounded to it; sums in float32 for the 16-bit types.

    Scores, scaled scores, less the row's peak, exponentials, their sum, weights, their mean of V: the softmax that subtracts
    the maximum and normalises before V. Errors: `BadInput` unless the weights are softmax.
    """
    K, V = (_sums(representable(X, dtype), dtype) for X in (_keys(inputs), inputs.V))
    scale = representable(np.array(inputs.scale), dtype)
    output = np.empty((inputs.n, V.shape[1]))
    with np.errstate(all="ignore"):
        for rows in _blocks(inputs):
            Q = _sums(representable(inputs.queries(rows), dtype), dtype)
            scores = representable(_sums(representable(Q @ K.T, dtype), dtype) * _sums(scale, dtype), dtype)
            below = representable(scores - scores.max(axis=1, keepdims=True), dtype)
            weights = _sums(representable(np.exp(_sums(below, dtype)), dtype), dtype)
            mass = _sums(representable(weights.sum(axis=1, keepdims=True), dtype), dtype)
            output[rows] = representable(_sums(representable(weights / mass, dtype), dtype) @ V, dtype)
    return output


def bound(inputs: Attention, dtype: Dtype) -> Floats:
    """(n, v): the error that a careful kernel in that precision stays within, as in the module's text.

    Errors: `BadInput` unless the weights are softmax.
    """
    K = _keys(inputs)
    output = np.empty((inputs.n, inputs.V.shape[1]))
    with np.errstate(all="ignore"):
        for rows in _blocks(inputs):
            output[rows] = _bound(inputs.queries(rows), K, inputs.V, inputs.scale, dtype, None, None)
    return output


def bound_of_rows(
    Q: Floats, K: Floats, V: Floats, scale: float, dtype: Dtype, seen: Bools | None = None, added: Floats | None = None
) -> Floats:
    """The same for rows of which each sees some keys, `seen` (n, m), all if None, and to whose scores something is `added`."""
    step = max(1, _ENTRIES // len(K))
    parts = [slice(first, first + step) for first in range(0, len(Q), step)]
    wide = None if added is None else np.broadcast_to(added, (len(Q), len(K)))
    with np.errstate(all="ignore"):
        found = [
            _bound(Q[rows], K, V, scale, dtype, None if seen is None else seen[rows], None if wide is None else wide[rows])
            for rows in parts
        ]
    return np.concatenate(found) if found else np.empty((0, V.shape[1]))


class _Scores(NamedTuple):
    """For a block of rows: x_j - peak, |peak| and P_j, and the sums of |q_c|, of |k_c| and of |q_c k_c|."""

    below: Floats
    peak: Floats
    P: Floats
    q: Floats
    k: Floats
    products: Floats
    d: int
    scale: float
    seen: Bools | None

    @classmethod
    def of(cls, Q: Floats, K: Floats, scale: float, seen: Bools | None, added: Floats | None) -> "_Scores":
        X = scale * (Q @ K.T)
        products = np.abs(Q) @ np.abs(K).T
        P = abs(scale) * products
        if added is not None:
            X, P = X + added, P + np.abs(added)
        if seen is not None:
            X = np.where(seen, X, -np.inf)
        q, k = np.abs(Q).sum(axis=1, keepdims=True), np.abs(K).sum(axis=1)
        peak = X.max(axis=1, keepdims=True)
        return cls(X - peak, np.abs(peak), P, q, k, products, Q.shape[1], abs(scale), seen)

    def of_seen(self, X: Floats) -> Floats:
        """X, 0 at keys that are not seen."""
        return X if self.seen is None else np.where(self.seen, X, 0.0)

    def scores(self, dtype: Dtype) -> Floats:
        """s_j."""
        flushed = TINY[dtype] * (1 + self.scale) * (self.q + self.k + self.products + self.d + 2)
        s = (gamma(self.d + 2, ROUNDOFF[SUMS[dtype]]) + gamma(8, ROUNDOFF[dtype])) * self.P + flushed
        return self.of_seen(s)

    def logarithm(self, dtype: Dtype) -> Floats:
        """(rows,): what |L| is at most."""
        largest: Floats = self.peak[:, 0] + self.scores(dtype).max(axis=1) + np.log(self.k.shape[0])
        return largest

    def exponents(self, dtype: Dtype) -> Floats:
        """a_j."""
        u, s = ROUNDOFF[dtype], self.scores(dtype)
        a: Floats = s + 4 * u * (s + s.max(axis=1, keepdims=True) - self.of_seen(self.below)) + 8 * u
        return a * WIDEN

    def overflow(self, dtype: Dtype) -> Floats:
        """(rows,): the largest number on the way to the weights, as a multiple of what the dtype holds."""
        largest = self.products.max(axis=1) * max(1.0, self.scale)
        reached: Floats = np.maximum(np.maximum(largest, self.scale * self.q[:, 0]), self.scale)
        return reached / LARGEST_FINITE[dtype]


def _bound(Q: Floats, K: Floats, V: Floats, scale: float, dtype: Dtype, seen: Bools | None, added: Floats | None) -> Floats:
    scores, m, largest = _Scores.of(Q, K, scale, seen, added), K.shape[0], float(np.abs(V).max(initial=0.0))
    own, a = scores.exponents("float64"), scores.exponents(dtype)
    steep = ~((own + a).max(axis=1) <= _STEEP)
    weights = np.exp(scores.below)
    T = (weights / weights.sum(axis=1, keepdims=True)) @ V
    mass = np.exp(scores.below - own - a).sum(axis=1)
    own_moved = weights * np.expm1(own)
    moved = np.exp(scores.below + own) * np.expm1(a)
    heaviest = np.exp(scores.below + own + a)
    w = ROUNDOFF[SUMS[dtype]]
    sums = gamma(2 * (m + 32), w) + gamma(5, ROUNDOFF[dtype]) + 4 * w * scores.logarithm(dtype)
    tiny = 4 * m * TINY[dtype] * (largest + 1) + 4 * m * TINY[SUMS[dtype]]
    output = np.empty_like(T)
    for c in range(V.shape[1]):
        apart, size = scores.of_seen(np.abs(V[:, c] - T[:, c, None])), np.abs(V[:, c])
        mean = _least(heaviest @ size / mass, largest, steep)
        unsure = (own_moved * apart).sum(axis=1) / mass + gamma(2 * m + 10, ROUNDOFF["float64"]) * mean
        shifted = ((moved * apart).sum(axis=1) + moved.sum(axis=1) * unsure) / mass
        rounding = np.where(sums < 0.5, sums / (1 - sums), np.inf)
        output[:, c] = _least(shifted, apart.max(axis=1) + _least(unsure, largest, steep), steep) + rounding * mean + tiny
    held = (
        (scores.overflow(dtype) < 0.25)
        & (m * largest < LARGEST_FINITE[SUMS[dtype]] / 4)
        & (max(m, largest) < LARGEST_FINITE[dtype] / 4)
    )
    return np.where(held[:, None] & np.isfinite(output), output * WIDEN, np.inf)


def _least(values: Floats, cap: Floats | float, steep: Floats) -> Floats:
    """The lesser of both, the cap where the exponents are too steep to say."""
    return np.where(steep, cap, np.fmin(values, cap))


def _sums(X: Floats, dtype: Dtype) -> Floats:
    """In the type of the dtype's sums."""
    return X.astype(SUMS[dtype], copy=False)


def _blocks(inputs: Attention) -> Iterator[slice]:
    step = max(1, _ENTRIES // inputs.m)
    return (slice(start, min(start + step, inputs.n)) for start in range(0, inputs.n, step))


def _keys(inputs: Attention) -> Floats:
    if inputs.mechanism != SOFTMAX:
        raise BadInput(f"{inputs.mechanism}: the model of rounding errors is that of softmax attention")
    return inputs.keys(slice(0, inputs.m))
