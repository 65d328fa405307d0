"""Polynomials P with |P(x) - e^x| <= eta e^x on [-M, M]: the least eta of a degree, and what eta a given P has, certified.

Letters: g the degree, P(x) = sum_k p_k x^k with float64 coefficients p_k, h(x) = P(x) e^-x - 1 the relative error.

Certificate. h' = (P' - P) e^-x, so |h| is largest at -M, at M or at a real root of the polynomial P' - P. These roots are
isolated exactly (the p_k are rational numbers), and h is evaluated there in ball arithmetic: eta is the maximum of |h|
itself, rounded up, not that of a grid.

Minimax. e^-x, x e^-x, ..., x^g e^-x form a Chebyshev system, so the best P is the one for which h alternates g + 1 times
between +-eta (weighted minimax), found by Remez's exchange; de la Vallee Poussin: if h alternates at g + 2 points, no P
of degree g is better than the least |h| there. (Degrees of e^x: Aggarwal and Alman 2022.)

With its derivative. Where P' stands for e^x too, the best q of degree g - 1 is integrated (derived here): P(x) = p_0 + the
integral of q from 0 to x. The relative error of P' is that of q, the least there is, and that of P is far below it: with
p_0 = 1, |P(x) - e^x| <= eta_1 |e^x - 1|. p_0 makes the largest h and the least opposite. Both errors are certified for the
coefficients as they are: the certificate is for any rational numbers, and those of P' are (k + 1) p_(k+1) exactly.
"""

from math import factorial, inf, nextafter
from typing import Any, NamedTuple

import numpy as np
from flint import arb, fmpq, fmpq_poly, fmpz_poly
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from instances.exact import precision
from instances.kept import kept

MAX_DEGREE = 64
"""More is needed only where float64 has nothing left: for M above 12 or so, or for errors below its roundoff."""

BITS = 192


class ExpPolynomial(NamedTuple):
    """P on [-M, M], and its certified relative error eta (infinite where P is useless)."""

    M: float
    coefficients: tuple[float, ...]
    eta: float

    @property
    def g(self) -> int:
        return len(self.coefficients) - 1


@kept(1024)
def minimax(M: float, g: int) -> ExpPolynomial:
    """The P of degree g with the least eta on [-M, M], up to rounding of its coefficients."""
    return certified(M, _in_powers(_remez(M, g)[0], M))


@kept(1024)
def taylor(M: float, g: int) -> ExpPolynomial:
    """The Taylor polynomial at 0 (Keles et al., Lemma 9); eta <= M^(g+1) e^M / (g+1)!. For even g it is positive everywhere."""
    return certified(M, [1 / factorial(k) for k in range(g + 1)])


@kept(1024)
def taylor_from_below(M: float, g: int) -> ExpPolynomial:
    """The Taylor polynomial at -M; eta = Pr[Poisson(2M) >= g + 1] (derived here), attained at x = M.

    e^x = e^-M e^(x+M), so p_i = e^-M T_(g-i)(M) / i! with T_q(M) = sum_(z <= q) M^z / z!: all positive. And
    1 - P(x) e^-x = 1 - sum_(z <= g) e^-y y^z / z! at y = x + M, which grows with y.
    """
    with precision(BITS):
        partial, term = [arb(1)], arb(1)
        for z in range(1, g + 1):
            term = term * arb(M) / z
            partial.append(partial[-1] + term)
        below = (-arb(M)).exp()
        return certified(M, [float(below * partial[g - i] / factorial(i)) for i in range(g + 1)])


@kept(1024)
def with_derivative(M: float, g: int) -> tuple[ExpPolynomial, float]:
    """A P of degree g >= 1, and eta_1 >= |P'(x) e^-x - 1| on [-M, M], infinite where P' is useless (module text)."""
    slope = _in_powers(_remez(M, g - 1)[0], M)
    rest = [0.0, *(q / (k + 1) for k, q in enumerate(slope))]
    x = M * np.cos(np.linspace(0, np.pi, 16 * g + 17))
    with np.errstate(over="ignore", invalid="ignore"):
        h, weight = np.polynomial.polynomial.polyval(x, rest) * np.exp(-x) - 1, np.exp(-x)
        low, high = 0.0, 2.0
        for _ in range(60):  # h + p_0 e^-x grows with p_0, and so do its extremes
            middle = (low + high) / 2
            at = h + middle * weight
            low, high = (low, middle) if at.max() + at.min() > 0 else (middle, high)
    P = certified(M, [low, *rest[1:]])
    return P, slope_error(P) if P.eta < 1 else inf


