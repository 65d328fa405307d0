"""The rounding bound of polynomial attention, written down a second time from its derivation, in exact arithmetic."""

from dataclasses import replace
from math import comb, factorial, inf

import pytest
from flint import arb, ctx

from attention.exp_polynomial import ExpPolynomial, minimax, taylor
from attention.polynomial.rounding import Ranges, rounding

U32, U64 = arb(2) ** -24, arb(2) ** -53
GROUPS = 32


def gamma(k: arb | int, u: arb) -> arb:
    return k * u / (1 - k * u)


def parts(P: ExpPolynomial, h: int, of: Ranges, room: arb) -> dict[str, arb]:
    """The letters of the derivation, e, mu and 1/D_low each times the room for their own rounding."""
    M, g, d = arb(P.M), P.g, of.d
    u = {k: U64 if k < h else U32 for k in range(g + 1)}
    A = {k: abs(arb(p)) * M**k for k, p in enumerate(P.coefficients)}
    a = arb(of.m if of.rows is None else of.rows) / 128 + of.blocks
    theta = {k: gamma(4 * k + GROUPS + 8, u[k]) + gamma(4 * k + a + 16, U64) for k in range(1, g + 1)} | {0: gamma(8, U64)}
    added = {k: comb(d + k - 1, k) for k in range(g + 1)}
    sums = arb(0)
    for k in range(1, g + 1):
        same = [other for other in range(g + 1) if (other < h) == (k < h)]
        c = sum(added[other] for other in same)
        if c * u[k] >= 1:
            return {"e": arb.pos_inf(), "D_low": arb(1)}
        S = sum(((1 + theta[other]) * A[other] for other in same if other >= k), arb(0))
        sums += u[k] * added[k] * S / (1 - c * u[k])
    tiny = arb(2) ** (-126 if h <= g else -1022)
    largest = max([arb(1), *(abs(arb(p)) * factorial(k) for k, p in enumerate(P.coefficients))])
    U = 8 * comb(d + g, g) * M.exp() * largest * (1 + 2 * M.sqrt()) ** (2 * g) * tiny
    e = room * (sum((A[k] * theta[k] for k in A), arb(0)) + sums + 8 * U64 * sum(A.values(), arb(0)) + U)
    of_mean = gamma(of.m + 8, U64)
    mu = room * arb(of.mu) * (1 + of_mean)
    D_low = (1 - arb(P.eta)) * (-min(arb(of.b), M)).exp() / room
    spread = ((1 + arb(P.eta)) * M.exp() - (1 - arb(P.eta)) * (-M).exp()) / 2
    tau = min(arb(of.Y), (spread * mu + (1 + arb(P.eta)) * M.exp() * (arb(of.residue) + of_mean * mu)) / D_low)
    e_N = mu * e + U + abs(arb(P.coefficients[0])) * of_mean * mu
    return {"e": e, "U": U, "D_low": D_low, "tau": tau, "e_N": e_N}


def restated(P: ExpPolynomial, h: int, of: Ranges, room: float) -> float:
    with ctx.workprec(120):
        p, sigma = parts(P, h, of, arb(room)), arb(of.sigma)
        if not p["e"] <= p["D_low"] / 2:
            return inf
        quotient = sigma * (p["e_N"] + p["tau"] * p["e"]) / (p["D_low"] - p["e"])
        return float(arb(room) * (quotient + 4 * U64 * (arb(of.mean) + 2 * sigma * arb(of.Y)) + arb(2) ** -1070))


