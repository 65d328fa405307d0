"""The claims on Alman and Song, sections 1 to 3: planted faults."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import ceil, comb, exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from attention.exp_polynomial import least_error, minimax
from hardlab.claims.alman_song import (
    algorithm_1,
    approximation,
    definitions_1,
    exp_degree,
    lemma_3_2,
    low_rank,
    propagation,
    theorem_3_8,
)
from hardlab.claims.claim import Claim, Verdict, tally
from hardlab.claims.numbers import Rows

FAMILIES = (definitions_1, approximation, low_rank, lemma_3_2, propagation, algorithm_1, theorem_3_8)
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for family in FAMILIES for claim in family.CLAIMS}


def _attention(scale: Callable[[int], arb], normalised: bool, columns: bool = False) -> definitions_1.Attention:
    def variant(Q: arb_mat, K: arb_mat, V: arb_mat) -> arb_mat:
        x = Q * K.transpose() * scale(Q.ncols())
        A = arb_mat([[x[i, j].exp() for j in range(x.ncols())] for i in range(x.nrows())])
        mass = (A.transpose() if columns else A) * arb_mat([[1]] * x.ncols())
        return arb_mat(
            [[(A * V)[i, c] / (mass[i, 0] if normalised else 1) for c in range(V.ncols())] for i in range(A.nrows())]
        )

    return variant


def _operator_norm(M: Rows) -> Fraction:
    return max(sum((abs(x) for x in row), Fraction(0)) for row in M)


def _without_d(Q: Rows, K: Rows, V: Rows, coefficients: Any) -> Rows:
    return algorithm_1.algorithm_1([[x * len(Q[0]) for x in q] for q in Q], K, V, coefficients)


def _by_n(Q: Rows, K: Rows, V: Rows, coefficients: Any) -> Rows:
    """Divided by n in place of w~."""
    A = [[sum(Fraction(p) * (_dot(q, k) / len(q)) ** i for i, p in enumerate(coefficients)) for k in K] for q in Q]
    sums = fmpq_mat([[_q(x) for x in row] for row in A]) * fmpq_mat([[_q(x) for x in row] for row in V])
    return [[Fraction(str(sums[i, j])) / len(K) for j in range(sums.ncols())] for i in range(len(Q))]


def _dot(q: list[Fraction], k: list[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(q, k, strict=True)), Fraction(0))


def _q(x: Any) -> fmpq:
    return fmpq(*Fraction(x).as_integer_ratio())


def _degree(base: approximation.Degree, *formulas: Callable[[arb, arb], arb]) -> list[approximation.Degree]:
    return [replace(base, F=F) for F in formulas]


ADDITIVE, RELATIVE, SCORES = approximation.ADDITIVE, approximation.RELATIVE, approximation.SCORES
MATRICES = propagation.BOTH_NORMALISERS

PLANTED: dict[str, list[Any]] = {
    "Definition-1.1": [
        _attention(lambda d: arb(1), normalised=True),
        _attention(lambda d: 1 / arb(d).sqrt(), normalised=True),
        _attention(lambda d: 1 / arb(d), normalised=False),
        _attention(lambda d: 1 / arb(d), normalised=True, columns=True),
    ],
    "Definition-1.2-norm": [_operator_norm, lambda M: abs(M[0][0])],
    "E2-additive": [
        *_degree(ADDITIVE, lambda B, L: L, lambda B, L: B, lambda B, L: L / (2 + L / B).log()),
        *_degree(ADDITIVE, lambda B, L: ADDITIVE.F(B, L) * 3, lambda B, L: ADDITIVE.F(B, L) / 3),
        *_degree(ADDITIVE, lambda B, L: approximation.larger(L / (2 + L).log(), B)),
    ],
    "E2-relative": [
        *_degree(RELATIVE, lambda B, L: L, lambda B, L: B, lambda B, L: L / (2 + L / B).log()),
        *_degree(RELATIVE, lambda B, L: RELATIVE.F(B, L) * 4, lambda B, L: RELATIVE.F(B, L) / 3),
        *_degree(RELATIVE, lambda B, L: approximation.larger(L / (2 + L).log(), B)),
    ],
    "Corollary-2.2": [lambda Q, B, x: Q(x - B) / B.exp(), lambda Q, B, x: Q(x + B), lambda Q, B, x: Q(x)],
    "E6-half-length": [
        *_degree(SCORES, lambda B, L: L, lambda B, L: approximation.larger(L / (2 + L / B**2).log(), B**3)),
        *_degree(SCORES, lambda B, L: approximation.larger(L / (2 + L / B).log(), B**2)),
        *_degree(SCORES, lambda B, L: approximation.larger(L / (2 + L / B**3).log(), B**2)),
        *_degree(SCORES, lambda B, L: approximation.larger(L / (2 + L / B ** arb("1.9")).log(), B**2)),
    ],
    "E7-first-term": _degree(SCORES, lambda B, L: L, lambda B, L: L / 4, lambda B, L: B**2, lambda B, L: L / (2 + L / B).log()),
    "Theorem-3.8": [
        replace(theorem_3_8.BELOW, B=lambda L: L.sqrt()),
        replace(theorem_3_8.BELOW, g=lambda B, L: L / 2),
        replace(theorem_3_8.BELOW, ln_rank=lambda g, d: g * (1 + ((d + g) / g).log())),
        replace(theorem_3_8.BELOW, ln_rank=lambda g, d: 2 * g * ((d + g) / g).log()),
    ],
    "Definition-3.1": [lambda rank, r: rank < r, lambda rank, r: rank == r, lambda rank, r: rank <= r + 1],
    "Lemma-3.3": [lambda B, d: B, lambda B, d: d * B**2, lambda B, d: B**3],
    "Lemma-3.4": [
        replace(low_rank.LEMMA_3_4, M=lambda B: B),
        replace(low_rank.LEMMA_3_4, r=lambda g, d: comb(g + d, g) - 1),
        replace(low_rank.LEMMA_3_4, r=lambda g, d: g + 9),
        replace(low_rank.LEMMA_3_4, accuracy=lambda eps: 2 * eps),
    ],
    "E3-index": [lambda g, d: g - 1, lambda g, d: min(g, d)],
    "Lemma-3.2": [
        replace(lemma_3_2.PRINTED, r=lambda g, d: comb(2 * (g + d), 2 * g) - 1),
        lemma_3_2.Features(
            lambda g, d: [pair for pair in lemma_3_2.PRINTED.indices(g, d) if sum(map(sum, pair)) <= g],
            lambda g, d: comb(2 * d + g, g),
        ),
    ],
    "E4-rank": [
        replace(lemma_3_2.CORRECTED, r=lambda g, d: comb(g + d, g) + 1),
        replace(lemma_3_2.CORRECTED, r=lambda g, d: comb(g + d - 1, g)),
        replace(lemma_3_2.CORRECTED, r=lambda g, d: comb(2 * d + g, g)),
    ],
    "E5-variables": [
        replace(lemma_3_2.CORRECTED, indices=lambda g, d: lemma_3_2.CORRECTED.indices(g - 1, d)),
        replace(lemma_3_2.CORRECTED, indices=lambda g, d: lemma_3_2.CORRECTED.indices(g + 1, d)),
    ],
    "Lemma-3.5": [lambda eps: eps / 2, lambda eps: 2 * eps, lambda eps: eps**2],
    "E9-normalisers": [
        replace(MATRICES, allows=lambda D, D2, mass, mass2: mass == D),
        replace(MATRICES, allows=lambda D, D2, mass, mass2: mass2 == D2),
        replace(MATRICES, bound=lambda eps_A, eps_D, B: eps_A * B),
        replace(MATRICES, bound=lambda eps_A, eps_D, B: eps_D * B),
        replace(MATRICES, bound=lambda eps_A, eps_D, B: eps_A + eps_D),
    ],
    "E9-any-second": [
        replace(propagation.ANY_D2, bound=lambda eps_A, eps_D, B: (eps_A + eps_D) * B),
        replace(propagation.ANY_D2, bound=lambda eps_A, eps_D, B: (eps_A + eps_D) / (1 - eps_A) * B),
        replace(propagation.ANY_D2, bound=lambda eps_A, eps_D, B: B),
        replace(propagation.ANY_D2, allows=propagation.ANY_D.allows),
    ],
    "E10-constant": [
        *(
            replace(propagation.TIGHT, bound=bound)
            for bound in (
                lambda eps, B: propagation.tight(eps, B) * 99 / 100,
                lambda eps, B: propagation.tight(eps, B) * 101 / 100,
                lambda eps, B: eps * B,
                lambda eps, B: 2 * B * eps.tanh() / 2,
            )
        ),
        replace(propagation.TWICE, bound=lambda eps, B: eps * B),
        replace(propagation.TWICE, attained=True),
    ],
    "E11-accuracy": [
        lambda eps, B: eps * Fraction(20, 19) / B,
        lambda eps, B: eps / 2,
        lambda eps, B: 3 * eps / (2 * B),
    ],
    "Algorithm-1": [_without_d, _by_n, lambda Q, K, V, c: algorithm_1.algorithm_1(K, Q, V, c)],
}


def _survives(claim: Claim[Any], formulas: Any) -> bool:
    """Whether the formulas hold on all cases; one that the bounds on the degree cannot decide is an error."""
    try:
        return tally(claim, formulas).verdict is Verdict.HOLDS
    except ValueError:
        return False


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name in PLANTED for fault in range(len(PLANTED[name]))])
def test_planted_faults_are_found(name: str, fault: int) -> None:
    assert not _survives(CLAIMS[name], PLANTED[name][fault])


def test_every_claim_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(CLAIMS)


@pytest.mark.parametrize("s", [1, 2, 4, 8])
def test_bounds_on_the_additive_degree(s: int) -> None:
    """Against the error of interpolation at Chebyshev nodes, which is within a factor 1 + 2/pi ln(g + 1) + 1 of the best."""
    for L in (3, 6, 12):
        with ctx.workprec(256):
            least = exp_degree.least_additive(arb(s), arb(L))
        for g, beyond in ((least.low - 1, True), (least.high, False)):
            if g < 0:
                continue
            t = np.cos(np.pi * (np.arange(g + 1) + 0.5) / (g + 1))
            series = np.polynomial.chebyshev.chebfit(t, np.exp(s * (t + 1) / 2), g)
            x = np.linspace(-1, 1, 2001)
            error = float(abs(np.polynomial.chebyshev.chebval(x, series) - np.exp(s * (x + 1) / 2)).max())
            assert error > np.exp(-L) if beyond else error < 4 * np.exp(-L)


@pytest.mark.parametrize("M", [1, 2, 4, 8])
def test_bounds_on_the_relative_degree(M: int) -> None:
    """Against weighted minimax, certified above and alternating below."""
    for L in (3, 6, 9):
        with ctx.workprec(256):
            low, high = exp_degree.least_relative(arb(M), arb(L))
        best = next(g for g in range(64) if minimax(float(M), g).eta < np.exp(-L))
        assert low <= best <= high
        assert least_error(float(M), best - 1) > np.exp(-L) * 0.999


@pytest.mark.parametrize(("M", "L"), [(55, 3), (115, 3), (31, 3), (134, 3), (75, 2), (3, 20), (8, 12)])
def test_the_lower_bound_on_the_relative_degree_is_the_best_of_two(M: int, L: int) -> None:
    """That of an additive error on [0, s], and of the growth over the last s of [-M, M], for 16 s."""
    eps, growths = exp(-L), []
    for s in (M * eighths / 8 for eighths in range(1, 16)):
        delta = 2 * s / (2 * M - s)
        growths.append((s - log((1 + eps) / (1 - eps))) / log(1 + delta + sqrt(delta**2 + 2 * delta)))
    with ctx.workprec(256):
        additive = [
            exp_degree.least_additive(arb(M) * eighths / 8, arb(L) - arb(M) * eighths / 8).low for eighths in range(1, 17)
        ]
        least = exp_degree.least_relative(arb(M), arb(L))
        assert least.high == exp_degree.least_additive(arb(2 * M), arb(L)).high
    assert least.low == max(*additive, *map(ceil, growths))


def test_a_constant_is_enough_on_a_short_interval() -> None:
    """1 is off by 0.05 on [-0.05, 0.05], and 0.09 is allowed."""
    assert exp_degree.least_relative(arb("0.05"), arb("2.4")) == (0, 0)
