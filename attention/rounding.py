"""A-priori rounding errors of streamed floating-point attention (derived here).

u is the unit roundoff of the working type, u64 = 2^-53, gamma(k, u) = k u/(1 - k u), tiny the type's smallest normal number.

Scores. A computed inner product of length d, summed in any order and with or without fused operations, is off by at
most gamma_d sum_c |q_c k_c| (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Conversion of Q and K to
the working type, and the factor scale log2(e) with its product, add six roundings; entries and products under tiny may be
flushed. With S at least every sum_c |scale Q_ic K_jc| (`largest_score`), every score is off by at most
s = gamma(d + 6, u) S + flushed (s and S in natural units, scores in those of log 2).

A bias b_ij is rounded four times (log2(e), its products, the type) and added with one more: S is then at least every
sum_c |scale Q_ic K_jc| + |b_ij|, and s has gamma(d + 8, u) in place of gamma(d + 6, u), d + 2 for d.

With rotary positions rows of Q and K are turned first, each off by at most 6.5 u64 times its length in each plane l (module
`instances.rotary`), so that a score is off by less than 14 u64 sum_l |scale| ||q_l|| ||k_l||. With S at least that sum, s has
gamma(d + 20, u) in place of gamma(d + 6, u). S is the product of the largest norms of turned rows, or the sum over columns
in which both columns of a plane have the largest length there.

A gaussian score is -||q - k||^2 = 2 <q, k> - |q|^2 - |k|^2, an inner product of length 3d and four roundings: s has
gamma(3d + 10, u) in place of gamma(d + 6, u), four times `flushed`, and S is at least every |scale| sum_c (|Q_ic| + |K_jc|)^2.

Weights. 2^(score - peak), the peak being the row's running maximum: the subtraction is off by at most u |score - peak| <=
2u(S + s), the exponential relatively by EXP2_ULPS u. A new peak rescales the sums, which are float64: a difference, an
exponential and a product each, 12 u64 together.

Sums. At most `terms` weights (or weights times values: one more rounding, three for the values) are added up in the working
type, all else in float64. Together a computed mass is within a factor e^{+-a} of the true one,

    a = s + 4u(S + s) + EXP2_ULPS u + gamma(terms + 8, u) + gamma(13 (blocks + 1) + 16, u64),

and for T = N/D, since |N' - N| <= (e^a - 1) sum w|V|, D' >= e^-a D and |N| <= sum w|V|,

    |T - Att| <= (e^{2a} - 1 + 4u) mean|V| + 8 (m + 32) tiny/weight (1 + max|V|),

the last term for weights and products under tiny, `weight` being the least that the largest weight of a row can be: 1 where
the peak is subtracted, and 2^-L with L = (S + s)/ln 2 where it is not, which is done while L <= BOUNDED and m 2^L max|V| is far
from overflow (up to 32 lanes beyond the keys are summed as tiny).
"""

from dataclasses import dataclass
from math import exp, expm1, inf, log, log2, sqrt
from weakref import WeakKeyDictionary

import numpy as np

from attention.algorithm import NO_PROMISE, Promise
from attention.exp2 import EXP2_ULPS
from instances.coded import Floats, Rows, column_bounds, column_extremes
from instances.rotary import ROUNDINGS
from instances.task import Attention

BOUNDED = {np.float32: 80.0, np.float64: 600.0}
"""Scores up to so many powers of two either way are exponentiated as they are."""

LOG_ULPS = 8.0
"""Roundoffs u by which the log of numpy may be off (4 ulp at most are documented, an ulp is at most 2u)."""

MANY = 1 << 16
"""From so many numbers on a compiled pass over them is the faster one."""

WIDEN = 1 + 1e-9
"""Covers the rounding of these bounds themselves."""

U64 = 2.0**-53


