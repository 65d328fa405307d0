"""Alman and Song, Lemma 4.7, Case 2: the entries of A, the normaliser, the threshold and the decision.

A case holds the sets A and B (n vectors of weight d/2 each, as 0/1 strings), t and eps. Letters as in the lemma: beta = B^2
(9), tau (5) the weight of a padding key, t~ (12) a third of the least YES output; the right half of a query is sqrt(beta) 1_d.
Everything is evaluated from the definition of attention, in ball arithmetic where exponentials decide.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import comb
from operator import index
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from instances.exact import sign

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


@dataclass(frozen=True)
class Entries:
    """floor <= A_ij <= exp(rate beta) for i, j <= n; whether the bounds are said to be attained, at h = d and h = 0."""

    floor: int
    rate: Fraction
    attained: bool


def bounds_entries(formulas: Entries, case: Case) -> Finding:
    """Every entry of the data block of A = exp(Q K^T / 2d) is within its bounds."""
    n, d, _ = size(case)
    if why := beyond(case):
        return outside(why)
    for a in case["A"]:
        for b in case["B"]:
            exponent = Fraction(inner(a, b), 2 * d)
            above = _side(case, exponent, formulas.floor)
            loose = (a == b and exponent != formulas.rate) or (distance(a, b) == d and above != 0)
            if above < 0 or exponent > formulas.rate or (formulas.attained and loose):
                return found(False, f"ln A_ij = {exponent} beta, bounds {formulas.floor} and exp({formulas.rate} beta)")
    return found(True, f"{n * n} entries within the bounds")


def _side(case: Case, exponent: Fraction, floor: int) -> int:
    return sign(lambda: (ball(exponent) * beta_of(CORRECTED, case)).exp() - floor)


def bounds_normaliser(formulas: Construction, case: Case) -> Finding:
    """n tau <= D_ii <= 2 n tau for every i <= 2n."""
    n, _, _ = size(case)
    if why := beyond(case):
        return outside(why)
    for i in range(2 * n):
        if not _normalised(formulas, case, i):
            D = shown(mass(case, i, beta_of(formulas, case)))
            return found(False, f"row {i}: D = {D}, n tau = {shown(n * formulas.tau(beta_of(formulas, case)))}")
    return found(True, f"D_ii within [n tau, 2 n tau] for {2 * n} rows")


def _normalised(formulas: Construction, case: Case, i: int) -> bool:
    def least() -> arb:
        return len(case["A"]) * formulas.tau(beta_of(formulas, case))

    def row() -> arb:
        return mass(case, i, beta_of(formulas, case))

    return sign(lambda: row() - least()) >= 0 and sign(lambda: 2 * least() - row()) >= 0


def decides_exactly(formulas: Construction, case: Case) -> Finding:
    """The exact output u_i of a row is >= 2 t~ if some distance is <= t, and < 2 t~ if all are >= (1 + eps) t."""
    if why := beyond(case):
        return outside(why)
    return decided(formulas, case, lambda: arb(0))


def decided(formulas: Construction, case: Case, noise: Callable[[], arb]) -> Finding:
    """Rows that keep the promise are decided by u_i >= 2 t~, where u_i is off by `noise` towards the wrong side."""
    _, _, t = size(case)
    rows = 0
    for i, a in enumerate(case["A"]):
        least = min(distance(a, b) for b in case["B"])
        if t < least < (1 + Fraction(str(case["eps"]))) * t:
            continue
        rows += 1
        yes = least <= t
        off = _minus(noise) if yes else noise
        if _above(formulas, case, i, off) != yes:
            u, bar = shown(output(formulas, case, i) + off()), shown(bar_of(formulas, case))
            return found(False, f"row {i} is {'YES' if yes else 'NO'} (least distance {least}): u = {u}, 2 t~ = {bar}")
    return found(True, f"{rows} rows decided") if rows else outside("no row keeps the promise")


def _minus(noise: Callable[[], arb]) -> Callable[[], arb]:
    return lambda: -noise()


def _above(formulas: Construction, case: Case, i: int, off: Callable[[], arb]) -> bool:
    return sign(lambda: output(formulas, case, i) + off() - bar_of(formulas, case)) >= 0


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


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E21-entries",
        source="Alman and Song, Lemma 4.7, eq. (10) and (11)",
        statement="0 <= A_ij <= tau = e^beta for i, j <= n.",
        wrong="True, but the bounds are far off, and the upper one hides that the padding keys weigh e^(beta/2) only (E19).",
        correction="1 <= A_ij <= e^(beta/4), attained at distance d and at distance 0.",
        proof="0 <= <a_i, b_j> <= |a_i| = d/2, so the exponent beta <a_i, b_j> / (2d) is between 0 and beta/4.",
        printed=Entries(0, Fraction(1), attained=False),
        mended=Entries(1, Fraction(1, 4), attained=True),
        check=bounds_entries,
        cases=balanced_cases,
    ),
    Claim(
        id="E19-normaliser",
        source="Alman and Song, Lemma 4.7, eq. (5), (10) and (11)",
        statement="With tau = e^beta, every row i <= 2n has n tau <= D_ii <= 2 n tau.",
        wrong="The padding keys have the exponent <1_d, 1_d> beta / (2d) = beta/2, so their weight is e^(beta/2), not e^beta.",
        correction="tau = e^(beta/2).",
        proof="The n padding keys weigh e^(beta/2) each, so n tau <= D_ii; a data key weighs at most e^(beta/4) < tau, since "
        "|a| = |b| = d/2 and <a, b> <= d/2.",
        printed=PRINTED,
        mended=CORRECTED,
        check=bounds_normaliser,
        cases=balanced_cases,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E19-decision",
        source="Alman and Song, Lemma 4.7, Cases 2a and 2b",
        statement="A row with a distance <= t has u_i >= 2 t~, a row with all distances >= (1 + eps) t has u_i < 2 t~, where "
        "t~ = (1/3) exp(0.25 beta (1 - t/d)) / (2 n tau) and tau = e^beta.",
        wrong="With tau = e^beta the threshold is smaller than it should be by a factor e^(beta/2), and NO rows pass it.",
        correction="tau = e^(beta/2), so t~ = (1/6n) exp(-0.25 beta (1 + t/d)).",
        proof="D_ii lies between n tau and 2 n tau (E19-normaliser). A YES row has a key of weight >= e^(0.25 beta (1 - "
        "t/d)), so u_i > 3 t~; a NO row has u_i < 6 n t~ e^(-0.25 beta eps t/d) = 6 n t~ / n^10 <= t~ for n >= 2.",
        printed=PRINTED,
        mended=CORRECTED,
        check=decides_exactly,
        cases=balanced_cases,
        recorded=Verdict.FAILS,
    ),
)
