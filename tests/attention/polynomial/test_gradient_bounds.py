"""The bounds of gradients by polynomials, written down a second time from their derivation, in exact arithmetic."""

from dataclasses import replace
from math import comb, factorial, inf

import pytest
from flint import arb, ctx

from attention.exp_polynomial import ExpPolynomial, certified, minimax, slope_error, with_derivative
from attention.polynomial.gradient_bounds import NOTHING, Reach, gradients_off, kappa, largest
from attention.polynomial.rounding import Ranges, off
from instances.gradients import Three

U = arb(2) ** -53
ROOM = 1e-8


def gamma(k: arb | int) -> arb:
    return k * U / (1 - k * U)


def approximation(P: ExpPolynomial, eta1: float, of: Ranges, reach: Reach) -> list[arb]:
    eta, M, b = arb(P.eta), arb(P.M), min(arb(of.b), arb(P.M))
    rho, tau = (eta + arb(eta1)) / (1 - eta), (eta.atanh() / 2).tanh()
    many = min(arb(reach.n), arb(reach.n) / of.m * (M + b).exp())
    slope = arb(reach.scale) * arb(reach.spreads)
    return [
        slope * arb(reach.keys) * (rho / 2 + (1 + rho) * tau),
        slope * arb(reach.queries) * many * (rho + (1 + rho) * tau),
        2 * eta / (1 - eta) * many,
    ]


def rounding(P: ExpPolynomial, of: Ranges, reach: Reach) -> list[arb]:
    found = off(P, P.g + 1, of)
    assert found is not None
    N, e, low = map(arb, found)
    M, g, n, m, d, C = arb(P.M), P.g, reach.n, of.m, of.d, reach.columns
    r, H, S, Y, near = comb(d + g, g), arb(reach.size), arb(reach.units), arb(of.Y), low - e
    e_o = (N + Y * e) / near + 2 * U * Y
    w = 2 * H / low
    w_off = w * (e / near + 2 * U) + (S * e_o + gamma(C + 2) * (H + S * e_o)) / near
    v_off = (e / near + 2 * U) / low
    k = 8 * g + 32 + arb(max(n, m)) / 128 + 3 * C + g * (d + 3) + r + 64
    A = sum((abs(arb(p)) * M**i for i, p in enumerate(P.coefficients)), arb(0))
    A1 = sum((i * abs(arb(p)) * M ** (i - 1) for i, p in enumerate(P.coefficients) if i), arb(0))
    slopes = A1 * (w_off + gamma(k) * (w + w_off))
    most = max(arb(1), *(abs(arb(p)) * factorial(i) for i, p in enumerate(P.coefficients)))
    flushed = arb(2) ** -1022 * (n + m) * (r + d + C + 32) ** 3 * M.exp() * most * (1 + 2 * M.sqrt()) ** (2 * g)
    flushed *= (1 + H + S) / low**2
    sums = [
        arb(reach.scale) * arb(reach.keys) * slopes,
        arb(reach.scale) * arb(reach.queries) * n / m * slopes,
        arb(n) / m * A * (v_off + gamma(k + n) * (1 / low + v_off)),
    ]
    return [x + flushed * max(arb(1), arb(u)) for x, u in zip(sums, reach.undone, strict=True)]


RANGES = Ranges(d=3, m=1000, b=0.25, mu=0.25, Y=1.0, mean=0.5, sigma=2.0, residue=1e-17)
REACH = Reach(3000, 0.5, 1.5, 2.5, 3.0, 4.0, 5.0, Three(2.0, 4.0, 8.0), 5)
CASES: dict[str, tuple[Ranges, Reach]] = {
    "usual": (RANGES, REACH),
    "one column": (replace(RANGES, d=1), REACH),
    "many columns": (replace(RANGES, d=30), replace(REACH, columns=90)),
    "one key": (replace(RANGES, m=1), REACH),
    "fewer rows than share of a key": (RANGES, replace(REACH, n=2)),
    "no rows": (RANGES, replace(REACH, n=0)),
    "drift above M": (replace(RANGES, b=5.0), REACH),
    "centred": (replace(RANGES, b=0.0), REACH),
    "no values": (replace(RANGES, mu=0.0, Y=0.0), replace(REACH, spreads=0.0, size=0.0, units=0.0)),
    "far undone": (RANGES, replace(REACH, undone=Three(2.0**100, 2.0**300, 2.0**-5))),
    "flushed is what there is": (RANGES, replace(REACH, undone=Three(2.0**830, 2.0**820, 2.0**810))),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("M", "g"), [(0.25, 1), (0.5, 4), (1.5, 9)])
def test_bounds(name: str, M: float, g: int) -> None:
    """Neither more nor less, but for the room for their own rounding."""
    of, reach = CASES[name]
    P, eta1 = with_derivative(M, g)
    found = gradients_off(P, eta1, of, reach)
    with ctx.workprec(200):
        for part, wanted in (
            (found.approximation, approximation(P, eta1, of, reach)),
            (found.rounding, rounding(P, of, reach)),
        ):
            for one, other in zip(part, wanted, strict=True):
                assert other <= one
                assert arb(one) <= other * (1 + ROOM) + arb(2) ** -1074, name
    assert found.total == tuple(x + y for x, y in zip(found.approximation, found.rounding, strict=True))


def test_what_entries_are_at_most() -> None:
    many = kappa(0.5, RANGES, 3000)
    assert many == pytest.approx(3 * 2.718281828459045**0.75)
    assert kappa(0.5, RANGES, 0) == 0
    assert kappa(0.5, replace(RANGES, m=1), 7) == pytest.approx(7)
    assert largest(0.5, RANGES, REACH) == pytest.approx((0.5 * 0.75 * 3, 0.5 * 2.5 * 3 * many, many))


def test_where_nothing_is_proved() -> None:
    """A polynomial that is useless, or whose derivative is; sums that may be lost, or overflow."""
    P, eta1 = with_derivative(0.5, 4)
    assert max(gradients_off(P, eta1, RANGES, REACH).total) < inf
    assert gradients_off(P._replace(eta=inf), eta1, RANGES, REACH) is NOTHING
    assert gradients_off(P, inf, RANGES, REACH) is NOTHING
    assert gradients_off(P, eta1, replace(RANGES, m=2**60), REACH) is NOTHING
    for place in range(3):
        undone = Three(*(2.0**950 if k == place else 1.0 for k in range(3)))
        assert gradients_off(P, eta1, RANGES, replace(REACH, undone=undone)) is NOTHING
    assert gradients_off(P, eta1, RANGES, replace(REACH, size=2.0**950)) is NOTHING


@pytest.mark.parametrize(("M", "g"), [(0.21, 3), (0.34375, 4), (0.8125, 6), (3.0, 12)])
def test_a_polynomial_for_both(M: float, g: int) -> None:
    """The derivative is the best there is; the polynomial costs some 2.5 times the least error of its degree."""
    P, eta1 = with_derivative(M, g)
    assert eta1 == slope_error(P)
    assert eta1 <= minimax(M, g - 1).eta * (1 + 1e-9) + 1e-16
    assert minimax(M, g).eta <= P.eta <= 2.6 * minimax(M, g).eta
    assert slope_error(minimax(M, g)) > 2 * eta1
    for moved in (-0.05, 0.05):  # the constant is the best, too
        assert certified(M, [P.coefficients[0] + moved * P.eta, *P.coefficients[1:]]).eta > P.eta