@dataclass(frozen=True)
class Bounds:
    """What these bounds need to know of the inputs: q and k, (d,) the largest |Q| and |K| of each column, `largest` = max |V|,
    the largest squared norms of rows of Q and K (infinite where they are not known), and in how many blocks keys come, of how
    many rows at most (all in one unless given).
    """

    d: int
    m: int
    scale: float
    q: Floats
    k: Floats
    largest: float
    norms: tuple[float, float]
    blocks: int = 1
    rows: int | None = None
    gaussian: bool = False
    bias: float = 0.0
    turned: bool = False

    @classmethod
    def of(cls, inputs: Attention) -> "Bounds":
        """O(n d + m (d + v)), kept for as long as the inputs are."""
        if inputs not in _BOUNDS:
            _BOUNDS[inputs] = cls._of(inputs)
        return _BOUNDS[inputs]

    @classmethod
    def _of(cls, inputs: Attention) -> "Bounds":
        (q, of_queries), (k, of_keys) = row_bounds(inputs.turned.Q), row_bounds(inputs.turned.K)
        mechanism, largest = inputs.mechanism, largest_value(inputs.V)
        if mechanism.rotary is not None:
            first, second = mechanism.rotary.planes(inputs.d)
            for bounds in (q, k):
                with np.errstate(over="ignore"):
                    bounds[first] = bounds[second] = np.hypot(bounds[first], bounds[second])
        gaussian, turned = mechanism.kernel == "gaussian", mechanism.rotary is not None
        norms = of_queries, of_keys
        return cls(
            inputs.d, inputs.m, inputs.scale, q, k, largest, norms, gaussian=gaussian, bias=inputs.largest_bias, turned=turned
        )

    @property
    def S(self) -> float:
        """See `largest_score`."""
        with np.errstate(over="ignore", invalid="ignore"):
            if self.gaussian:
                return (float(abs(self.scale) * ((self.q + self.k) ** 2).sum()) + self.bias) * WIDEN
            S = float(abs(self.scale) * (self.q * self.k).sum())
            if all(1e-200 < norm < inf for norm in self.norms):  # no underflow, no overflow
                S = min(S, abs(self.scale) * sqrt(self.norms[0]) * sqrt(self.norms[1]))
        return (S + self.bias) * WIDEN


_BOUNDS: WeakKeyDictionary[Attention, Bounds] = WeakKeyDictionary()


def row_bounds(matrix: Rows) -> tuple[Floats, float]:
    """The (d,) largest |entry| of each column, and the largest squared norm of a row (infinite for coded rows)."""
    if isinstance(matrix, tuple):
        return column_bounds(matrix), inf
    if matrix.size >= MANY:
        from attention.extents import largest_norm

        d, (least, most) = matrix.shape[1], extremes(matrix)
        return np.maximum(-least, most), largest_norm(matrix, np.zeros(d), np.ones(d)) ** 2
    with np.errstate(over="ignore"):
        return column_bounds(matrix), float(np.einsum("ic,ic->i", matrix, matrix).max(initial=0.0))


def largest_value(V: Floats) -> float:
    """The largest |entry|, 0 without any."""
    least, most = extremes(V)
    return max(0.0, float(np.maximum(-least, most).max(initial=0.0))) if V.size else 0.0


def extremes(matrix: Floats) -> tuple[Floats, Floats]:
    """(d,) each: the least and the largest entry of each column; infinite without rows."""
    if matrix.size < MANY:
        return column_extremes(matrix)
    from attention.extents import extents

    least, most, _ = extents(matrix)
    return least, most


