"""Alman and Song, Definition 3.1, Lemma 3.3 and Lemma 3.4 (E4, E12): approximations of low rank and what they need.

Letters: P of degree g; r the number of columns; B bounds the entries of Q and K, M the exponents. Numbers in cases are
integers or fractions as text. All is exact, but for e^x, which is a ball.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from math import comb
from operator import index

import numpy as np
from flint import fmpq_mat, fmpz_mat

from attention.exp_polynomial import MAX_DEGREE, minimax
from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.numbers import ball, dot, largest, rational, rows_of, total
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Approximation:
    """Lemma 3.4: P is taken for the relative error accuracy(eps) on [-M(B), M(B)]; r(g, d)."""

    accuracy: Callable[[Fraction], Fraction]
    M: Callable[[Fraction], Fraction]
    r: Callable[[int, int], int]


def at_most(rank: int, r: int) -> bool:
    """Definition 3.1's condition on the rank of A~."""
    return rank <= r


def square(B: Fraction, d: int) -> Fraction:
    """Lemma 3.3's bound."""
    return B**2


LEMMA_3_4_PRINTED = Approximation(
    accuracy=lambda eps: min(eps, Fraction(9, 100)),
    M=lambda B: B**2,
    r=lambda g, d: comb(2 * (g + d), 2 * g),
)
LEMMA_3_4 = replace(LEMMA_3_4_PRINTED, r=lambda g, d: comb(g + d, g))


def bounded_rank(formulas: Callable[[int, int], bool], case: Case) -> Finding:
    """A~ = U1 U2^T with r columns exists iff formulas(rank A~, r): the factors, or a minor that excludes them."""
    rows, r = [[index(x) for x in row] for row in case["A"]], index(case["r"])
    if r < 1 or any(x < 0 for row in rows for x in row):
        return outside("r < 1, or an entry is negative")
    if max(len(rows), *map(len, rows)) > 6:
        return outside("too large to check here: more than 6 rows or columns")
    A = fmpq_mat(fmpz_mat(rows))
    reduced, rank = A.rref()
    pivots = [next(j for j in range(A.ncols()) if reduced[i, j] != 0) for i in range(rank)]
    if rank <= r:
        U1 = fmpq_mat(len(rows), r, [A[i, pivots[k]] if k < rank else 0 for i in range(len(rows)) for k in range(r)])
        U2 = fmpq_mat(A.ncols(), r, [reduced[k, j] if k < rank else 0 for j in range(A.ncols()) for k in range(r)])
        factors = bool(U1 * U2.transpose() == A)
    else:  # by Cauchy and Binet a minor of order r + 1 of U1 U2^T is 0
        minors = product(combinations(range(len(rows)), r + 1), combinations(range(A.ncols()), r + 1))
        factors = not any(fmpz_mat([[rows[i][j] for j in columns] for i in chosen]).det() != 0 for chosen, columns in minors)
    says = formulas(rank, r)
    return found(says == factors, f"rank {rank}, r = {r}: factors {'exist' if factors else 'do not exist'}, condition {says}")


def largest_score(formulas: Callable[[Fraction, int], Fraction], case: Case) -> Finding:
    """|<q, k>| / d <= formulas(B, d) for all q, k in {-B, B}^d, where it is largest, and equality for some."""
    B, d = Fraction(case["B"]), index(case["d"])
    if B <= 0 or not 1 <= d <= 5:
        return outside("B is not positive, or d is not in 1..5 (all 4^d pairs are tried)")
    corners = list(product((-B, B), repeat=d))
    most = max(abs(dot(q, k)) / d for q in corners for k in corners)
    bound = formulas(B, d)
    return found(most == bound, f"largest {most}, bound {bound}")


def low_rank_attention(formulas: Approximation, case: Case) -> Finding:
    """P(Q K^T / d) is an (eps, r)-approximation (Definition 3.1), P of the least degree g that is found for its accuracy."""
    B, eps = Fraction(case["B"]), Fraction(case["eps"])
    Q, K = (rows_of(case[name]) for name in ("Q", "K"))
    d = len(Q[0])
    if not 0 < eps < 1 or B <= 1 or largest([*Q, *K]) > B or (len(Q), d) != (len(K), len(K[0])):
        return outside("B <= 1, eps is not in (0, 1), an entry is above B, or Q and K are not of one shape")
    if B > 3 or eps < Fraction(1, 10**6) or len(Q) > 64 or d > 3:
        return outside("too large to check here")
    P = next(P for g in range(MAX_DEGREE + 1) if (P := minimax(float(formulas.M(B)), g)).eta <= formulas.accuracy(eps))
    scores = [[dot(q, k) / d for k in K] for q in Q]
    values = [[total(Fraction(p) * x**i for i, p in enumerate(P.coefficients)) for x in row] for row in scores]
    for x, value in ((x, v) for xs, vs in zip(scores, values, strict=True) for x, v in zip(xs, vs, strict=True)):
        if value < 0 or not _near(value, x, eps):
            return found(False, f"entry e^{x} with g = {P.g}: P = {float(value):.6g}")
    rank, r = fmpq_mat([[rational(v) for v in row] for row in values]).rank(), formulas.r(P.g, d)
    return found(rank <= r, f"g = {P.g}, rank {rank}, r = {r}")


def _near(value: Fraction, x: Fraction, eps: Fraction) -> bool:
    """|value - e^x| <= eps e^x."""
    return sign(lambda: ball(eps) - abs(ball(value) * (-ball(x)).exp() - 1)) >= 0


def tiny_matrices() -> Iterator[Case]:
    """All 2 x 2 matrices of 0 and 1, then random 3 x 3 and 4 x 4 ones of rank 1 to 3; r = 1..n + 1."""
    for a in product((0, 1), repeat=4):
        for r in (1, 2, 3):
            yield {"A": [list(a[:2]), list(a[2:])], "r": r}
    rng = np.random.default_rng(31)
    for n in (3, 4):
        for rank in (1, 2, 3):
            A = (rng.integers(0, 4, (n, rank)) @ rng.integers(0, 4, (rank, n))).tolist()
            for r in range(1, n + 2):
                yield {"A": A, "r": r}


def bounds() -> Iterator[Case]:
    """B from 1/2 to 10, d up to 4."""
    for B in ("1", "1/2", "3/2", "2", "10"):
        for d in (1, 2, 3, 4):
            yield {"B": B, "d": d}


def bounded_inputs() -> Iterator[Case]:
    """n = 1 with the largest exponents, some with eps > 0.1; then random Q and K in multiples of B/8."""
    for eps in ("1/11", "1/2", "99/100", "1/100"):
        yield {"Q": [["2"]], "K": [["2"]], "B": "2", "eps": eps}
    rng = np.random.default_rng(34)
    for B in ("5/4", "3/2", "2"):
        for eps in ("1/11", "1/100", "1/1000"):
            for n, d in ((2, 1), (3, 2), (8, 1), (24, 2)):
                Q, K = ([[str(Fraction(B) * int(x) / 8) for x in row] for row in rng.integers(-8, 9, (n, d))] for _ in range(2))
                yield {"Q": Q, "K": K, "B": B, "eps": eps}


CLAIMS = stated(
    __file__,
    Checked("Definition-3.1", bounded_rank, tiny_matrices, printed=at_most),
    Checked("Lemma-3.3", largest_score, bounds, printed=square),
    Checked("Lemma-3.4", low_rank_attention, bounded_inputs, printed=LEMMA_3_4_PRINTED, mended=LEMMA_3_4),
)