USUAL = Ranges(d=3, m=1000, b=0.5, mu=0.25, Y=1.0, mean=0.5, sigma=2.0, residue=1e-17)
RANGES = {
    "usual": USUAL, "one column": replace(USUAL, d=1), "many columns": replace(USUAL, d=40), "one key": replace(USUAL, m=1),
    "many keys": replace(USUAL, m=10**9), "blocks": replace(USUAL, m=10**6, rows=4096, blocks=245),
    "blocks of one row": replace(USUAL, m=10**5, rows=1, blocks=10**5), "far mean": replace(USUAL, b=100.0),
    "no mean": replace(USUAL, b=0.0), "values of one size": replace(USUAL, mu=1.0), "few values": replace(USUAL, mu=1e-9),
    "tau of the values": replace(USUAL, Y=1e-3, mu=1e-3), "tau of the range": replace(USUAL, Y=1e6, mu=1e-3),
    "mean of y": replace(USUAL, Y=1e6, mu=1e-12, residue=1e-6), "large mean of V": replace(USUAL, mean=1e12),
    "equal values": replace(USUAL, mu=0.0, Y=0.0, mean=0.0, residue=0.0), "no values": replace(USUAL, sigma=0.0, mean=0.0),
    "residue of rounding": replace(USUAL, m=10**12, mu=1e-3, Y=1e6, residue=0.0), "few": replace(USUAL, mu=1e-30, Y=1e-30),
}  # fmt: skip
POLYNOMIALS = {
    "minimax": minimax(1.0, 6), "wide": minimax(4.0, 9), "rough": minimax(2.0, 2), "taylor": taylor(0.25, 3),
    "line": minimax(0.5, 1), "large coefficients": ExpPolynomial(0.5, (1.0, 1.0, 3.0, 0.1), 0.5),
    "narrow": minimax(2.0**-12, 3),
}  # fmt: skip


@pytest.mark.parametrize("ranges", RANGES)
@pytest.mark.parametrize("polynomial", POLYNOMIALS)
def test_the_bound_is_that_of_the_derivation(polynomial: str, ranges: str) -> None:
    """At least that, whatever its own rounding, and what it is with room for that."""
    P, of = POLYNOMIALS[polynomial], RANGES[ranges]
    for h in {1, 2, P.g, P.g + 1}:
        found = rounding(P, h, of)
        assert restated(P, h, of, 1.0) <= found
        assert found == pytest.approx(restated(P, h, of, 1 + 1e-9), rel=1e-12, abs=0.0)


def test_keys_are_in_one_block_unless_it_is_said() -> None:
    P = POLYNOMIALS["minimax"]
    assert rounding(P, P.g + 1, USUAL) == rounding(P, P.g + 1, replace(USUAL, blocks=1, rows=USUAL.m))


def test_underflow_counts() -> None:
    """Where monomials are so small that it is what is left: of float32 wherever a degree is in it, else of float64."""
    of = replace(USUAL, mu=1e-30, Y=1e-30, mean=0.0, sigma=1.0, b=0.0, residue=0.0)
    for M, h in ((2.0**-40, 1), (2.0**-40, 3), (2.0**-330, 4)):
        P = ExpPolynomial(M, (0.0, 0.0, 0.0, 1.0), 0.5)
        with ctx.workprec(120):
            letters = parts(P, h, of, arb(1))
            assert letters["U"] > 0.9 * letters["e_N"]
        assert rounding(P, h, of) == pytest.approx(restated(P, h, of, 1 + 1e-9), rel=1e-12, abs=0.0)


def test_it_holds_while_the_denominator_is_known_within_a_half() -> None:
    """e <= D_low/2: the mean exponent is moved to either side of where that ends."""
    P, h = minimax(6.0, 16), 1
    of = replace(USUAL, d=8)
    with ctx.workprec(120):
        e = parts(P, h, of, arb(1))["e"]
        end = float(((1 - arb(P.eta)) / (2 * e)).log())
    assert 0 < end < P.M
    assert rounding(P, h, replace(of, b=end - 1e-6)) < inf
    assert rounding(P, h, replace(of, b=end + 1e-6)) == inf


def test_nothing_holds_of_a_polynomial_that_is_none() -> None:
    assert rounding(ExpPolynomial(1.0, (1.0, 1.0), inf), 1, USUAL) == inf
    assert rounding(ExpPolynomial(1e200, (1.0, 1.0, 0.5), inf), 1, USUAL) == inf