@dataclass(frozen=True)
class Rounding:
    """The error bounds of one computation: `a` and `S` as in the module's text; `a` is infinite where nothing holds."""

    a: float
    S: float
    u: float
    tiny: float
    m: int
    largest: float
    L: float
    """By how many powers of two all weights of a row may be below 1; infinite where its peak is subtracted: one is 1."""

    @classmethod
    def of(cls, inputs: Attention, type_: type[np.floating], terms: int) -> "Rounding":
        return cls.of_bounds(Bounds.of(inputs), type_, terms)

    @classmethod
    def of_bounds(cls, of: Bounds, type_: type[np.floating], terms: int) -> "Rounding":
        info = np.finfo(type_)
        u, tiny, top = float(info.eps) / 2, float(info.tiny), float(info.max) / 64
        d, scale, q, k, S, gaussian, largest = of.d, abs(of.scale), of.q, of.k, of.S, of.gaussian, of.largest
        m, rows = of.m + 32 * (of.blocks - 1), of.m if of.rows is None else of.rows
        with np.errstate(over="ignore", invalid="ignore"):
            products = float(((q + k) ** 2 if gaussian else q * k).sum())
            flushed = 4 * tiny * (1 + scale) * (float(q.sum()) + float(k.sum()) + d + 1) * (4 if gaussian else 1)
            d = (3 * d + 4 if gaussian else d) + 2 * (of.bias > 0) + 2 * ROUNDINGS * of.turned
            scaled = scale * float(q.max())
        in_range = max(float(q.max()), float(k.max()), products, S, scale, scaled, m * largest) < top
        if not in_range or 0 < scale < tiny or u * (d + terms + 8) > 0.1 or U64 * m > 0.01:
            return cls(inf, S, u, tiny, m, largest, inf)
        s = gamma(d + 6, u) * S + flushed
        L = (S + s) / log(2)
        small = BOUNDED[type_] >= L and L + log2(m * max(largest, 1.0)) < log2(top)
        rescaled = -(-rows // 256) + of.blocks
        a = s + 4 * u * (S + s) + EXP2_ULPS * u + gamma(min(rows, terms) + 8, u) + gamma(13 * rescaled + 16, U64)
        return cls(a * WIDEN, S, u, tiny, m, largest, L if small else inf)

    @property
    def bounded(self) -> bool:
        """Whether scores are exponentiated as they are, without a peak."""
        return inf > self.L

    def of_quotient(self) -> Promise:
        """The promise for T = N/D."""
        if not self.a <= 300:
            return NO_PROMISE
        tiny = self.tiny * 2.0**self.L if self.bounded else self.tiny
        return Promise(8 * (self.m + 32) * tiny * (1 + self.largest), (expm1(2 * self.a) + 4 * self.u) * WIDEN)

    def of_mass(self, further: float = 0.0) -> float:
        """What ln D is off by, as log(2) (peak + log2 D'): D' is within a factor e^{+-a} of D 2^-peak, but for weights that are
        flushed, and |peak| log 2 is at most S + s + `further`. Infinite where nothing holds.
        """
        flushed = 8 * (self.m + 32) * (self.tiny * 2.0**self.L if self.bounded else self.tiny)
        if not flushed < 0.1:
            return inf
        return (self.a + 2 * flushed + of_log2(self.S + self.a + further + log(self.m) + 1)) * WIDEN

    def of_logarithm(self, spread: float) -> Promise:
        """The promise for ln T = ln N - ln D, V >= 0, where positive values have |ln V| <= spread.

        ln N and ln D are a peak plus the logarithm of a sum between 1 and m (or between 2^-L and m 2^L). ln V is off by
        LOG_ULPS u spread, its addition by u (S + spread) and the subtraction of N's peak by another 4 u spread, all
        inside a mass; the two logs, additions and the last subtractions by (LOG_ULPS + 1) u (S + spread + ln m + 1) each.
        Flushed weights change a sum by at most (m + 32) tiny, and its largest term is e^-600 or more (module `logspace`).
        """
        if not self.a <= 300:
            return NO_PROMISE
        reach = self.S + spread + log(self.m) + 1
        delta = 2 * self.a + (2 * LOG_ULPS + 4) * self.u * reach + 4 * (LOG_ULPS + 1) * self.u * reach
        return Promise.of_logarithm((delta + 8 * (self.m + 32) * self.tiny * exp(600)) * WIDEN)


def of_log2(reach: float) -> float:
    """What rounding makes of L = log(2) (peak + log2 D), given as that: |peak| log 2 and |L| are at most `reach`, so that
    |ln D| is at most twice that. The logarithm is off by LOG_ULPS roundoffs, the sum by one of both parts, and log 2 and its
    product by one each.
    """
    return (2 * LOG_ULPS + 8) * U64 * reach * WIDEN


def largest_score(inputs: Attention) -> float:
    """S, rounded up: no sum_c |scale Q_ic K_jc| + |b_ij| is larger, b the bias. The lesser of
    |scale| sum_c max_i |Q_ic| max_j |K_jc| and, for plain arrays, |scale| max_i ||Q_i|| max_j ||K_j|| (Cauchy and Schwarz), and
    max |b_ij|. For the gaussian kernel, no |scale| sum_c (|Q_ic| + |K_jc|)^2 + |b_ij| is.
    """
    return Bounds.of(inputs).S


def gamma(k: float, u: float) -> float:
    """k u/(1 - k u), what k roundings come to at most; infinite where k u >= 1."""
    return k * u / (1 - k * u) if k * u < 1 else inf
