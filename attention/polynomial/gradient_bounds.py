"""What gradients of attention by polynomial features are off by: known before dO is, for each unit of max|dO| (derived here).

Letters: w_ij = e^x_ij with x_ij = scale <q_i, k_j - centre>, |x_ij| <= M, p_ij = w_ij / sum_j w_ij, f_ij = <dO_i, V_j>,
delta_i = sum_j p_ij f_ij; s = |scale|; with a tilde what the polynomial P of degree g makes of them. On [-M, M] P is within
(1 +- eta) e^x and its derivative P' within (1 +- eta1) e^x. F_i is the range of f_ij over j, X = max |k_j - centre|.

Approximation. The exact gradient of the map q, k, V -> sum_j P(x_ij) V_j / sum_j P(x_ij), P and centre frozen, is

    dQ~ = scale sum_j p'_ij (f_ij - delta~_i)(k_j - centre),   dK~ = scale sum_i p'_ij (f_ij - delta~_i) q_i,   dV~ = P~^T dO,

p'_ij = P'(x_ij) / sum_j P(x_ij) = p_ij (1 + e'_ij)/(1 + sum_j p_ij e_ij), so that |p' - p| <= rho p, where
rho = (eta + eta1)/(1 - eta). With tau = tanh(artanh(eta)/2), |delta~ - delta| <= tau F_i (module `polynomial`), and
sum_j p_ij |f_ij - delta_i| <= F_i/2. The true dQ does not change when K is shifted, as sum_j p_ij (f_ij - delta_i) = 0. With
p'(f - delta~) - p (f - delta) = (p' - p)(f - delta) + p'(delta - delta~) therefore

    |dQ~ - dQ|_ic <= s X_c F_i (rho/2 + (1 + rho) tau),
    |dK~ - dK|_jc <= s sum_i p_ij |q_ic| F_i (rho + (1 + rho) tau),
    |dV~ - dV|_jc <= 2 eta/(1 - eta) sum_i p_ij |dO_ic|.

A key has p_ij <= e^M/(m e^-b) where |mean_j x_ij| <= b (Jensen), and p_ij <= 1: sum_i p_ij <= kappa = min(n, (n/m) e^(M + b)).
Where max|dO| = 1, F_i <= R = sum_c (max V_c - min V_c). So all three are known, and linear in max|dO|.

Rounding. y_j = (V_j - v)/sigma, |y_jc| <= extent_c, H = sum_c sigma_c extent_c, S = sum_c sigma_c over columns that are not
constant; N = mean_j P(x_ij) y_j and D = mean_j P(x_ij) >= D_low are off by e_N and e (module `rounding`), o = N/D by

    e_o = (e_N + Y e)/(D_low - e) + 2 u Y,      Y = max extent <= 1, u = 2^-53.

The weights B_ic = dO_ic sigma_c / D_i and B_iv = -delta_i / D_i, delta_i = sum_c dO_ic sigma_c o_ic, meet y and the constant 1:
sum_c |y_jc B_ic| + |B_iv| <= w = 2 H/D_low, and what is computed of them is off by at most

    w_off = w (e/(D_low - e) + 2 u) + (S e_o + gamma(C + 2, u)(H + S e_o))/(D_low - e)

together, C > v the number of columns; B_ic alone by v_off = (e/(D_low - e) + 2 u) sigma_c/D_low.

As the derivative of (x.z)^k by x_a is k z_a (x.z)^(k-1), the terms of that of sum_j P(x.z_j) <[y_j ; 1], B_i>/m by x_a, for all
monomials and j, have absolute values that sum to at most max|z_a| A1 w, A1 = sum_k k |p_k| M^(k-1); and those of the derivative
by z_a to at most (n/m) max|x_a| A1 w. The factors that undo the scaling of columns turn |z_a| into s |k_a - centre_a| and |x_a|
into s |q_a|. The terms of dV sum to (n/m) A sigma_c/D_low, A = sum_k |p_k| M^k, and sigma_c is divided out. Every term is off
by a factor within (1 + theta)^{+-1}, theta = gamma(k, u):

    k = 8g + GROUPS + max(n, m)/128 + 3C + g(d + 3) + r + 64       (and n more for dV).

Features have 8g roundings and sums over rows GROUPS + max(n, m)/128 + 8, as in module `rounding`; y, and the contraction over C
columns, 3C. From a monomial to its parent there are a product and the additions of up to d children and of what is its own,
d + 3, at most g times; into one column of the derivative, or of dV, up to r additions; the constant of dV is a sum over n rows;
coefficients, the factors and the rest have less than 64. So

    |dQ' - dQ~| <= s X A1 (w_off + theta (w + w_off)) + flushed,       dK with (n/m) max|Q| for X,
    |dV' - dV~| <= (n/m) A (v_off + theta (1/D_low + v_off)) + flushed     (sigma_c divided out).

flushed: an underflow changes an intermediate by at most 2^-1022, of which there are less than (n + m)(r + d + C + 32)^3 for an
entry; what they are multiplied with is at most L = e^M max(1, |p_k| k!)(1 + 2 sqrt(M))^2g (1 + H + S)/D_low^2, and the factors
that undo scaling. Nothing is proved where these may be near overflow.
"""

