"""Alman and Song, Lemma 3.2 (E3, E4, E5) and the time in Lemma 3.4 (E8): from a polynomial to two thin matrices.

Letters: P of degree g; X, Y with rows in R^d; alpha, beta exponents of u and of v; c the coefficients of P(<u, v>) as a
polynomial in u and v, which are expanded exactly. All numbers are integers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import comb, prod
from typing import Any

import numpy as np
from flint import fmpz_mat, fmpz_poly

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found

Exponents = tuple[int, ...]


@dataclass(frozen=True)
class Features:
    """The index set of the features, as pairs (alpha, beta) of u^alpha v^beta for (g, d), and its size r(g, d)."""

    indices: Callable[[int, int], list[tuple[Exponents, Exponents]]]
    r: Callable[[int, int], int]


Times = Callable[[int, int], int]
Monomials = Callable[[list[int], int, Times], list[int]]
"""All u^alpha, |alpha| <= g, by weight and then in the order of `exponents`, from products by `times`."""


def exponents(d: int, weight: int) -> list[Exponents]:
    """All alpha of d entries with this sum, in descending order."""
    if d == 1:
        return [(weight,)]
    return [(first, *rest) for first in range(weight, -1, -1) for rest in exponents(d - 1, weight - first)]


def _all_pairs(g: int, d: int) -> list[tuple[Exponents, Exponents]]:
    return [(e[:d], e[d:]) for weight in range(2 * g + 1) for e in exponents(2 * d, weight)]


def _equal_pairs(g: int, d: int) -> list[tuple[Exponents, Exponents]]:
    return [(alpha, alpha) for weight in range(g + 1) for alpha in exponents(d, weight)]


def one_by_one(u: list[int], g: int, times: Times) -> list[int]:
    """Each feature by itself, as in the proof of Lemma 3.2."""
    features = []
    for weight in range(g + 1):
        for alpha in exponents(len(u), weight):
            factors = [u[i] for i, power in enumerate(alpha) for _ in range(power)] or [1]
            value = factors[0]
            for factor in factors[1:]:
                value = times(value, factor)
            features.append(value)
    return features


def from_the_previous(u: list[int], g: int, times: Times) -> list[int]:
    """Each feature of weight w > 1 from one of weight w - 1, by one multiplication."""
    features, last = [1], {(0,) * len(u): 1}
    for weight in range(1, g + 1):
        new = {}
        for alpha in exponents(len(u), weight):
            i = next(i for i, power in enumerate(alpha) if power)
            below = (*alpha[:i], alpha[i] - 1, *alpha[i + 1 :])
            new[alpha] = u[i] if weight == 1 else times(last[below], u[i])
        features += new.values()
        last = new
    return features


PRINTED = Features(_all_pairs, lambda g, d: comb(2 * (g + d), 2 * g))
CORRECTED = Features(_equal_pairs, lambda g, d: comb(g + d, g))


def coefficients_up_to(formulas: Callable[[int, int], int], case: Case) -> Finding:
    """P(x) = sum of c_i x^i for i = 0..formulas(g, d)."""
    c, d, x = [int(c) for c in case["c"]], int(case["d"]), int(case["x"])
    top = formulas(len(c) - 1, d)
    value, total = int(fmpz_poly(c)(x)), sum(ci * x**i for i, ci in enumerate(c) if i <= top)
    return found(value == total, f"P({x}) = {value}, the sum up to i = {top} is {total}")


def factorisation(formulas: Features, case: Case) -> Finding:
    """P(X Y^T) = U1 U2^T for U1, U2 of r columns."""
    c, X, Y = _instance(case)
    g, d = len(c) - 1, len(X[0])
    indices, r, terms = formulas.indices(g, d), formulas.r(g, d), expansion(c, d)
    if len(indices) != r:
        return found(False, f"{len(indices)} features, r = {r}")
    U1 = fmpz_mat([[terms.get(pair, 0) * _power(u, pair[0]) for pair in indices] for u in X])
    U2 = fmpz_mat([[_power(v, pair[1]) for pair in indices] for v in Y])
    return found(bool(U1 * U2.transpose() == _applied(c, X, Y)), f"r = {r}")


def needed(formulas: Features, case: Case) -> Finding:
    """r is the number of features with c != 0, and X Y^T of the case has rank P(X Y^T) = min(n, r)."""
    c, X, Y = _instance(case)
    g, d = len(c) - 1, len(X[0])
    r, terms, rank = formulas.r(g, d), len(expansion(c, d)), _applied(c, X, Y).rank()
    shown = f"r = {r}, features with a coefficient: {terms}, rank {rank} of n = {len(X)}"
    return found(r == terms and rank == min(len(X), r), shown)


def at_most_g_variables(formulas: Features, case: Case) -> Finding:
    """Every entry of U1 and U2 is a product of at most g variables, and no term of P(<u, v>) is missing."""
    c, d = [int(c) for c in case["c"]], int(case["d"])
    g = len(c) - 1
    indices = formulas.indices(g, d)
    alpha, beta = max(indices, key=lambda pair: max(map(sum, pair)))
    missing = set(expansion(c, d)) - set(indices)
    long = max(sum(alpha), sum(beta))
    return found(
        long <= g and not missing, f"g = {g}: index {alpha}, {beta} has {long} variables; {len(missing)} terms missing"
    )


def one_multiplication_each(formulas: Monomials, case: Case) -> Finding:
    """The r = binom(g + d, g) monomials of one row take at most r multiplications."""
    u, g = [int(x) for x in case["u"]], int(case["g"])
    count = 0

    def times(x: int, y: int) -> int:
        nonlocal count
        count += 1
        return x * y

    features = formulas(u, g, times)
    if features != [_power(u, alpha) for weight in range(g + 1) for alpha in exponents(len(u), weight)]:
        return found(False, "these are not the monomials")
    return found(count <= len(features), f"{count} multiplications for r = {len(features)} features")


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


def _power(u: list[int], alpha: Exponents) -> int:
    return prod(x**power for x, power in zip(u, alpha, strict=True))


def _applied(c: list[int], X: list[list[int]], Y: list[list[int]]) -> fmpz_mat:
    """P(X Y^T), entry by entry."""
    P = fmpz_poly(c)
    return fmpz_mat([[P(sum(x * y for x, y in zip(u, v, strict=True))) for v in Y] for u in X])


def _instance(case: Case) -> tuple[list[int], list[list[int]], list[list[int]]]:
    return [int(c) for c in case["c"]], case["X"], case["Y"]


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
    """P = 1 + x + ... + x^g; n from 1 to one above binom(g + d, g); entries up to 9."""
    rng = np.random.default_rng(4)
    for g, d in ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1), (2, 3), (3, 2), (4, 1), (3, 3), (4, 2)):
        r = comb(g + d, g)
        for n in sorted({1, 2, r, r + 1}):
            pool = list(product(range(-9, 10), repeat=d))  # distinct rows
            X, Y = ([list(pool[i]) for i in rng.choice(len(pool), n, replace=False)] for _ in range(2))
            yield {"c": [1] * (g + 1), "X": X, "Y": Y}


def degrees() -> Iterator[Case]:
    """P = 1 + x + ... + x^g, g up to 4 and d up to 3."""
    for g in range(1, 5):
        for d in (1, 2, 3):
            yield {"c": [1] * (g + 1), "d": d}


def rows() -> Iterator[Case]:
    """One row u of d <= 4 integers, g up to 8."""
    for d in (1, 2, 3, 4):
        for g in range(9):
            yield {"u": list(range(2, 2 + d)), "g": g}


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E3-index",
        source="Alman and Song, Lemma 3.2, proof, the expansion of P",
        statement="A polynomial of degree g is sum of c_i x^i for i = 0..d, d the dimension of the rows.",
        wrong="The index runs to the degree: for d < g the terms above x^d are lost (and for d > g there are none).",
        correction="i = 0..g.",
        proof="Definition of the degree.",
        printed=lambda g, d: d,
        mended=lambda g, d: g,
        check=coefficients_up_to,
        cases=polynomials,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Lemma-3.2",
        source="Alman and Song, Lemma 3.2",
        statement="P(X Y^T) = U1 U2^T with r = binom(2(g + d), 2g) columns: one for each exponent of u and v of weight <= 2g.",
        wrong="",
        correction="",
        proof="P(<u, v>) has degree 2g in the 2d variables, and a term is a product of a monomial of u and one of v. The bound "
        "is true; it is far from what is needed (E4-rank).",
        printed=PRINTED,
        mended=PRINTED,
        check=factorisation,
        cases=small_matrices,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="E4-rank",
        source="Alman and Song, Lemma 3.2 and Theorem 3.7",
        statement="The construction needs r = binom(2(g + d), 2g) features. Read as: so many coefficients of P(<u, v>) are not "
        "0 when none of P is, and P(X Y^T) has rank min(n, r) for the integer X, Y of the case.",
        wrong="As an upper bound it is true (Lemma-3.2). But only u^alpha v^alpha occur, with the same alpha on both sides, so "
        "all but binom(g + d, g) features are 0; for d = g = 8 that is 12870 for 6.0e8.",
        correction="r = binom(g + d, g), which is the rank for generic X and Y.",
        proof="<u, v>^i = sum over |alpha| = i of (i!/alpha!) u^alpha v^alpha. The monomials of weight <= g are independent "
        "functions, so r generic rows give independent features, and the weights c_i i!/alpha! are not 0.",
        printed=PRINTED,
        mended=CORRECTED,
        check=needed,
        cases=generic_matrices,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E5-variables",
        source="Alman and Song, Lemma 3.2, proof, last sentence",
        statement="Every entry of U1 and U2 is a product of at most g variables, for the features of all exponents of weight "
        "<= 2g.",
        wrong="The exponent u_1^(2g) is among them (with coefficient 0), and so is v_1^(2g), of which U2 holds the full power. "
        "(Also, the product in phi_u is over v_i in V_u, where u_i is meant.)",
        correction="With the exponents (alpha, alpha), |alpha| <= g, each side has at most g variables and no term is missing.",
        proof="As E4-rank.",
        printed=PRINTED,
        mended=CORRECTED,
        check=at_most_g_variables,
        cases=degrees,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E8-time",
        source="Alman and Song, Lemma 3.4: U1 and U2 in O(n r) time, by Lemma 3.2",
        statement="The construction of Lemma 3.2 takes O(n r) time. Read as: at most one multiplication for each of the r = "
        "binom(g + d, g) monomials of a row, when each is multiplied together from its variables.",
        wrong="A monomial of weight w takes w - 1 multiplications, and the average w is g d/(d + 1): O(n r g), as Lemma "
        "3.2 and Algorithm 1 say, and not O(n r).",
        correction="Each monomial of weight w > 1 by one multiplication from one of weight w - 1: O(n r).",
        proof="alpha with alpha_i > 0 is alpha - e_i times u_i.",
        printed=one_by_one,
        mended=from_the_previous,
        check=one_multiplication_each,
        cases=rows,
        recorded=Verdict.FAILS,
    ),
)
