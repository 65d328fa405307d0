"""Alman and Song, Lemma 4.7, Case 2: the construction, its letters and outputs from the definition, which the claims share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import comb
from operator import index

import numpy as np
from flint import arb

from hardlab.claims.claim import Case
from hardlab.claims.numbers import ball

LARGEST_SIZE = 10**9
"""The largest n, d and t that are checked."""


@dataclass(frozen=True)
class Construction:
    """The formulas of Case 2: beta(n, d, t, eps), tau(beta) and t~(n, d, t, beta, tau)."""

    beta: Callable[[int, int, int, arb], arb]
    tau: Callable[[arb], arb]
    threshold: Callable[[int, int, int, arb, arb], arb]


PRINTED = Construction(
    beta=lambda n, d, t, eps: 40 * arb(d) / (t * eps) * arb(n).log(),
    tau=lambda beta: beta.exp(),
    threshold=lambda n, d, t, beta, tau: (beta / 4 * (1 - arb(t) / d)).exp() / (2 * n * tau) / 3,
)
CORRECTED = replace(PRINTED, tau=lambda beta: (beta / 2).exp())


def size(case: Case) -> tuple[int, int, int]:
    """n, d and t of a case with vectors."""
    return len(case["A"]), len(case["A"][0]), index(case["t"])


def letters(case: Case) -> tuple[int, int, int, Fraction]:
    """n, d, t and eps of a case without vectors. Errors: ValueError where one is not positive."""
    n, d, t, eps = (*(index(case[letter]) for letter in ("n", "d", "t")), Fraction(str(case["eps"])))
    if min(n, d, t) < 1 or max(n, d, t, eps, 1 / eps if eps > 0 else LARGEST_SIZE + 1) > LARGEST_SIZE:
        raise ValueError(f"n, d, t and eps must be positive, and not beyond {LARGEST_SIZE:,}")
    return n, d, t, eps


def unbalanced(A: Sequence[str], B: Sequence[str]) -> str:
    """Why A and B are not n vectors each of weight d/2, or nothing. Errors: ValueError for what are no 0/1 strings."""
    rows, d = [*A, *B], len(A[0])
    if not d or any(len(row) != d or set(row) - {"0", "1"} for row in rows):
        raise ValueError("A and B must hold 0/1 strings of one length")
    if len(rows) > 128 or d > 256:
        return "too large to check here"
    if len(A) != len(B):
        return f"A has {len(A)} vectors and B has {len(B)}"
    if len(set(A)) < len(A) or len(set(B)) < len(B):
        return "a vector stands twice in a set"
    return "" if all(2 * row.count("1") == d for row in rows) else "not every vector has the weight d/2"


def beyond(case: Case, least: int = 2) -> str:
    """Why a case with vectors is outside the lemma, or nothing: vectors, n >= least, t > 0, eps > 0."""
    t, eps = index(case["t"]), Fraction(str(case["eps"]))
    if t <= 0 or eps <= 0:
        return "t or eps is not positive"
    if t > LARGEST_SIZE or not Fraction(1, LARGEST_SIZE) <= eps <= LARGEST_SIZE:
        return "too large to check here"
    return unbalanced(case["A"], case["B"]) or ("n = 1 gives beta = 0" if len(case["A"]) < least else "")


def beta_of(formulas: Construction, case: Case) -> arb:
    """beta of a case with vectors."""
    n, d, t = size(case)
    return formulas.beta(n, d, t, ball(Fraction(str(case["eps"]))))


def threshold_of(formulas: Construction, case: Case) -> arb:
    """t~ of a case with vectors."""
    n, d, t = size(case)
    beta = beta_of(formulas, case)
    return formulas.threshold(n, d, t, beta, formulas.tau(beta))


def bar_of(formulas: Construction, case: Case) -> arb:
    """2 t~, what an output is compared with."""
    return 2 * threshold_of(formulas, case)


def output(formulas: Construction, case: Case, i: int) -> arb:
    """(D^-1 A v)_i from the definition, v = (1_n; 0_n)."""
    beta = beta_of(formulas, case)
    return _data_mass(case, i, beta) / mass(case, i, beta)


def mass(case: Case, i: int, beta: arb) -> arb:
    """D_ii, the sum of row i of A: the data keys and n keys of exponent <1_d, 1_d> beta / (2d)."""
    return _data_mass(case, i, beta) + len(case["B"]) * (beta / 2).exp()


def _data_mass(case: Case, i: int, beta: arb) -> arb:
    """sum_j exp(beta <a_i, b_j> / (2d)), the first n entries of row i of A; the queries after the n-th have a = 0."""
    n, d, _ = size(case)
    products = [inner(case["A"][i], b) if i < n else 0 for b in case["B"]]
    return sum(((beta * p / (2 * d)).exp() for p in products), arb(0))


def inner(a: str, b: str) -> int:
    """<a, b> of two 0/1 strings."""
    return sum(x == y == "1" for x, y in zip(a, b, strict=True))


def distance(a: str, b: str) -> int:
    """H(a, b) of two 0/1 strings."""
    return sum(x != y for x, y in zip(a, b, strict=True))


def words(d: int) -> list[str]:
    """All 0/1 strings of length d and weight d/2."""
    return ["".join("1" if c in chosen else "0" for c in range(d)) for chosen in combinations(range(d), d // 2)]


def balanced(rng: np.random.Generator, n: int, d: int) -> list[str]:
    """n different random 0/1 strings of length d and weight d/2, fewer if there are not so many."""
    vectors: dict[str, None] = {}
    while len(vectors) < min(n, comb(d, d // 2)):
        vectors["".join(map(str, rng.permutation([0, 1] * (d // 2))))] = None
    return list(vectors)


def balanced_cases() -> Iterator[Case]:
    """All pairs of sets of n = 2 vectors of weight d/2 in d = 2, in d = 4 with A's first one fixed, random larger ones."""
    for d in (2, 4):
        for A in combinations(words(d), 2):
            for B in combinations(words(d), 2):
                if A[0] == words(d)[0]:
                    for t in range(1, d):
                        yield {"A": [*A], "B": [*B], "t": t, "eps": 0.9}
    rng = np.random.default_rng(47)
    for _ in range(40):
        n, d = int(rng.integers(2, 7)), 2 * int(rng.integers(2, 9))
        yield {
            "A": balanced(rng, n, d),
            "B": balanced(rng, n, d),
            "t": int(rng.integers(1, d)),
            "eps": float(rng.choice([0.25, 0.5, 1.0])),
        }