def slope_error(P: ExpPolynomial) -> float:
    """A certified eta_1 >= |P'(x) e^-x - 1| on [-M, M] for a P of degree 1 or more, infinite where it is not below 1."""
    return _certified(P.M, [(k + 1) * _rational(p) for k, p in enumerate(P.coefficients[1:])])


def least_error(M: float, g: int) -> float:
    """A number that no polynomial of degree g beats on [-M, M] (de la Vallee Poussin, evaluated in floating point)."""
    return _remez(M, g)[1]


def certified(M: float, coefficients: list[float]) -> ExpPolynomial:
    """P with its eta, computed in ball arithmetic and rounded up. Errors: none; eta is infinite where it is not below 1."""
    if not np.isfinite(coefficients).all():
        return ExpPolynomial(M, tuple(coefficients), inf)
    return ExpPolynomial(M, tuple(coefficients), _certified(M, [_rational(p) for p in coefficients]))


def _certified(M: float, exact: list[fmpq]) -> float:
    """eta of the polynomial with these coefficients; infinite where it is not below 1."""
    difference = [(k + 1) * exact[k + 1] - exact[k] for k in range(len(exact) - 1)] + [-exact[-1]]
    with precision(BITS):
        points = [arb(-M), arb(M)] + [x for x in _real_roots(fmpq_poly(difference)) if not abs(x) > arb(M)]
        eta = max(_relative_error(exact, x) for x in points)
    return eta if eta < 1 else inf


def _relative_error(exact: list[fmpq], x: arb) -> float:
    """|P(x) e^-x - 1| for any x of the ball, rounded up."""
    value = arb(0)
    for p in reversed(exact):
        value = value * x + arb(p)
    return nextafter(float(abs(value * (-x).exp() - 1).upper()), inf)


def _real_roots(polynomial: fmpq_poly) -> list[arb]:
    numerator = fmpz_poly([int(c * polynomial.denom()) for c in polynomial.coeffs()])
    if numerator.degree() < 1:
        return []
    found: list[Any] = numerator.complex_roots()
    return [root.real for root, _ in found if root.imag.contains(0)]


def _rational(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def _in_powers(series: NDArray[np.float64], M: float) -> list[float]:
    """A Chebyshev series in x / M as powers of x (fewer where its last terms are 0)."""
    powers = chebyshev.cheb2poly(series)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return [float(p) for p in powers / M ** np.arange(len(powers), dtype=np.float64)]


@kept(1024)
def _remez(M: float, g: int) -> tuple[NDArray[np.float64], float]:
    """The Chebyshev series in x / M of the best P as far as float64 tells, and the least |h| where it alternates."""
    t = -np.cos(np.pi * np.arange(g + 2) / (g + 1))
    signs = (-1.0) ** np.arange(g + 2)
    best, error = np.zeros(g + 1), inf
    least = 0.0
    for _ in range(30):
        # P(t) + (-1)^i E e^(Mt) = e^(Mt) at the g + 2 points
        system = np.hstack([chebyshev.chebvander(t, g), (signs * np.exp(M * t))[:, None]])
        series = np.linalg.solve(system, np.exp(M * t))[:-1]
        roots = chebyshev.chebroots(chebyshev.chebsub(chebyshev.chebder(series), M * series)) if g else np.empty(0)
        inner = np.sort(roots[abs(roots.imag) < 1e-9].real)
        points = np.concatenate([[-1.0], inner[abs(inner) < 1], [1.0]])
        h = chebyshev.chebval(points, series) * np.exp(-M * points) - 1
        largest = float(abs(h).max())
        if largest < error:
            best, error = series, largest
        if len(points) != g + 2 or not (h[1:] * h[:-1] < 0).all():
            break  # rounding hides the alternation: what there is must do
        least = max(least, float(abs(h).min()))
        if largest <= 1.0001 * least:
            break
        t = points
    return best, least
