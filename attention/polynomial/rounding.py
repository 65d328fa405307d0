"""A-priori rounding error of attention by polynomial features (derived here).

Letters: x_ij the exponent of query i and key j about the centre of K, |x_ij| <= M; P(x) = sum_k p_k x^k of degree g, within
(1 +- eta) e^x; A_k = |p_k| M^k; y_j the values less their mean, in units of sigma_c, mu = max_c mean_j |y_jc|; u32, u64 the
unit roundoffs. Degrees k >= h are evaluated in float32, those below in float64, the constant once for all rows.
N = mean_j P(x_ij) y_j, D = mean_j P(x_ij), T = v + sigma N / D with the mean v of V (any fixed vector will do).

Terms. x_ij^k = sum_{|alpha| = k} (k!/alpha!) q^alpha k_j^alpha, and the absolute values of these terms sum to at most M^k,
since M bounds sum_c |q_c k_jc| as well (the sum of the columns' maxima does, the product of norms by Cauchy and Schwarz). A
feature q^alpha has k entries, each rounded twice (in float64, then to the working type), and k - 1 products: with the
key's, 4k roundings of the working type and 2k of float64 a term. y has two more, its product with the feature one, the
sum over GROUPS vectors and its folding GROUPS + 3, the sums of those over the keys are float64 (see below), the coefficient
has one rounding to the working type and 2k + 4 of float64 at most (k!/alpha! is made by k products and quotients), its
product one. All these are a factor within
(1 + theta_k)^{+-1} of every term,

    theta_k = gamma(4k + GROUPS + 8, u_k) + gamma(4k + a + 16, u64),      a = rows/128 + blocks.

Keys may come in blocks, each of at most `rows` of the m (all in one, where they are in memory). GROUPS vectors are at least 256
keys; a thread adds such sums up, then the threads' (those without keys add exact zeros) and SPREAD parts are added: a term of a
block goes through 2 ceil(rows/256) + 4 <= rows/128 + 6 additions. The sums of `blocks` blocks are added one after the other:
blocks - 1 more. Additions are the only operations that blocks change, as queries do not meet; so blocks may lower the bound,
and raise it by gamma(blocks, u64) at most. Of blocks of one row it is gamma(m, u64).

Sums over monomials run from degree g down to h (float32), and from h - 1 down to 1 (float64): the addition of one of the
binom(d + k - 1, k) monomials of degree k rounds a partial sum of size at most S_k = sum of (1 + theta_l) A_l over the
degrees l >= k of the same type, and by what the c additions of that type have added to it: a factor 1/(1 - c u). Underflow
changes a monomial by at most tiny times the other factors, all in all by less than
U = 8 r e^M max(1, |p_k| k!) (1 + 2 sqrt(M))^2g tiny, as columns are scaled to |q_c|, |k_c| <= 2 sqrt(M). So D is off by at most

    e = sum_k A_k theta_k + sum_k u_k binom(d + k - 1, k) S_k + 8 u64 sum_k A_k + U      (theta_0 = gamma(8, u64))

and N by e_N = mu e + U + |p_0| gamma(m + 8, u64) mu, the constant of N being p_0 times the mean of y, summed in float64.

Quotient. D >= D_low = (1 - eta) e^-b where |mean_j x_ij| <= b <= M, by Jensen's inequality. As the mean of y is (all but)
0, only the deviation of P from its middle counts in N: with Y = max |y|, |N/D| is at most

    tau = min(Y, (((1 + eta) e^M - (1 - eta) e^-M)/2 mu + (1 + eta) e^M |mean y|)/D_low),

    |T' - T| <= max_c sigma_c (e_N + tau e)/(D_low - e) + 4 u64 (max |v| + 2 max_c sigma_c Y) + 2^-1070.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from math import comb, cosh, exp, factorial, inf, sinh, sqrt
from typing import NamedTuple

import numpy as np

from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.monomials import GROUPS, rank
from attention.rounding import U64, WIDEN, gamma

U32 = 2.0**-24
TINY32, TINY64 = 2.0**-126, 2.0**-1022


@dataclass(frozen=True)
class Ranges:
    """What the bounds need to know of the inputs: b, mu, Y, max |v|, max_c sigma_c and |mean y|, as in the module's text."""

    d: int
    m: int
    b: float
    mu: float
    Y: float
    mean: float
    sigma: float
    residue: float
    blocks: int = 1
    rows: int | None = None
    """The most keys of a block, m unless given."""

    @property
    def additions(self) -> float:
        return (self.m if self.rows is None else self.rows) / 128 + self.blocks


Lost = Callable[[ExpPolynomial, int, Ranges], float]
"""A bound on what rounding comes to, with degrees h and more in float32."""


class Off(NamedTuple):
    """What N and D are off by, e_N in units of the columns and e, and D_low."""

    N: float
    D: float
    least: float


def off(P: ExpPolynomial, h: int, of: Ranges) -> Off | None:
    """What the sums are off by; None where nothing holds."""
    M, g, d = P.M, P.g, of.d
    if not P.eta < 1:
        return None
    units = [U64 if k < h else U32 for k in range(g + 1)]
    A = [abs(p) * M**k for k, p in enumerate(P.coefficients)]
    theta = [gamma(8, U64)] + [
        gamma(4 * k + GROUPS + 8, units[k]) + gamma(4 * k + of.additions + 16, U64) for k in range(1, g + 1)
    ]
    terms = [(1 + theta[k]) * A[k] for k in range(g + 1)]
    partial = _tails(terms[:h]) + _tails(terms[h:])
    e = sum(A[k] * theta[k] for k in range(g + 1)) + 8 * U64 * sum(A)
    additions = [comb(d + k - 1, k) for k in range(g + 1)]
    grown = {U64: gamma(sum(additions[:h]), U64) + 1, U32: gamma(sum(additions[h:]), U32) + 1}
    e += sum(units[k] * additions[k] * partial[k] * grown[units[k]] for k in range(1, g + 1))
    tiny = TINY32 if h <= g else TINY64
    largest = max(1.0, *(abs(p) * factorial(k) for k, p in enumerate(P.coefficients)))
    underflow = 8 * rank(d, g) * exp(M) * largest * (1 + 2 * sqrt(M)) ** (2 * g) * tiny
    e = (e + underflow) * WIDEN
    D_low = (1 - P.eta) * exp(-min(of.b, M)) / WIDEN
    if not e <= D_low / 2:
        return None
    of_sums = gamma(of.m + 8, U64)
    mu = of.mu * WIDEN * (1 + of_sums)
    return Off(mu * e + underflow + abs(P.coefficients[0]) * of_sums * mu, e, D_low)


def rounding(P: ExpPolynomial, h: int, of: Ranges) -> float:
    """The bound of the module's text, in units of V; infinite where nothing holds."""
    found, M = off(P, h, of), P.M
    if found is None:
        return inf
    of_sums = gamma(of.m + 8, U64)
    mu = of.mu * WIDEN * (1 + of_sums)
    residue = of.residue + of_sums * mu
    half = sinh(M) + P.eta * cosh(M)  # half the range of P
    tau = min(of.Y, (half * mu + (1 + P.eta) * exp(M) * residue) / found.least)
    quotient = of.sigma * (found.N + tau * found.D) / (found.least - found.D)
    return (quotient + 4 * U64 * (of.mean + 2 * of.sigma * of.Y) + 2.0**-1070) * WIDEN


def _tails(terms: list[float]) -> list[float]:
    """The sum of the terms from each one on."""
    return list(np.flip(list(accumulate(reversed(terms))))) if terms else []