from dataclasses import dataclass
from math import atanh, exp, factorial, inf, sqrt, tanh
from typing import NamedTuple

from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.monomials import GROUPS, rank
from attention.polynomial.rounding import TINY64, Ranges, off
from attention.rounding import U64, WIDEN, gamma
from instances.gradients import Three


@dataclass(frozen=True)
class Reach:
    """What the bounds need to know beside `Ranges`: the letters n, s, X, max |Q|, R, H and S of the module's text, the largest
    factor that undoes the scaling of columns of Q, K and V, and C."""

    n: int
    scale: float
    keys: float
    queries: float
    spreads: float
    size: float
    units: float
    undone: Three
    columns: int


class Off(NamedTuple):
    """The errors of dQ, dK and dV for each unit of max|dO|, apart."""

    approximation: Three
    rounding: Three

    @property
    def total(self) -> Three:
        return Three(*(one + other for one, other in zip(*self, strict=True)))


NOTHING = Off(Three(inf, inf, inf), Three(inf, inf, inf))


def kappa(M: float, of: Ranges, n: int) -> float:
    """What sum_i p_ij is at most."""
    return min(float(n), n / of.m * exp(M + min(of.b, M))) * WIDEN


def largest(M: float, of: Ranges, reach: Reach) -> Three:
    """What entries of the gradients themselves are at most, for each unit of max|dO|: half a range, and ranges."""
    many = kappa(M, of, reach.n)
    of_dQ, of_dK = (reach.scale * x * reach.spreads for x in (reach.keys / 2, reach.queries * many))
    return Three(of_dQ * WIDEN, of_dK * WIDEN, many)


def gradients_off(P: ExpPolynomial, eta1: float, of: Ranges, reach: Reach) -> Off:
    """The bounds of the module's text, infinite where nothing is proved."""
    if not (P.eta < 1 and eta1 < 1):
        return NOTHING
    rounded = _rounding(P, of, reach)
    if rounded is None:
        return NOTHING
    tau, rho, many = tanh(atanh(P.eta) / 2), (P.eta + eta1) / (1 - P.eta), kappa(P.M, of, reach.n)
    slope = reach.scale * reach.spreads
    approximation = (
        slope * reach.keys * (rho / 2 + (1 + rho) * tau),
        slope * reach.queries * many * (rho + (1 + rho) * tau),
        2 * P.eta / (1 - P.eta) * many,
    )
    return Off(Three(*(x * WIDEN for x in approximation)), rounded)


def _rounding(P: ExpPolynomial, of: Ranges, reach: Reach) -> Three | None:
    found, M, g = off(P, P.g + 1, of), P.M, P.g
    if found is None:
        return None
    n, m, d, C, r = reach.n, of.m, of.d, reach.columns, rank(of.d, g)
    N, e, low = found
    near = low - e
    e_o = (N + of.Y * e) / near + 2 * U64 * of.Y
    w = 2 * reach.size / low
    w_off = w * (e / near + 2 * U64) + (reach.units * e_o + gamma(C + 2, U64) * (reach.size + reach.units * e_o)) / near
    v_off = (e / near + 2 * U64) / low
    k = 8 * g + GROUPS + max(n, m) / 128 + 3 * C + g * (d + 3) + r + 64
    theta, of_V = gamma(k, U64), gamma(k + n, U64)
    powers = [abs(p) * M**degree for degree, p in enumerate(P.coefficients)]
    A, A1 = sum(powers), sum(degree * x for degree, x in enumerate(powers)) / M
    slopes, share = A1 * (w_off + theta * (w + w_off)), n / m
    most = max(1.0, *(abs(p) * factorial(degree) for degree, p in enumerate(P.coefficients)))
    L = exp(M) * most * (1 + 2 * sqrt(M)) ** (2 * g) * (1 + reach.size + reach.units) / low**2
    undone = [max(1.0, x) for x in reach.undone]
    count = (n + m) * float(r + d + C + 32) ** 3
    if not count * L * max(undone) < 2.0**960:
        return None
    sums = (
        reach.scale * reach.keys * slopes,
        reach.scale * reach.queries * share * slopes,
        share * A * (v_off + of_V * (1 / low + v_off)),
    )
    return Three(*((x + TINY64 * count * L * factor) * WIDEN for x, factor in zip(sums, undone, strict=True)))
