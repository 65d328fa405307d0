"""Polynomials for the exponential: degrees, and relative errors that are certified and attained."""

from collections.abc import Callable
from math import cosh, exp, inf, nan, tanh

import numpy as np
import pytest
from flint import arb, ctx
from scipy.special import pdtrc

from attention.exp_polynomial import ExpPolynomial, certified, least_error, minimax, taylor, taylor_from_below

# ------------------------------------------------------------------------------------------------------------- degrees

DEGREES = [
    (1, (2, 3, 4, 5), 6, 5), (2, (3, 5, 6, 7), 9, 8), (4, (6, 7, 9, 10), 15, 15), (8, (10, 12, 14, 16), 26, 30),
    (12, (14, 17, 19, 21), 36, 44),
]  # fmt: skip
"""M; the least degrees for eta = 1e-1 to 1e-4; those of the Taylor polynomials at -M and at 0 for 1e-2."""


@pytest.mark.parametrize(("M", "least", "below", "at_zero"), DEGREES)
def test_degrees(M: float, least: tuple[int, ...], below: int, at_zero: int) -> None:
    """Proved for each degree, and disproved for the degree before it; what is proved is nearly the best there is."""
    for power, g in enumerate(least, 1):
        eta = 10.0**-power
        assert minimax(M, g).eta <= eta < least_error(M, g - 1)
        assert least_error(M, g) <= minimax(M, g).eta <= least_error(M, g) * 1.1
    for expansion, g in ((taylor_from_below, below), (taylor, at_zero)):
        assert expansion(M, g).eta <= 1e-2 < expansion(M, g - 1).eta


@pytest.mark.parametrize("M", [0.5, 1.0, 2.0, 4.0])
def test_taylor_from_below_is_a_poisson_tail(M: float) -> None:
    for g in range(1, 30):
        tail = float(pdtrc(g, 2 * M))
        if tail > 1e-6:
            assert abs(taylor_from_below(M, g).eta / tail - 1) < 1e-9


def relative_error(P: ExpPolynomial, x: float) -> float:
    """|P(x) e^-x - 1| from the definition."""
    with ctx.workprec(200):
        value = sum((arb(p) * arb(x) ** k for k, p in enumerate(P.coefficients)), arb(0))
        return float(abs(value * (-arb(x)).exp() - 1))


@pytest.mark.parametrize("expansion", [minimax, taylor, taylor_from_below])
@pytest.mark.parametrize(("M", "g"), [(1.0, 3), (2.0, 7), (4.0, 12), (5.0, 18)])
def test_eta_is_an_upper_bound_and_is_attained(expansion: Callable[[float, int], ExpPolynomial], M: float, g: int) -> None:
    P = expansion(M, g)
    grid = [relative_error(P, float(x)) for x in np.linspace(-M, M, 1001)]
    assert max(grid) <= P.eta < 1
    difference = [(k + 1) * P.coefficients[k + 1] - P.coefficients[k] for k in range(g)] + [-P.coefficients[-1]]
    roots = np.roots(difference[::-1])
    points = [float(x) for x in roots[abs(roots.imag) < 1e-6].real if abs(x) <= M]
    assert max(relative_error(P, x) for x in [-M, M, *points]) >= P.eta * (1 - 1e-6)


@pytest.mark.parametrize("expansion", [minimax, taylor, taylor_from_below])
def test_a_faulty_polynomial_has_a_larger_eta(expansion: Callable[[float, int], ExpPolynomial]) -> None:
    M, g = 2.0, 9
    P = expansion(M, g)
    assert certified(M, list(P.coefficients)) == P
    assert certified(1.2 * M, list(P.coefficients)).eta > 1.5 * P.eta
    if expansion is minimax:  # no change makes the best one better
        for k in range(g + 1):
            changed = certified(M, [p * (1 + 1e-3 * (k == i)) for i, p in enumerate(P.coefficients)])
            assert changed.eta > P.eta
    fine = minimax(M, 14)
    for k in range(6):
        assert certified(M, [p * (1 + 1e-3 * (k == i)) for i, p in enumerate(fine.coefficients)]).eta > 1000 * fine.eta
    for coefficients in ([nan], [1.0, nan], [inf, 1.0], [-1.0]):
        assert certified(M, coefficients).eta == inf
    assert certified(0.1, [-0.5]).eta == inf  # |P - e^x| is above e^x, if less than twice that


def test_the_only_extremum_of_a_line() -> None:
    """P = a + x is furthest from e^x at x = 1 - a, where it is 1, and not at the ends."""
    found = certified(0.2, [1.05, 1.0])
    assert found.g == 1
    assert found.eta == pytest.approx(exp(0.05) - 1, rel=1e-12)
    assert certified(0.25, [1.0]).eta == pytest.approx(exp(0.25) - 1, rel=1e-12)
    assert minimax(1.0, 3).g == 3


def test_the_best_constant() -> None:
    """1/cosh M, off by tanh M at either end."""
    assert minimax(0.5, 0).coefficients == pytest.approx((1 / cosh(0.5),), rel=1e-12)
    assert minimax(0.5, 0).eta == pytest.approx(tanh(0.5), rel=1e-12)
