"""Alman and Song, Lemma 3.2 (E3, E4, E5): from a polynomial to two thin matrices.

Letters: P of degree g; X, Y with rows in R^d; alpha, beta exponents of u and of v; c the coefficients of P(<u, v>) as a
polynomial in u and v, which are expanded exactly. All numbers are integers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import comb
from operator import index

import numpy as np
from flint import fmpz_mat, fmpz_poly

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import dot, power
from hardlab.claims.stating import Checked, stated

MOST_FEATURES = 10**4
"""The most features that are written down."""

Exponents = tuple[int, ...]


@dataclass(frozen=True)
class Features:
    """The index set of the features, as pairs (alpha, beta) of u^alpha v^beta for (g, d), and its size r(g, d)."""

    indices: Callable[[int, int], list[tuple[Exponents, Exponents]]]
    r: Callable[[int, int], int]


def exponents(d: int, weight: int) -> list[Exponents]:
    """All alpha of d entries with this sum, in descending order."""
    if d == 1:
        return [(weight,)]
    return [(first, *rest) for first in range(weight, -1, -1) for rest in exponents(d - 1, weight - first)]


def _all_pairs(g: int, d: int) -> list[tuple[Exponents, Exponents]]:
    return [(e[:d], e[d:]) for weight in range(2 * g + 1) for e in exponents(2 * d, weight)]


def _equal_pairs(g: int, d: int) -> list[tuple[Exponents, Exponents]]:
    return [(alpha, alpha) for weight in range(g + 1) for alpha in exponents(d, weight)]


PRINTED = Features(_all_pairs, lambda g, d: comb(2 * (g + d), 2 * g))
CORRECTED = Features(_equal_pairs, lambda g, d: comb(g + d, g))


def coefficients_up_to(formulas: Callable[[int, int], int], case: Case) -> Finding:
    """P(x) = sum of c_i x^i for i = 0..formulas(g, d)."""
    c, d, x = [int(c) for c in case["c"]], int(case["d"]), int(case["x"])
    if not c or c[-1] == 0 or d < 1:
        return outside("the leading coefficient is 0, or d < 1")
    top = formulas(len(c) - 1, d)
    value, total = int(fmpz_poly(c)(x)), sum(ci * x**i for i, ci in enumerate(c) if i <= top)
    return found(value == total, f"P({x}) = {value}, the sum up to i = {top} is {total}")


def factorisation(formulas: Features, case: Case) -> Finding:
    """P(X Y^T) = U1 U2^T for U1, U2 of r columns."""
    c, X, Y = _instance(case)
    g, d = len(c) - 1, len(X[0])
    if why := _beyond(g, d):
        return outside(why)
    indices, r, terms = formulas.indices(g, d), formulas.r(g, d), expansion(c, d)
    if len(indices) != r:
        return found(False, f"{len(indices)} features, r = {r}")
    U1 = fmpz_mat([[terms.get(pair, 0) * power(u, pair[0]) for pair in indices] for u in X])
    U2 = fmpz_mat([[power(v, pair[1]) for pair in indices] for v in Y])
    return found(bool(U1 * U2.transpose() == _applied(c, X, Y)), f"r = {r}")


def needed(formulas: Features, case: Case) -> Finding:
    """r is the number of features with c != 0, and P(X X^T) has rank min(n, r).

    Where no coefficient is negative P(X X^T) is a Gram matrix, so its rank is that of the features of the rows of X: X must
    be in general position, i.e. its monomials of weight <= g have full rank.
    """
    c, X, Y = _instance(case)
    g, d = len(c) - 1, len(X[0])
    if why := _beyond(g, d) or ("Y is not X, or a coefficient is not positive" if X != Y or min(c) <= 0 else ""):
        return outside(why)
    monomials = [[power(u, alpha) for weight in range(g + 1) for alpha in exponents(d, weight)] for u in X]
    if fmpz_mat(monomials).rank() < min(len(X), len(monomials[0])):
        return outside("X is not in general position")
    r, terms, rank = formulas.r(g, d), len(expansion(c, d)), _applied(c, X, Y).rank()
    shown = f"r = {r}, features with a coefficient: {terms}, rank {rank} of n = {len(X)}"
    return found(r == terms and rank == min(len(X), r), shown)


def at_most_g_variables(formulas: Features, case: Case) -> Finding:
    """Every entry of U1 and U2 is a product of at most g variables, and no term of P(<u, v>) is missing."""
    c, d = [int(c) for c in case["c"]], int(case["d"])
    g = len(c) - 1
    if why := _beyond(g, d) or ("a coefficient of P is 0" if 0 in c else ""):
        return outside(why)
    indices = formulas.indices(g, d)
    alpha, beta = max(indices, key=lambda pair: max(map(sum, pair)))
    missing = set(expansion(c, d)) - set(indices)
    long = max(sum(alpha), sum(beta))
    return found(
        long <= g and not missing, f"g = {g}: index {alpha}, {beta} has {long} variables; {len(missing)} terms missing"
    )


def expansion(c: list[int], d: int) -> dict[tuple[Exponents, Exponents], int]:
    """The coefficients of P(<u, v>), by repeated multiplication with <u, v>; zeros left out."""
    terms: dict[tuple[Exponents, Exponents], int] = {}
    power = {((0,) * d, (0,) * d): 1}
    for ci in c:
        for pair, count in power.items():
            terms[pair] = terms.get(pair, 0) + ci * count
        new: dict[tuple[Exponents, Exponents], int] = {}
        for (alpha, beta), count in power.items():
            for i in range(d):
                pair = (_raised(alpha, i), _raised(beta, i))
                new[pair] = new.get(pair, 0) + count
        power = new
    return {pair: value for pair, value in terms.items() if value}


def _raised(alpha: Exponents, i: int) -> Exponents:
    return (*alpha[:i], alpha[i] + 1, *alpha[i + 1 :])


def _applied(c: list[int], X: list[list[int]], Y: list[list[int]]) -> fmpz_mat:
    """P(X Y^T), entry by entry."""
    P = fmpz_poly(c)
    return fmpz_mat([[P(dot(u, v)) for v in Y] for u in X])


def _instance(case: Case) -> tuple[list[int], list[list[int]], list[list[int]]]:
    """The coefficients, X and Y. Errors: ValueError where X and Y are not n x d."""
    X, Y = ([[index(x) for x in row] for row in case[name]] for name in "XY")
    if len(X) != len(Y) or {len(row) for row in X + Y} != {len(X[0])}:
        raise ValueError("X and Y must be n x d")
    if len(X) > 200:
        raise ValueError("more than 200 rows are too many to check here")
    return [index(c) for c in case["c"]], X, Y


def _beyond(g: int, d: int) -> str:
    """Why there is nothing to check here, or nothing."""
    if g < 0 or d < 1:
        return "no polynomial, or d < 1"
    return "too large to check here" if comb(2 * (g + d), 2 * g) > MOST_FEATURES else ""


def polynomials() -> Iterator[Case]:
    """P = x^g first, then random coefficients; d < g and d >= g."""
    rng = np.random.default_rng(3)
    for g in range(1, 6):
        for d in (1, 2, 3):
            yield {"c": [0] * g + [1], "d": d, "x": 1}
            yield {"c": [*rng.integers(-3, 4, g).tolist(), 2], "d": d, "x": 3}


def small_matrices() -> Iterator[Case]:
    """g and d up to 3, n up to 4, entries -2..2, coefficients -2..3 with c_g = 1."""
    rng = np.random.default_rng(32)
    for g in range(4):
        for d in (1, 2, 3):
            for n in (1, 2, 4):
                X, Y = rng.integers(-2, 3, (2, n, d)).tolist()
                yield {"c": [*rng.integers(-2, 4, g).tolist(), 1], "X": X, "Y": Y}


def generic_matrices() -> Iterator[Case]:
    """P = 1 + x + ... + x^g and Y = X; n one above binom(g + d, g) first, then smaller; entries up to 9."""
    rng = np.random.default_rng(4)
    for g, d in ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1), (2, 3), (3, 2), (4, 1), (3, 3), (4, 2)):
        r = comb(g + d, g)
        for n in (r + 1, r, 2, 1):
            pool = list(product(range(-9, 10), repeat=d))  # distinct rows
            X = [list(pool[i]) for i in rng.choice(len(pool), n, replace=False)]
            yield {"c": [1] * (g + 1), "X": X, "Y": X}


def degrees() -> Iterator[Case]:
    """P = 1 + x + ... + x^g, g up to 4 and d up to 3."""
    for g in range(1, 5):
        for d in (1, 2, 3):
            yield {"c": [1] * (g + 1), "d": d}


CLAIMS = stated(
    __file__,
    Checked("E3-index", coefficients_up_to, polynomials, printed=lambda g, d: d, mended=lambda g, d: g, recorded=Verdict.FAILS),
    Checked("Lemma-3.2", factorisation, small_matrices, printed=PRINTED),
    Checked("E4-rank", needed, generic_matrices, printed=PRINTED, mended=CORRECTED, recorded=Verdict.FAILS),
    Checked("E5-variables", at_most_g_variables, degrees, printed=PRINTED, mended=CORRECTED, recorded=Verdict.FAILS),
)
