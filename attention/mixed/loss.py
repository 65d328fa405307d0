"""A-priori rounding error of attention by boxes (derived here).

Letters: u = 2^-53; S the sum_c max|s q_c| max|k_c - c_c|, c the middle of K; y_j = V_j - v, v the middle of V, Y = max|y|; w'
the weights of exact arithmetic, 0 <= w' <= 2 w, sum w' >= (1 - eta) sum w.

*Exponents* are in powers of two: q' = fl(fl(s log2 e) q) and k' = fl(k - c) change <q', k'> by 4 u S at most. Centres,
half-widths and deviations of boxes are not larger than the largest |q'_c| and |k'_c|, so that of a pair each of <q, b>, <a,
dk>, <dq, dk>, the bound `top` of <a, dk>, and the row's shift is at most S. The key's exponent <a, dk> - top has d + 1 terms,
each with at most 2 roundings: off by gamma(d + 2, u) 2S; the row's, top - shift + <q, b>, by gamma(d + 2, u) 3S; `top` and the
shift are the same numbers wherever they are used. Each is raised by one exponential. So weights are within a factor e^{+-a} of
w',

    a = gamma(5 d + 14, u) S + 2 EXP2_ULPS u,

and those by the definition too. Where `rough`, these are off by ROUGH instead of EXP2_ULPS u, and a is larger by that.

*Polynomials* of degree g, r features, A = sum_k |p_k| M^k: x = ln 2 <dq, dk>, and the absolute values of the terms of P(x) sum
to A <= A e^M e^x at most. A term of degree k has k differences and products on the side of the keys, a product with the weight
and with y (one rounding), sums over 8 vectors, their folds, and over blocks of 64 keys (of 2^14 keys, and over these, where a
pair is large); a coefficient with at most 2k + 2 roundings; 4k on the side of the queries, where a constant is rounded too
(twice, for kernels); products of features on both sides; r additions, a product with the row's factor: all in all 9k + r + m/32
+ 40 at most. A pair's N and D are off by Y and 1 times

    e_AB = 2 (e^a - 1) + e^(M + a) A gamma(9g + r + m/32 + 40, u),      in units of the sum of its w.

*Rows.* The boxes of keys that a row meets are disjoint, each a union of `leaves`, and the definition goes by 64 keys, so that a
row adds l = leaves + m/64 sums up at most. Weights below 2^-1022 and what underflows in products come to less than m 2^-800 of
the largest weight of a row, which is about 1: far less than rho is rounded up by. With

    rho = (max e_AB + 3 gamma(l + 8, u))/(1 - eta),

    |N' - N| <= rho Y sum w',   |D' - D| <= rho sum w',   |T' - T| <= 2 Y rho/(1 - rho) + 4 u (max|V| + 2 Y),

as |N/D| <= Y is a mean with weights w' >= 0.

*Masses.* L = s <q, c> + ln 2 (shift + log2 D'): |ln sum w' - ln D| <= -ln(1 - eta), D' is relatively off by rho, <q, c> by
gamma(d + 4, u) S_c with S_c = s sum_c max|q_c| |c_c|, and a logarithm and one sum more round (`attention.rounding.of_log2`).
"""

from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p

from attention.exp2 import EXP2_ULPS, ROUGH
from attention.rounding import U64, WIDEN, gamma, of_log2
from instances.coded import Floats

LITTLE = 100.0
"""Exponentials are rough where so many times what that comes to is asked for."""


def of_polynomial(a: float, m: int, M: float, g: int, r: int, p: Floats | None = None) -> float:
    """The second part of e_AB; with about as large coefficients as any P has, unless they are given. Infinite for a > 1."""
    if not a <= 1:
        return inf
    A = 1.25 * exp(M) if p is None else sum(abs(float(p_k)) * M**k for k, p_k in enumerate(p))
    return exp(M + a) * A * gamma(9 * g + r + m / 32 + 40, U64) * WIDEN


def of_sums(a: float, m: int, leaves: int, polynomial: float) -> float:
    """max e_AB + 3 gamma(l + 8, u), where no polynomial's part is above that; infinite for a > 1."""
    return (2 * expm1(a) + polynomial + 3 * gamma(leaves + m / 64 + 8, U64)) * WIDEN if a <= 1 else inf


@dataclass(frozen=True)
class Loss:
    """What the bounds need: d, m, the leaves of the tree of keys, S, Y and max|V|; and whether exponentials are rough."""

    d: int
    m: int
    leaves: int
    S: float
    Y: float
    largest: float
    rough: bool = False

    @property
    def a(self) -> float:
        return (gamma(5 * self.d + 14, U64) * self.S + 2 * EXP2_ULPS * U64 + ROUGH * self.rough) * WIDEN

    def polynomial(self, M: float, g: int, r: int, p: Floats | None = None) -> float:
        """`of_polynomial` of these inputs."""
        return of_polynomial(self.a, self.m, M, g, r, p)

    def relative(self, eta: float, polynomial: float) -> float:
        """rho."""
        return of_sums(self.a, self.m, self.leaves, polynomial) / (1 - eta)

    def of_masses(self, eta: float, rho: float, S_c: float) -> float:
        """The bound on |L' - L|, for S_c as the module's text has it; infinite where nothing holds."""
        if not (eta < 1 and rho < 1):
            return inf
        reach = self.S + S_c + log(self.m) + 1
        return (-log1p(-eta) - log1p(-rho) + gamma(self.d + 4, U64) * S_c + 2 * of_log2(reach)) * WIDEN

    def rounding(self, eta: float, polynomial: float) -> float:
        """The bound on |T' - T| where no pair's sums are off by more than that; infinite where nothing holds."""
        rho = self.relative(eta, polynomial)
        if not rho < 0.5:
            return inf
        return (2 * self.Y * rho / (1 - rho) + 4 * U64 * (self.largest + 2 * self.Y)) * WIDEN + 2.0**-1000
