"""A-priori rounding errors of streamed floating-point attention (derived here).

u is the unit roundoff, gamma_k = k u/(1 - k u), tiny the smallest normal number, `blocks` the number of key blocks.

Scores. A computed inner product of length d, summed in any order and with or without fused operations, is off by at
most gamma_d sum_c |q_c k_c| (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Conversion of Q and K to
the working type, and the scale with its product, add four roundings; entries and products under tiny may be flushed.
With S = |scale| sum_c max_i |Q_ic| max_j |K_jc|, every score is off by at most s = gamma_{d+4} S + flushed.

Weights. exp(score - mu), mu the row's running maximum: the subtraction is off by at most u |score - mu| <= 2u(S + s),
exp itself relatively by EXP_ULPS u. A new maximum rescales the sums by exp(mu_old - mu_new): a subtraction, an exp and
a product each; the differences telescope, so that all the subtractions together add at most 2u(S + s).

Sums. m weights (or weights times values, one more rounding, one for the conversion of V) in blocks: gamma_{m+blocks+2}
relative to the sum of absolute values. Together a computed mass is within a factor e^{+-a} of the true one,

    a = s + 4u(S + s) + (blocks + 1)(EXP_ULPS + 2) u + gamma_{m+blocks+2},

and for T = N/D, since |N' - N| <= (e^a - 1) sum w|V|, D' >= e^-a D and |N| <= sum w|V|,

    |T - Att| <= (e^{2a} - 1 + 2u) mean|V| + 4 m tiny (1 + max|V|),

the last term for weights and products under tiny: the largest weight of a row is exactly 1, so D' >= 1.
"""

from dataclasses import dataclass
from math import expm1, inf, log

import numpy as np

from attention.algorithm import NO_PROMISE, Promise
from instances.coded import column_bounds
from instances.task import Attention

EXP_ULPS = 8.0
"""Roundoffs u by which the exp and log of numpy may be off (4 ulp at most are documented, an ulp is at most 2u)."""

WIDEN = 1 + 1e-9
"""Covers the rounding of these bounds themselves."""


@dataclass(frozen=True)
class Rounding:
    """The error bounds of one computation: `a` and `S` as in the module's text; `a` is infinite where nothing holds."""

    a: float
    S: float
    u: float
    tiny: float
    m: int
    largest: float

    @classmethod
    def of(cls, inputs: Attention, type_: type[np.floating], blocks: int) -> "Rounding":
        info = np.finfo(type_)
        u, tiny, top = float(info.eps) / 2, float(info.tiny), float(info.max) / 64
        d, m, scale = inputs.d, inputs.m, abs(inputs.scale)
        q, k = column_bounds(inputs.Q), column_bounds(inputs.K)
        S = largest_score(inputs)
        with np.errstate(over="ignore", invalid="ignore"):
            products = float((q * k).sum())
            flushed = 2 * tiny * scale * (float(q.sum()) + float(k.sum()) + d + 1)
        largest = float(np.abs(inputs.V).max(initial=0.0))
        in_range = max(float(q.max()), float(k.max()), products, S, scale, m * largest) < top
        if not in_range or 0 < scale < tiny or u * (d + m + blocks + 4) > 0.1:
            return cls(inf, S, u, tiny, m, largest)
        s = _gamma(d + 4, u) * S + flushed
        a = s + 4 * u * (S + s) + (blocks + 1) * (EXP_ULPS + 2) * u + _gamma(m + blocks + 2, u)
        return cls(a * WIDEN, S, u, tiny, m, largest)

    def of_quotient(self) -> Promise:
        """The promise for T = N/D."""
        if not self.a <= 300:
            return NO_PROMISE
        return Promise(4 * self.m * self.tiny * (1 + self.largest), (expm1(2 * self.a) + 2 * self.u) * WIDEN)

    def of_logarithm(self, spread: float) -> Promise:
        """The promise for ln T = ln N - ln D, V >= 0, where positive values have |ln V| <= spread.

        ln N and ln D are a maximum plus the logarithm of a sum between 1 and m. ln V is off by EXP_ULPS u spread, its
        addition by u (S + spread) and the subtraction of N's maximum by another 4 u spread, all inside a mass; the two
        logs, additions and the last subtraction by (EXP_ULPS + 1) u (S + spread + ln m + 1) each. Flushed weights
        change a sum >= 1 by at most m tiny.
        """
        if not self.a <= 300:
            return NO_PROMISE
        reach = self.S + spread + log(self.m) + 1
        delta = 2 * self.a + (2 * EXP_ULPS + 2) * self.u * reach + 4 * (EXP_ULPS + 1) * self.u * reach
        return Promise.of_logarithm((delta + 4 * self.m * self.tiny) * WIDEN)


def largest_score(inputs: Attention) -> float:
    """S = |scale| sum_c max_i |Q_ic| max_j |K_jc|, rounded up: no score is larger in absolute value."""
    with np.errstate(over="ignore", invalid="ignore"):
        products = column_bounds(inputs.Q) * column_bounds(inputs.K)
        return float(abs(inputs.scale) * products.sum()) * WIDEN


def _gamma(k: int, u: float) -> float:
    return k * u / (1 - k * u)
